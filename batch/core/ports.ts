import type { EventName } from '../contract/events.js';

/** Time. `monotonic` never goes back; its zero means nothing. Both in milliseconds. */
export interface Clock {
  now(): Date;
  monotonic(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of one run. The adapter adds time, run id and the message in the reader's language. */
export interface Log {
  write(level: LogLevel, event: EventName, fields?: LogFields): void;
}
