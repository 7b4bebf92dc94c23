import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDb } from './dynamodb.js';
import { companyEstate, type Estate } from './estate.js';
import { cutInHalf, type Fault, type FaultRule, FaultRules, matches, refusal } from './faults.js';
import { type Allow, permits } from './iam.js';
import type { Generate, PageTwist, Served } from './lists.js';
import { type Answer, ApiError, answer, writeError } from './protocols.js';
import { parseRequest, type RawRequest, type SandboxRequest } from './request.js';
import { serve } from './serve.js';

export type { Fault } from './faults.js';

/** One request that arrived. */
export interface Call {
  /** `ec2:DescribeInstances` */
  readonly operation: string;
  readonly region: string;
  readonly bucket?: string;
  /** Bucket name, ARN or table name. */
  readonly resource?: string;
  /** Under the names of the wire. */
  readonly params: Readonly<Record<string, unknown>>;
  /** `performance.now()` at the arrival. */
  readonly at: number;
}

export interface Sandbox {
  /** `http://127.0.0.1:<free port>` */
  readonly url: string;
  /** What it serves. Its own copy: a test may change it between two runs. */
  readonly estate: Estate;
  readonly calls: readonly Call[];
  /** Gives back what takes the rule away again. */
  fault(rule: FaultRule): () => void;
  /** From now on only what this policy allows; null, as at the start: everything. */
  permit(policy: readonly Allow[] | null): void;
  /** Resolves when the count-th matching call (`ec2:DescribeVolumes`, `rds:*`) has arrived; earlier ones count. */
  waitFor(operation: string, count?: number): Promise<void>;
  /** Destroys open and hanging sockets too. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly estate?: Estate;
  /** Adds so many resources of a type to us-east-1 (buckets: to the account), made page by page as copies of the first. */
  readonly generate?: Generate;
  /** Cap for the page of every list call. */
  readonly pageSize?: number;
  /** How far the clock that its answers tell (`Date`) is ahead of the real one, in milliseconds. */
  readonly clockAheadMs?: number;
}

type Outcome = Answer | 'hang' | 'destroy';

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const served: Served = {
    estate: options.estate ?? companyEstate(),
    generate: options.generate ?? {},
    pageSize: options.pageSize ?? Infinity,
  };
  const { clockAheadMs = 0 } = options;
  const calls: Call[] = [];
  const waiting = new Set<{ operation: string; count: number; resolve: () => void }>();
  const faults = new FaultRules();
  const dynamodb = new DynamoDb();
  let allowed: readonly Allow[] | null = null;
  const closing = new AbortController();

  function record(request: SandboxRequest): void {
    const { operation, region, bucket, resource, params } = request;
    calls.push({
      operation,
      region,
      ...(bucket && { bucket }),
      ...(resource && { resource }),
      params,
      at: performance.now(),
    });
    for (const waiter of waiting) {
      if (!matches(waiter.operation, operation) || --waiter.count > 0) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  async function perform(request: SandboxRequest, twist: PageTwist): Promise<Answer> {
    if (request.service === 'dynamodb') return dynamodb.answer(request.raw);
    try {
      return serve(served, request, twist);
    } catch (error) {
      if (error instanceof ApiError) return writeError(request.service, error);
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return writeError(request.service, new ApiError(500, 'InternalFailure', `The sandbox itself failed: ${message}`));
    }
  }

  async function outcome(request: SandboxRequest): Promise<Outcome> {
    if (allowed !== null && !permits(allowed, request, served.estate.accountId)) {
      return writeError(request.service, refusal('deny', request));
    }
    const changes = new Set<Fault>();
    for (const fault of faults.for(request)) {
      const ended = await instead(fault, request, closing.signal);
      if (ended) return ended;
      changes.add(fault);
    }
    const twist = (['repeat-token', 'duplicate'] as const).find((one) => changes.has(one));
    const whole = await perform(request, twist);
    if (changes.has('lose-reply')) return 'destroy';
    return changes.has('cut') ? cutInHalf(whole) : whole;
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/', headers } = incoming;
    const raw: RawRequest = { method, url, headers, body: Buffer.concat(chunks) };
    const request = parseRequest(raw);
    if (!request)
      return send(
        response,
        writeError(
          'sts',
          new ApiError(
            403,
            'MissingAuthenticationToken',
            'Request is unsigned, or for a service that the sandbox does not have',
          ),
        ),
      );
    record(request);
    if (clockAheadMs !== 0) response.setHeader('date', new Date(Date.now() + clockAheadMs).toUTCString());
    const result = await outcome(request);
    if (result === 'destroy') incoming.socket.destroy();
    else if (result !== 'hang') send(response, result);
  }

  const server = createServer((incoming, response) => {
    // A client that goes away in the middle, or the sandbox closing: nobody is left to be told.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  // Idle connections stay: one closed just when a client takes it again would look like a fault.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    estate: served.estate,
    calls,
    fault: (rule) => faults.add(rule),
    permit(policy) {
      allowed = policy;
    },
    waitFor(operation, count = 1) {
      const missing = count - calls.filter((call) => matches(operation, call.operation)).length;
      if (missing <= 0) return Promise.resolve();
      return new Promise((resolve) => waiting.add({ operation, count: missing, resolve }));
    },
    async close() {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The faults that stand in the answer's place, or before it (undefined: go on). */
async function instead(fault: Fault, request: SandboxRequest, signal: AbortSignal): Promise<Outcome | undefined> {
  if (typeof fault === 'object') {
    switch (fault.kind) {
      case 'delay':
        return wait(fault.ms, undefined, { signal });
      case 'hold':
        await fault.until;
        return undefined;
      case 'error':
        return writeError(request.service, new ApiError(fault.status, fault.code, fault.message, fault.headers));
      case 'body':
        return answer(request.service, fault.body, fault.status, { 'content-type': fault.contentType });
    }
  }
  switch (fault) {
    case 'hang':
      return 'hang';
    case 'reset':
      return 'destroy';
    case 'deny':
    case 'throttle':
    case 'expired':
    case 'unsupported':
      return writeError(request.service, refusal(fault, request));
    default:
      return undefined;
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}
