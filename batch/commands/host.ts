import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../core/ports.js';

/** What a command is given of the process it runs in; a test gives its own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Who this process is, as a lease names its owner. */
  readonly owner: string;
  /**
   * Asks the person at the terminal; null: there is none. An answer that is null: the person has closed it. Rejects when
   * `signal` fires.
   */
  readonly ask: ((question: string) => Promise<string | null>) | null;
  /** Logs and metrics. */
  readonly stderr: NodeJS.WritableStream;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Fires with a `RunStopped` when the system asks the process to end. */
  readonly signal: AbortSignal;
}

/** How a command ends: what goes to stdout, whole, and the exit code. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** The same of a command whose stdout may be of any length: it comes in pieces. */
export interface LongResult {
  readonly exitCode: number;
  readonly stdout: AsyncIterable<string | Uint8Array>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  // Node's own pause rejects with an `AbortError`, whatever the reason was.
  sleep: (ms, signal) =>
    pause<void>(ms, undefined, { signal }).catch(() => {
      throw signal.reason;
    }),
};
