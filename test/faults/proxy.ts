import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { matches } from '../sandbox/faults.js';
import { ApiError, type ServiceName, writeError } from '../sandbox/protocols.js';
import { parseRequest } from '../sandbox/request.js';

/** What the network, or somebody on the way, does to one request. */
export type ProxyFault =
  /** The socket is destroyed before the request goes on. */
  | 'reset'
  /** The reply begins with its whole length; after half of it the socket is destroyed. */
  | 'cut'
  /** The request goes through, then the socket is destroyed. */
  | 'lose-reply'
  /** Half of the reply, with the length of the half: HTTP that is right around a body that is not. */
  | 'truncate'
  /** It goes on later, whether its sender still waits or not. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** A service's error in the form of its own protocol. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** In the place of the protocol's own: what a gateway or a load balancer says. */
      readonly page?: string;
    }
  /** Another body with status 200 in the place of the right one, or made out of it. */
  | { readonly kind: 'body'; readonly body: (service: ServiceName, right: string) => string };

interface ProxyRule {
  /** `ec2:DescribeVolumes`, `rds:*`, or a pattern for the operation's name. */
  readonly match: string | RegExp;
  /** Bucket name, ARN or table name. */
  readonly resource?: string;
  /** A pattern for `target`. */
  readonly target?: RegExp;
  /** Let so many matching requests through first. */
  readonly skip?: number;
  /** Then touch only so many; default: all. */
  readonly times?: number;
  readonly does: ProxyFault;
}

/** One request as it arrived here, before anything was done to it. */
interface ProxyCall {
  readonly operation: string;
  readonly service: ServiceName;
  readonly resource?: string;
  /** Method, path and query, decoded: `PUT /bucket/key?x-id=PutObject`. */
  readonly target: string;
  /** `performance.now()` */
  readonly at: number;
}

/** Stands between the program and any emulator of AWS. */
export interface FaultProxy {
  readonly url: string;
  readonly calls: readonly ProxyCall[];
  /** The first rule that matches decides. Gives back what takes it away again. */
  fault(rule: ProxyRule): () => void;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export async function startProxy(target: string): Promise<FaultProxy> {
  const calls: ProxyCall[] = [];
  const rules = new Set<{ readonly rule: ProxyRule; seen: number }>();

  function faultFor(call: ProxyCall): ProxyFault | null {
    for (const entry of rules) {
      const { rule } = entry;
      if (!concerns(rule, call)) continue;
      entry.seen += 1;
      const nth = entry.seen - (rule.skip ?? 0);
      if (nth > 0 && nth <= (rule.times ?? Infinity)) return rule.does;
    }
    return null;
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const call = callOf(incoming, body);
    const { service } = call;
    calls.push(call);
    const fault = faultFor(call);
    const kind = typeof fault === 'object' ? fault?.kind : fault;
    if (kind === 'reset') return void incoming.socket.destroy();
    if (typeof fault === 'object' && fault?.kind === 'error') return write(response, errorReply(service, fault));
    if (typeof fault === 'object' && fault?.kind === 'delay') await wait(fault.ms);
    const reply = await pass(target, incoming, body);
    if (kind === 'lose-reply') incoming.socket.destroy();
    else if (kind === 'cut') cut(response, reply);
    else write(response, changed(reply, fault, service));
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  // Idle connections stay: one closed just when a client takes it again would look like a fault.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fault(rule) {
      const entry = { rule, seen: 0 };
      rules.add(entry);
      return () => rules.delete(entry);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function concerns(rule: ProxyRule, { operation, resource, target }: ProxyCall): boolean {
  if (rule.resource !== undefined && rule.resource !== resource) return false;
  return matches(rule.match, operation) && rule.target?.test(target) !== false;
}

function callOf({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): ProxyCall {
  const known = parseRequest({ method, url, headers, body });
  const { operation = 'unknown', service = 's3', resource } = known ?? {};
  const target = `${method} ${decodeURIComponent(url)}`;
  return { operation, service, ...(resource && { resource }), target, at: performance.now() };
}

function errorReply(service: ServiceName, fault: Extract<ProxyFault, { kind: 'error' }>): Reply {
  const { status, headers, body } = writeError(
    service,
    new ApiError(fault.status, fault.code, fault.message, fault.headers),
  );
  return { status, headers: { ...headers, date: new Date().toUTCString() }, body: Buffer.from(fault.page ?? body) };
}

/** Checksums are those of the right body: whoever sends another does not send them. */
function changed(reply: Reply, fault: ProxyFault | null, service: ServiceName): Reply {
  const { 'x-amz-crc32': _, ...headers } = reply.headers;
  if (fault === 'truncate') return { ...reply, headers, body: reply.body.subarray(0, reply.body.length / 2) };
  if (typeof fault !== 'object' || fault?.kind !== 'body') return reply;
  return { status: 200, headers, body: Buffer.from(fault.body(service, reply.body.toString('utf8'))) };
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers as Record<string, string>;
  response.writeHead(status, { ...rest, 'content-length': body.length });
  response.end(body);
}

function cut(response: ServerResponse, { status, headers, body }: Reply): void {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers as Record<string, string>;
  response.writeHead(status, { ...rest, 'content-length': body.length });
  response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
}

/** The same request to the emulator, and its whole answer. */
function pass(base: string, { method, url = '/', headers }: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onward = request(new URL(url, base), { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    onward.on('error', reject);
    onward.end(body);
  });
}
