import type { StopSignal } from '../contract/errors.js';
import type { Clock } from './ports.js';

/** Why a run was told to stop: the reason of its abort signal. */
export class RunStopped extends Error {
  /**
   * @param why of a lease: how it was lost
   * @param options `cause` of `store`: why it cannot be used any more
   */
  constructor(
    readonly reason: 'deadline' | 'unit' | 'lease' | 'store' | StopSignal,
    readonly why = '',
    options?: ErrorOptions,
  ) {
    super(`the run was stopped (${reason})`, options);
    this.name = 'RunStopped';
  }
}

export function stopReason(signal: AbortSignal): RunStopped['reason'] | null {
  if (!signal.aborted) return null;
  return signal.reason instanceof RunStopped ? signal.reason.reason : 'SIGTERM';
}

/**
 * The same values, but waiting for the next one ends when the signal fires, even where the source does not listen to
 * it (the SDK's pause before a retry). The source is told to finish, but not waited for.
 */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await orAborted(iterator.next(), signal);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    void iterator.return?.()?.catch(() => {});
  }
}

/**
 * The outcome of the work, or the signal's reason as soon as it fires; the work is not waited for then.
 *
 * A promise of its own for each wait: `Promise.race` with one that outlives them all would keep every value that ever
 * won, here every page.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A signal that fires with this reason after `ms`, besides when `signal` does. `done` ends the waiting. */
export function limited(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  reason: RunStopped['reason'] = 'unit',
): { readonly signal: AbortSignal; done(): void } {
  const own = new AbortController();
  const waiting = new AbortController();
  clock.sleep(ms, waiting.signal).then(
    () => own.abort(new RunStopped(reason)),
    () => {},
  );
  return { signal: AbortSignal.any([signal, own.signal]), done: () => waiting.abort() };
}
