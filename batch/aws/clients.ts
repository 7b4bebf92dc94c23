import { isThrottlingError } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider, FinalizeRequestMiddleware, Logger, MiddlewareStack } from '@smithy/types';
import type { Log } from '../core/ports.js';
import type { Circuit } from './circuit.js';
import { parserGuard, responseGuard } from './response-guard.js';
import { CallRetries, type RetryPolicy } from './retries.js';
import { sdkLogger } from './sdk-logger.js';

/** How AWS is called. */
export interface CallPolicy extends RetryPolicy {
  /** Limit of one try of a call, in seconds. */
  readonly callTimeout: number;
}

/** Requests of one unit. Counted here because only the middleware sees the tries that the SDK makes again. */
export interface CallMeter {
  sent: number;
  throttled: number;
  /** `DescribeInstances`, …: what was called, each once. */
  readonly operations: Set<string>;
}

export function newMeter(): CallMeter {
  return { sent: 0, throttled: 0, operations: new Set() };
}

export interface ClientFactory {
  /**
   * A client of `Client` for one unit. Connections and credentials are shared, counters and retry budget are not.
   *
   * @param use what is different from a client that lists
   */
  create<T extends AnyClient>(Client: ClientClass<T>, region: string, meter: CallMeter, use?: ClientUse): T;
  close(): void;
}

interface ClientUse {
  /** What guards the service's calls, where something does. */
  readonly circuit?: Circuit;
  /** Some answers are streams that the caller takes in. */
  readonly streams?: boolean;
}

interface AnyClient {
  readonly middlewareStack: unknown;
  readonly config: unknown;
}
type ClientClass<T> = new (config: ClientConfig) => T;

interface ClientConfig {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  readonly retryStrategy: CallRetries;
  readonly endpoint?: string;
  readonly forcePathStyle?: boolean;
  readonly followRegionRedirects?: boolean;
  readonly logger?: Logger;
}

export function createClientFactory(options: {
  readonly credentials: AwsCredentialIdentityProvider;
  readonly endpointUrl: string | null;
  readonly policy: CallPolicy;
  readonly random: () => number;
  readonly log: Log;
}): ClientFactory {
  const { policy, endpointUrl, credentials, random, log } = options;
  const callTimeoutMs = policy.callTimeout * 1000;
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: callTimeoutMs,
    requestTimeout: callTimeoutMs,
    throwOnRequestTimeout: true,
    socketTimeout: callTimeoutMs,
    logger: sdkLogger(log),
  });
  return {
    create(Client, region, meter, { circuit, streams = false } = {}) {
      const client = new Client({
        region,
        credentials,
        requestHandler,
        retryStrategy: new CallRetries(policy, random, () => circuit?.isClosed() !== false),
        ...(endpointUrl === null ? {} : { endpoint: endpointUrl, forcePathStyle: true }),
        // A bucket is where it is, whatever region is collected.
        ...(streams ? { followRegionRedirects: true, logger: sdkLogger(log) } : {}),
      });
      guardAnswers(client, callTimeoutMs);
      observe(client, region, meter, log);
      if (circuit !== undefined) guard(client, circuit);
      return client;
    },
    close: () => requestHandler.destroy(),
  };
}

function guardAnswers(client: AnyClient, callTimeoutMs: number): void {
  const { protocol } = client.config as { readonly protocol: { getShapeId(): string } };
  const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
  stack.add(responseGuard({ protocol: protocol.getShapeId(), callTimeoutMs }), {
    name: 'responseGuard',
    step: 'deserialize',
    priority: 'low',
  });
  stack.add(parserGuard(), { name: 'parserGuard', step: 'deserialize', priority: 'high' });
}

function observe(client: AnyClient, region: string, meter: CallMeter, log: Log): void {
  const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
  stack.addRelativeTo(callMeter(region, meter, log), {
    name: 'callMeter',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}

/** Sits outside the SDK's retries: what counts is how a call ended, all its tries included. */
function guard(client: AnyClient, circuit: Circuit): void {
  const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
  const middleware: FinalizeRequestMiddleware<object, object> = (next) => (args) => circuit.call(() => next(args));
  stack.addRelativeTo(middleware, { name: 'circuit', relation: 'before', toMiddleware: 'retryMiddleware' });
}

/** Sits inside the SDK's retries: sees each try, its answer parsed. */
function callMeter(region: string, meter: CallMeter, log: Log): FinalizeRequestMiddleware<object, object> {
  return (next, context) => async (args) => {
    const operation = String(context.commandName ?? '').replace(/Command$/, '');
    const started = performance.now();
    let status = 'ok';
    meter.sent += 1;
    meter.operations.add(operation);
    try {
      return await next(args);
    } catch (error) {
      status = error instanceof Error ? error.name : 'Error';
      if (isThrottlingError(error as Parameters<typeof isThrottlingError>[0])) meter.throttled += 1;
      throw error;
    } finally {
      const duration_ms = Math.round(performance.now() - started);
      log.write('debug', 'api.called', { operation, region, status, duration_ms });
    }
  };
}
