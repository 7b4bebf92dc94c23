import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { Clock, Log } from '../core/ports.js';

/** Calls in a row that failed for good, all their tries included, before the service counts as down. */
const FAILURES = 3;

/** A call that was not made because its service is down. */
export class CircuitOpen extends Error {
  constructor(target: string, last: string) {
    super(`${target} is not answering; no call was made until it does (last: ${last})`);
    this.name = 'CircuitOpen';
  }
}

/** Guards the calls to one service in one region. */
export interface Circuit {
  /** Makes the call, or throws `CircuitOpen`. While the circuit is half open one call goes through, the others wait. */
  call<T>(make: () => Promise<T>): Promise<T>;
  /** While it is not closed, a call gets one try only: it is asked whether the service is back, not hammered. */
  isClosed(): boolean;
  /** Resolves when a call would be made; throws the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
}

export interface CircuitOptions {
  /** Milliseconds from its opening until the next call is let through. */
  readonly pauseMs: number;
  /** Whether an error says that the service is down; throttling and refusals show that it lives. */
  readonly isDown: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export type Circuits = (service: string, region: string) => Circuit;

/** One circuit for each service and region. */
export function createCircuits(options: CircuitOptions): Circuits {
  const circuits = new Map<string, Circuit>();
  return (service, region) => {
    const key = `${service} ${region}`;
    const circuit = circuits.get(key) ?? createCircuit(service, region, options);
    circuits.set(key, circuit);
    return circuit;
  };
}

function createCircuit(service: string, region: string, { pauseMs, isDown, clock, log }: CircuitOptions): Circuit {
  const about = { service, region };
  const policy = circuitBreaker(
    // A call that was given up says neither that the service lives nor that it is down.
    handleWhen((error) => !isAborted(error) || policy.state !== CircuitState.Closed),
    // The pause is counted below, by the monotonic clock: cockatiel goes by the host's, which may be set back.
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: new ConsecutiveBreaker(FAILURES) },
  );
  let open = false;
  let openedAt = 0;
  let last = '';
  const left = () => (open ? openedAt + pauseMs - clock.monotonic() : 0);
  policy.onBreak((reason) => {
    const error = 'error' in reason ? reason.error : null;
    // No call was made, or the probe was given up: nothing was learned.
    if (error instanceof CircuitOpen || isAborted(error)) return;
    openedAt = clock.monotonic();
    last = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    // Each probe that fails opens it again; that is no news.
    if (!open) log.write('warn', 'circuit.opened', { ...about, error_message: last });
    open = true;
  });
  policy.onReset(() => {
    open = false;
    log.write('info', 'circuit.closed', about);
  });
  return {
    async call(make) {
      const result = await policy.execute(async () => {
        // Asked in here, so that those who waited for a probe that failed are not probes themselves.
        if (left() > 0) throw new CircuitOpen(`${service} (${region})`, last);
        return settled(make, isDown);
      });
      if ('error' in result) throw result.error;
      return result.value;
    },
    isClosed: () => policy.state === CircuitState.Closed,
    async ready(signal) {
      for (let ms = left(); ms > 0; ms = left()) await clock.sleep(ms, signal);
    },
  };
}

/** An error that does not mean that the service is down counts as an answer. */
async function settled<T>(
  make: () => Promise<T>,
  isDown: (error: unknown) => boolean,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await make() };
  } catch (error) {
    if (isDown(error) || isAborted(error)) throw error;
    return { error };
  }
}

/** By the signal of its caller: the run's end, or that of the unit's share. */
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
