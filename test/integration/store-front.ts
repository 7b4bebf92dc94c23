import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

const BUCKET = 'inventory-store';

/** One endpoint for all services: the bucket of the store goes to a real S3, the rest to the sandbox. */
export interface StoreFront {
  readonly url: string;
  /** `s3://…`: a prefix that nobody else has. */
  readonly store: string;
  /** The objects of the store by their keys below it, once all requests to it that were sent have been answered. */
  objects(): Promise<Map<string, Buffer>>;
  /** From now on uploads of such keys wait, before they reach S3, until the promise has resolved. */
  hold(key: RegExp, until: Promise<unknown>): void;
  /** Resolves when an upload is held. */
  readonly held: Promise<void>;
  close(): Promise<void>;
}

let prefixes = 0;

/** @param s3Url an S3 that holds conditions, such as moto */
export async function startStoreFront(sandboxUrl: string, s3Url: string): Promise<StoreFront> {
  const s3 = new S3Client({ region: 'us-east-1', endpoint: s3Url, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(ownedAlready);
  prefixes += 1;
  const prefix = `p${process.pid}-${prefixes}`;
  let holding: { key: RegExp; until: Promise<unknown> } | null = null;
  let tellHeld = () => {};
  const held = new Promise<void>((resolve) => {
    tellHeld = resolve;
  });
  const pending = new Set<Promise<void>>();
  const server = createServer((incoming, response) => {
    const handled = handle(incoming, response).catch(() => void incoming.socket.destroy());
    // The sandbox may hold a call for longer than anybody waits.
    if (isStores(incoming)) pending.add(handled);
    handled.then(() => pending.delete(handled));
  });
  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', method } = incoming;
    const toStore = isStores(incoming);
    if (toStore && method === 'PUT' && holding?.key.test(url)) {
      tellHeld();
      await holding.until;
    }
    return pass(toStore ? s3Url : sandboxUrl, incoming, response);
  }
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store: `s3://${BUCKET}/${prefix}`,
    async objects() {
      // What a process sent before it was killed is read in the loop's next turn.
      for (let turn = 0; turn < 2; turn += 1) await nextTurn();
      while (pending.size > 0) await Promise.all(pending);
      return objectsBelow(s3, `${prefix}/`);
    },
    hold(key, until) {
      holding = { key, until };
    },
    held,
    async close() {
      s3.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function ownedAlready(error: Error): void {
  if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
}

async function objectsBelow(s3: S3Client, prefix: string): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  let token: string | undefined;
  do {
    const input = { Bucket: BUCKET, Prefix: prefix, ContinuationToken: token };
    const page = await s3.send(new ListObjectsV2Command(input));
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      objects.set(Key.slice(prefix.length), Buffer.from((await Body?.transformToByteArray()) ?? []));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return objects;
}

function isStores({ url = '/' }: IncomingMessage): boolean {
  return new RegExp(`^/${BUCKET}(/|\\?|$)`).test(url);
}

/** The same request there, and its answer here, as they come. One that was sent whole is carried out in any case. */
function pass(base: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, url = '/', headers } = incoming;
    const onward = request(new URL(url, base), { method, headers, agent: false }, (answer) => {
      answer.on('error', reject).on('end', resolve);
      if (response.destroyed) return void answer.resume();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.once('close', () => answer.resume());
      answer.pipe(response);
    });
    response.once('close', () => {
      if (!incoming.complete) onward.destroy();
    });
    onward.on('error', reject);
    // Node's own client sends the body only after it is told to go on.
    if (headers.expect === '100-continue') response.writeContinue();
    incoming.pipe(onward);
  });
}
