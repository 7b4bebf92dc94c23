import { RunStopped } from '../core/stop.js';

/**
 * What stops a run: `signal` is `interrupted`, a signal of the system, or its deadline after so many seconds. `end`
 * takes the deadline away.
 */
export function startDeadline(
  seconds: number,
  interrupted: AbortSignal,
): { readonly signal: AbortSignal; readonly interrupted: AbortSignal; end(): void } {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RunStopped('deadline')), seconds * 1000);
  const signal = AbortSignal.any([interrupted, deadline.signal]);
  return { signal, interrupted, end: () => clearTimeout(timer) };
}
