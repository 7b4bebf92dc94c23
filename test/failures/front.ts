import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to the calls of the queue: they go on to this URL, all but one operation perhaps, or this. */
export type QueueBehind =
  | { readonly url: string; readonly refuses?: string }
  /** `reset`: the socket is destroyed; `hang`: no answer ever. */
  | 'reset'
  | 'hang'
  | { readonly status: number; readonly code: string }
  | { readonly answer: object };

interface QueueCall {
  /** `SendMessageBatch`, … */
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into it freely.
  readonly input: any;
  /** The length of its body in bytes. */
  readonly bytes: number;
}

/** One endpoint for all services, as `AWS_ENDPOINT_URL` names one: SQS goes its own way, the rest to the sandbox. */
export interface Front {
  readonly url: string;
  readonly calls: readonly QueueCall[];
  /** May be changed while it runs. */
  behind: QueueBehind;
  close(): Promise<void>;
}

export async function startFront(sandboxUrl: string, behind: QueueBehind): Promise<Front> {
  const calls: QueueCall[] = [];
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation = /^AmazonSQS\.(\w+)$/.exec(String(incoming.headers['x-amz-target']))?.[1];
    if (operation === undefined) return pass(sandboxUrl, incoming, body, response);
    calls.push({ operation, input: JSON.parse(body.toString()), bytes: body.length });
    const behind = behindOf(front, operation);
    if (behind === 'hang') return;
    if (behind === 'reset') incoming.socket.destroy();
    else if ('url' in behind) return pass(behind.url, incoming, body, response);
    else if ('answer' in behind) reply(response, 200, behind.answer);
    else reply(response, behind.status, { __type: `com.amazonaws.sqs#${behind.code}`, message: 'no' });
  }
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behind,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
}

function behindOf({ behind }: Pick<Front, 'behind'>, operation: string): QueueBehind {
  const refused = typeof behind === 'object' && 'url' in behind && behind.refuses === operation;
  return refused ? { status: 400, code: 'UnsupportedOperation' } : behind;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}

/** The same request there, and its answer here; a connection that ends there ends here. */
function pass(base: string, incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming;
    const onward = request(new URL(url ?? '/', base), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', reject);
      answer.pipe(response).on('close', resolve);
    });
    response.once('close', () => onward.destroy());
    onward.on('error', reject);
    onward.end(body);
  });
}
