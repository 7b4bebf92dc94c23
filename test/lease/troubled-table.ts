import { setImmediate as turn } from 'node:timers/promises';
import { type LeaseRow, LockUnavailable } from '../../batch/lease/lease.js';
import type { LeaseReading, LeaseTable } from '../../batch/lease/lease-table.js';
import type { VirtualTime } from './virtual-time.js';

/** What happens to one call of a table. */
export type Trouble =
  /** Not done; throws. */
  | 'unavailable'
  /** Done, then throws: a reply that got lost. */
  | 'lose-reply'
  /** Done twice, as by a client that tries again: the second answer counts. */
  | 'twice'
  /** Never answers, nothing done. */
  | 'hang'
  /** Done, never answers. */
  | 'hang-after'
  /** Done and answered once the promise has resolved. */
  | { readonly until: Promise<unknown> };

/**
 * Any table on virtual time, with the trouble that a test orders. Its clock is the true time, cut to `resolutionMs`;
 * `settled` resolves when no call is under way but those that were told to hang.
 */
export class TroubledTable implements LeaseTable {
  readonly orders: { readonly call: 'read' | 'swap'; readonly does: Trouble; left: number }[] = [];
  /** Rows as they were put, in order. */
  readonly put: LeaseRow[] = [];
  reads = 0;
  /** How far the lock's clock is behind true time. Milliseconds. */
  behindMs = 0;
  #busy = 0;

  constructor(
    private readonly inner: LeaseTable,
    private readonly time: () => VirtualTime,
    private readonly resolutionMs: number,
  ) {}

  /** The next calls of a kind go wrong; more orders follow one after the other. */
  order(call: 'read' | 'swap', does: Trouble, times = 1): void {
    this.orders.push({ call, does, left: times });
  }

  read(key: string, signal: AbortSignal): Promise<LeaseReading> {
    this.reads += 1;
    return this.#troubled('read', async () => {
      const { row } = await this.inner.read(key, signal);
      const notBefore = Math.floor((this.time().date - this.behindMs) / this.resolutionMs) * this.resolutionMs;
      return { row, notBefore, notAfter: notBefore + this.resolutionMs };
    });
  }

  swap(row: LeaseRow, over: LeaseRow | null, signal: AbortSignal): Promise<boolean> {
    return this.#troubled('swap', async () => {
      const done = await this.inner.swap(row, over, signal);
      if (done) this.put.push(row);
      return done;
    });
  }

  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await turn();
      if (this.#busy > 0) quiet = -1;
    }
  }

  async #troubled<T>(call: 'read' | 'swap', work: () => Promise<T>): Promise<T> {
    const order = this.orders.find((one) => one.call === call && one.left > 0);
    if (order === undefined) return this.#counted(work);
    order.left -= 1;
    const { does } = order;
    if (typeof does === 'object') {
      await does.until;
      return this.#counted(work);
    }
    if (does === 'unavailable') throw new LockUnavailable('no answer');
    if (does !== 'hang') await this.#counted(work);
    if (does === 'twice') return this.#counted(work);
    if (does === 'lose-reply') throw new LockUnavailable('the reply got lost');
    return new Promise(() => {});
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }
}
