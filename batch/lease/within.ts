import type { Clock } from '../core/ports.js';
import { orAborted } from '../core/stop.js';
import { LockUnavailable } from './lease.js';

/**
 * The outcome of the work, or the signal's reason as soon as it fires, or a failure after so many milliseconds. The
 * work's own signal fires when it is given up.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  stop.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => late.abort(new LockUnavailable(`the lock did not answer within ${Math.round(ms)} ms`)),
    () => {},
  );
  const given = AbortSignal.any([stop, late.signal]);
  try {
    return await orAborted(work(given), given);
  } finally {
    done.abort();
  }
}
