import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../batch/core/ports.js';

/** What a test does to a process: frozen, its timers wait (SIGSTOP); its host's clock may be wrong. */
export interface Process {
  readonly skewMs: number;
  frozen: boolean;
}

interface Timer {
  readonly at: number;
  readonly process: Process;
  readonly fire: () => void;
}

const EPOCH = Date.UTC(2025, 0, 31, 23, 0, 0);

/** Time that passes only when a test says so. Milliseconds. */
export class VirtualTime {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** `settle` lets everything run that needs no time. */
  constructor(readonly settle: () => Promise<void> = turns) {}

  /** True time since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** True time, as a date. */
  get date(): number {
    return EPOCH + this.#now;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** The clock of a process; the zero of its monotonic clock is its own. */
  clock(process: Process, zero = 0): Clock {
    return {
      now: () => new Date(this.date + process.skewMs),
      monotonic: () => this.#now - zero,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(signal.reason);
          const end = (settle: () => void) => {
            this.#timers.delete(timer);
            signal.removeEventListener('abort', onAbort);
            settle();
          };
          const onAbort = () => end(() => reject(signal.reason));
          const timer = { at: this.#now + ms, process, fire: () => end(resolve) };
          this.#timers.add(timer);
          signal.addEventListener('abort', onAbort, { once: true });
        }),
    };
  }

  /** Fires what is due, one after the other, and lets each run as far as it can. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let next = this.#due(until); next !== undefined; next = this.#due(until)) {
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await this.settle();
    }
    this.#now = until;
  }

  #due(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.process.frozen || timer.at > until) continue;
      if (first === undefined || timer.at < first.at) first = timer;
    }
    return first;
  }
}

/** Enough for every chain of promises that waits for nothing outside. */
async function turns(): Promise<void> {
  await turn();
  await turn();
}
