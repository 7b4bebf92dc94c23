import type { Scope } from '../../batch/core/model.js';
import type { LogFields } from '../../batch/core/ports.js';
import type { Lease, LeaseRequest, LeaseRow, Leases } from '../../batch/lease/lease.js';
import { leaseKey } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';
import { createLeases } from '../../batch/lease/leases.js';
import { TroubledTable } from './troubled-table.js';
import { type Process, VirtualTime } from './virtual-time.js';

export const LEASE_MS = 60_000;
export const SCOPE: Scope = { tenant: 'acme', accountId: '000000000000', region: 'us-east-1' };

/** A process of a test: leases of its own on the common table and time. */
export interface Runner extends Process {
  readonly name: string;
  readonly leases: Leases;
  acquire(request?: Partial<LeaseRequest>, signal?: AbortSignal): Promise<Lease>;
}

/** A table on virtual time, and processes that share it. */
export class Bench {
  readonly time: VirtualTime;
  readonly table: TroubledTable;
  readonly gone = new Set<string>();
  readonly log: (LogFields & { event: string })[] = [];
  #runners = 0;

  constructor(inner: LeaseTable, resolutionMs = 1) {
    this.time = new VirtualTime(() => this.table.settled());
    this.table = new TroubledTable(inner, () => this.time, resolutionMs);
  }

  runner(skewMs = 0): Runner {
    this.#runners += 1;
    const name = `p${this.#runners}`;
    const process: Process = { skewMs, frozen: false };
    const leases = createLeases({
      table: this.table,
      clock: this.time.clock(process, this.#runners * 1_000_000),
      log: { write: (_, event, fields) => this.log.push({ event, ...fields }) },
      leaseMs: LEASE_MS,
      owner: name,
      isGone: (owner) => this.gone.has(owner),
    });
    const acquire = (request: Partial<LeaseRequest> = {}, signal = new AbortController().signal) =>
      leases.acquire(SCOPE, { runId: `run-${name}`, publishedToken: 0, force: false, waitMs: 0, ...request }, signal);
    return Object.assign(process, { name, leases, acquire });
  }

  async row(): Promise<LeaseRow | null> {
    return (await this.table.read(leaseKey(SCOPE), new AbortController().signal)).row;
  }

  /** The outcome of something that needs time: time is advanced in steps until it has come, at most so long. */
  async during<T>(work: Promise<T>, atMostMs: number, stepMs = 250): Promise<PromiseSettledResult<T>> {
    let settled: PromiseSettledResult<T> | undefined;
    Promise.allSettled([work]).then(([result]) => {
      settled = result;
    });
    await this.time.advance(0);
    for (let spent = 0; settled === undefined && spent < atMostMs; spent += stepMs) await this.time.advance(stepMs);
    await this.time.advance(0);
    if (settled === undefined) throw new Error(`nothing came of it within ${atMostMs} ms`);
    return settled;
  }
}
