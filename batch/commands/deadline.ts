import { RunStopped } from '../core/stop.js';

/** The signal of a run: `stop`, or its deadline after so many seconds. `end` takes the deadline away. */
export function startDeadline(seconds: number, stop: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RunStopped('deadline')), seconds * 1000);
  return { signal: AbortSignal.any([stop, deadline.signal]), end: () => clearTimeout(timer) };
}
