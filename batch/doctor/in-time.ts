import type { CallPolicy } from '../aws/clients.js';
import { orAborted } from '../core/stop.js';

/** Longest pause before a further try, in seconds. */
const LONGEST_PAUSE = 20;

/**
 * The outcome of one call with all its tries, or a `TimeoutError`: the SDK bounds the call itself, but nobody bounds
 * what finds the credentials for it (another program, a single sign-on, a role of another account).
 */
export async function inTime<T>(
  { callTimeout, maxRetries, initialRetryDelay }: CallPolicy,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const pause = Math.min(LONGEST_PAUSE, initialRetryDelay * 2 ** maxRetries);
  const seconds = (maxRetries + 1) * (callTimeout + pause) + 1;
  const late = new AbortController();
  const error = Object.assign(new Error(`no answer within ${Math.round(seconds)} s`), { name: 'TimeoutError' });
  const timer = setTimeout(() => late.abort(error), seconds * 1000);
  const given = AbortSignal.any([signal, late.signal]);
  try {
    return await orAborted(work(given), given);
  } finally {
    clearTimeout(timer);
  }
}
