import { EXIT_BY_SIGNAL, type StopSignal } from '../contract/errors.js';
import { RunStopped } from '../core/stop.js';

/**
 * How long an orderly end may take. The contract gives five seconds; what is left of them is for the document and for
 * a machine that is busy. Milliseconds.
 */
const LAST_RESORT_MS = 4_000;

/**
 * The first signal asks the run to end; `lastResort` is called when it has not ended in time, `atOnce` by any further
 * signal but SIGHUP. Process 1 of a container is sent no signal at all before these listeners are there.
 */
export function listenForSignals(
  lastResort: (signal: StopSignal) => void,
  atOnce: (signal: StopSignal) => void,
): AbortSignal {
  const stop = new AbortController();
  for (const signal of Object.keys(EXIT_BY_SIGNAL) as StopSignal[]) {
    process.on(signal, () => {
      // A terminal that closes says so more than once, and where a session is ended SIGHUP comes with SIGTERM.
      if (stop.signal.aborted && signal === 'SIGHUP') return;
      if (stop.signal.aborted) return atOnce(signal);
      // It also keeps the process alive: a run that waits for nothing must not end with 0.
      setTimeout(() => lastResort(signal), LAST_RESORT_MS);
      stop.abort(new RunStopped(signal));
    });
  }
  return stop.signal;
}
