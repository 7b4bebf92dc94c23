import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { orAborted } from '../core/stop.js';
import { type ClientFactory, newMeter } from './clients.js';
import { batchesOf } from './queue-batches.js';

/** One message as it was received. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** What it is deleted by. */
  readonly handle: string;
}

/** How far it came: all is done unless there is an error. */
interface Handled {
  readonly done: number;
  /** undefined: none. */
  readonly error?: unknown;
}

/** The queue of dead letters. Only `receive` throws; the others tell how far they came and stop where a call fails. */
export interface DeadLetterQueue {
  send(bodies: readonly string[], signal: AbortSignal): Promise<Handled>;
  /** The next messages, up to ten; nobody else gets them for `hiddenSeconds`. None: the queue is empty. */
  receive(hiddenSeconds: number, signal: AbortSignal): Promise<readonly QueueMessage[]>;
  remove(messages: readonly QueueMessage[], signal: AbortSignal): Promise<Handled>;
  /** Lets others see them again at once. */
  putBack(messages: readonly QueueMessage[], signal: AbortSignal): Promise<Handled>;
}

interface QueueOptions {
  readonly url: string;
  readonly clients: ClientFactory;
  /** Where the queue is, unless its URL says so. */
  readonly region: string;
  /** Limit of one call, in seconds. */
  readonly callTimeout: number;
}

type Sdk = typeof import('@aws-sdk/client-sqs');
interface Opened {
  readonly sdk: Sdk;
  readonly client: SQSClient;
}

/** What a batch call answers: each entry by itself may have been refused. */
interface BatchAnswer {
  readonly Failed?:
    | readonly { readonly Code?: string | undefined; readonly Message?: string | undefined }[]
    | undefined;
}

/** An SQS queue. The SDK is loaded with the first call. */
export function sqsQueue(options: QueueOptions): DeadLetterQueue {
  const { url: QueueUrl, callTimeout } = options;
  let opened: Promise<Opened> | null = null;
  const open = () => {
    opened ??= openClient(options);
    return opened;
  };
  return {
    send: (bodies, signal) =>
      inBatches(bodies, signal, async (batch) => {
        const { sdk, client } = await open();
        const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        return client.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
      }),
    async receive(hiddenSeconds, signal) {
      const { sdk, client } = await open();
      // Waiting asks all of SQS's servers; without it an answer without messages does not say that there are none.
      const wait = { WaitTimeSeconds: callTimeout > 2 ? 1 : 0, VisibilityTimeout: hiddenSeconds };
      const command = new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...wait });
      const { Messages = [] } = await orAborted(client.send(command, { abortSignal: signal }), signal);
      return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '' }) => ({
        ...{ id: MessageId, body: Body, handle: ReceiptHandle },
      }));
    },
    remove: (messages, signal) =>
      inBatches(handlesOf(messages), signal, async (batch) => {
        const { sdk, client } = await open();
        const Entries = batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
        return client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
      }),
    putBack: (messages, signal) =>
      inBatches(handlesOf(messages), signal, async (batch) => {
        const { sdk, client } = await open();
        const again = { VisibilityTimeout: 0 };
        const Entries = batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, ...again }));
        return client.send(new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
      }),
  };
}

async function openClient({ url, clients, region }: QueueOptions): Promise<Opened> {
  const sdk = await import('@aws-sdk/client-sqs');
  // Where no endpoint is given for all services: the SDK would go there too, but say so on the console.
  class QueueClient extends sdk.SQSClient {
    constructor(config: SQSClientConfig) {
      super({ endpoint: new URL(url).origin, ...config });
    }
  }
  return { sdk, client: clients.create(QueueClient, regionOfQueue(url) ?? region, newMeter()) };
}

function handlesOf(messages: readonly QueueMessage[]): string[] {
  return messages.map(({ handle }) => handle);
}

/** A queue that failed once is not asked for the rest: each further call would take as long. */
async function inBatches(
  texts: readonly string[],
  signal: AbortSignal,
  call: (batch: readonly string[]) => Promise<BatchAnswer>,
): Promise<Handled> {
  let done = 0;
  let error: unknown;
  try {
    for (const batch of batchesOf(texts)) {
      signal.throwIfAborted();
      const { Failed: refused = [] } = await orAborted(call(batch), signal);
      done += batch.length - refused.length;
      const [first] = refused;
      // One that was refused is its own affair: the others may be taken.
      if (first !== undefined) error ??= refusal(first);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { done, error };
}

function refusal({ Code = 'BatchEntryRefused', Message = '' }: NonNullable<BatchAnswer['Failed']>[number]): Error {
  return Object.assign(new Error(Message), { name: Code });
}

/** `https://sqs.us-east-1.amazonaws.com/…`, also of a VPC endpoint and of the old form. null: the URL does not say. */
export function regionOfQueue(url: string): string | null {
  const { hostname } = new URL(url);
  const aws = /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(
    hostname,
  )?.[1];
  return aws ?? /^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1] ?? null;
}
