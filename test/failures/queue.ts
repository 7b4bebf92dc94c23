import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { TestContext } from 'vitest';
import { type Env, openPlace, type Place } from '../cli/place.js';
import { type Front, startFront } from './front.js';

/** A queue of moto's, as the person in the console sees it. */
class Queue {
  readonly #client: SQSClient;

  private constructor(
    motoUrl: string,
    readonly url: string,
  ) {
    this.#client = clientOf(motoUrl);
  }

  static async create(motoUrl: string, name: string): Promise<Queue> {
    const { QueueUrl = '' } = await clientOf(motoUrl).send(new CreateQueueCommand({ QueueName: name }));
    return new Queue(motoUrl, QueueUrl);
  }

  async send(body: string): Promise<void> {
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: body }));
  }

  /** Messages that anyone may receive, and those that someone has in hand. */
  async counts(): Promise<{ readonly visible: number; readonly hidden: number }> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const command = new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: [...names] });
    const { Attributes = {} } = await this.#client.send(command);
    const [visible, hidden] = names.map((name) => Number(Attributes[name]));
    return { visible: visible ?? 0, hidden: hidden ?? 0 };
  }

  /** The bodies of all messages; they stay where they are. */
  async bodies(): Promise<string[]> {
    const { visible } = await this.counts();
    const bodies: string[] = [];
    while (bodies.length < visible) {
      const command = new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: 10, VisibilityTimeout: 1 });
      const { Messages = [] } = await this.#client.send(command);
      bodies.push(...Messages.map(({ Body = '' }) => Body));
    }
    return bodies;
  }
}

function clientOf(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

/** A place whose endpoint has a queue too, and the environment that names both. */
export interface QueuePlace {
  readonly place: Place;
  readonly front: Front;
  readonly queue: Queue;
  readonly env: Env;
}

let count = 0;

export async function openQueuePlace(test: TestContext, motoUrl: string): Promise<QueuePlace> {
  count += 1;
  const queue = await Queue.create(motoUrl, `dead-letters-${count}`);
  const place = await openPlace(test);
  const front = await openFront(test, place, { url: motoUrl });
  return { place, front, queue, env: { ...envOf(front), DLQ_QUEUE_URL: queue.url } };
}

export async function openFront(test: TestContext, place: Place, behind: Front['behind']): Promise<Front> {
  const front = await startFront(place.sandbox.url, behind);
  test.onTestFinished(() => front.close());
  return front;
}

/** The one endpoint, and few tries. */
export function envOf(front: Front): Env {
  return { AWS_ENDPOINT_URL: front.url, MAX_RETRIES: '1' };
}
