import { setImmediate as turn } from 'node:timers/promises';
import type { Scope } from '../../batch/core/model.js';
import { giveBack } from '../../batch/lease/give-back.js';
import { type Lease, LeaseRefused, type Leases, LockUnavailable, leaseKey } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';
import { createLeases } from '../../batch/lease/leases.js';
import { Gate, type Pick } from './gate.js';
import { Oracle } from './oracle.js';
import { type Process, VirtualTime } from './virtual-time.js';

export const LEASE_MS = 60_000;

export interface Acquisition {
  readonly runId: string;
  readonly force: boolean;
  readonly publishedToken: number;
  readonly stop: AbortController;
  /** The token that this acquisition found first. */
  target: number | null;
}

/** A process: it runs, stands still or is dead; it acquires, holds, commits, releases, again and again. */
export interface Actor extends Process {
  readonly name: string;
  readonly leases: Leases;
  crashed: boolean;
  /** Its timers may be overdue: it was woken, and has not run since. */
  drowsy: boolean;
  acquisition: Acquisition | null;
  lease: Lease | null;
  /** The last confirmation said yes, and no commit has followed yet. */
  confirmed: boolean;
  busy: boolean;
}

export interface WorldOptions {
  readonly processes: number;
  /** The highest token published before the beginning. */
  readonly published: number;
  /** Of the lock's clock. */
  readonly resolutionMs: number;
  /** Whether processes see that another one is gone. */
  readonly sameHost: boolean;
  readonly skews: readonly number[];
}

export type Action =
  | { readonly do: 'acquire'; readonly p: number; readonly force: boolean; readonly waitMs: number }
  | { readonly do: 'confirm' | 'commit' | 'release' | 'freeze' | 'thaw' | 'crash' | 'abort'; readonly p: number }
  | { readonly do: 'step'; readonly n: number; readonly pick: Pick }
  | { readonly do: 'flow' }
  /** Somebody gives the lease back from outside, as `arv lock release` does. */
  | { readonly do: 'outside' }
  /** Time passes; `flows`: calls are answered on the way. */
  | { readonly do: 'advance'; readonly ms: number; readonly flows: boolean };

/** A table, processes and time; actions are carried out one by one, the oracle watches. */
export class World {
  readonly time: VirtualTime;
  readonly oracle: Oracle;
  readonly gate: Gate;
  readonly actors: Actor[];
  readonly #scope: Scope;
  readonly #dead = new Set<string>();
  readonly #table: LeaseTable;
  #flows = false;
  #made = 0;

  constructor(
    table: (time: VirtualTime, resolutionMs: number) => LeaseTable,
    private readonly options: WorldOptions,
    /** Worlds may share a table: each has its own key. */
    id = '0',
  ) {
    this.#scope = { tenant: 'acme', accountId: id, region: 'us-east-1' };
    this.time = new VirtualTime(() => (this.#flows ? this.flow() : turn()));
    const now = () => this.time.now;
    const oracle = new Oracle(now, LEASE_MS);
    this.oracle = oracle;
    this.#table = table(this.time, options.resolutionMs);
    this.gate = new Gate(
      this.#table,
      now,
      (step) => oracle.performed(step),
      (step) => oracle.heard(step),
    );
    this.actors = Array.from({ length: options.processes }, () => this.#actor());
  }

  get key(): string {
    return leaseKey(this.#scope);
  }

  async act(action: Action): Promise<void> {
    switch (action.do) {
      case 'step':
        await this.#step(action.n, action.pick);
        break;
      case 'flow':
        await this.flow();
        break;
      case 'outside':
        await this.#giveBack();
        break;
      case 'advance':
        this.#flows = action.flows;
        await this.time.advance(action.ms);
        this.#flows = false;
        for (const actor of this.actors) actor.drowsy = actor.frozen;
        break;
      default:
        this.#order(action);
    }
    await turn();
  }

  /** Every call goes on until nothing is under way but what waits for a process that stands still. */
  async flow(): Promise<void> {
    await turn();
    for (let step = this.gate.movable()[0]; step !== undefined; step = this.gate.movable()[0]) {
      await this.gate.move(step, 'go');
      await turn();
    }
  }

  async #step(n: number, pick: Pick): Promise<void> {
    const steps = this.gate.movable();
    const step = steps[n % Math.max(1, steps.length)];
    if (step !== undefined) await this.gate.move(step, pick);
  }

  async #giveBack(): Promise<void> {
    const { signal } = new AbortController();
    const { row } = await this.#table.read(this.key, signal);
    if (row !== null && (await giveBack(this.#table, row, signal))) this.oracle.givenBack(row.token);
  }

  #order(action: Extract<Action, { p: number }>): void {
    const at = action.p % this.actors.length;
    const actor = this.actors[at] as Actor;
    if (action.do === 'crash') {
      Object.assign(actor, { crashed: true, frozen: true, drowsy: true });
      this.#dead.add(actor.name);
      this.actors[at] = this.#actor();
    } else if (action.do === 'thaw') actor.frozen = false;
    else if (actor.frozen) return;
    else if (action.do === 'freeze') Object.assign(actor, { frozen: true, drowsy: true });
    else if (action.do === 'abort') actor.acquisition?.stop.abort(new Error('stop'));
    else if (action.do === 'acquire') this.#acquire(actor, action.force, action.waitMs);
    else if (action.do === 'confirm') this.#confirm(actor);
    else if (action.do === 'commit') this.#commit(actor);
    else this.#release(actor);
  }

  #acquire(actor: Actor, force: boolean, waitMs: number): void {
    if (actor.lease !== null || actor.acquisition !== null) return;
    this.#made += 1;
    const publishedToken = Math.max(this.options.published, this.oracle.published);
    const stop = new AbortController();
    const acquisition = { runId: `run-${this.#made}`, force, publishedToken, stop, target: null };
    actor.acquisition = acquisition;
    actor.leases.acquire(this.#scope, { ...acquisition, waitMs }, stop.signal).then(
      (lease) => {
        Object.assign(actor, { acquisition: null, lease, confirmed: false });
        this.oracle.acquired(lease.token, acquisition);
      },
      (error: unknown) => {
        actor.acquisition = null;
        const expected = error instanceof LeaseRefused || error instanceof LockUnavailable;
        if (!expected && error !== stop.signal.reason) this.oracle.violations.push(`acquire: ${error}`);
      },
    );
  }

  #confirm(actor: Actor): void {
    const { lease, busy } = actor;
    if (lease === null || busy) return;
    const askedAt = this.time.now;
    actor.busy = true;
    void lease.confirm().then((yes) => {
      actor.busy = false;
      actor.confirmed = yes && actor.lease === lease;
      if (yes) this.oracle.confirmed(actor, lease.token, askedAt);
    });
  }

  #commit(actor: Actor): void {
    if (actor.lease === null || !actor.confirmed) return;
    actor.confirmed = false;
    if (!actor.lease.lost.aborted) this.oracle.committed(actor, actor.lease.token);
  }

  #release(actor: Actor): void {
    const { lease } = actor;
    if (lease === null) return;
    this.oracle.truth(lease.token).releaseCalledAt ??= this.time.now;
    actor.lease = null;
    void lease.release();
  }

  #actor(): Actor {
    this.#made += 1;
    const name = `p${this.#made}`;
    const skewMs = this.options.skews[this.#made % this.options.skews.length] ?? 0;
    const state = { crashed: false, drowsy: false, acquisition: null, lease: null, confirmed: false, busy: false };
    const actor: Actor = { name, skewMs, frozen: false, ...state, leases: undefined as unknown as Leases };
    const leases = createLeases({
      table: this.gate.for(actor),
      clock: this.time.clock(actor, this.#made * 977),
      log: { write: () => {} },
      leaseMs: LEASE_MS,
      owner: name,
      isGone: (owner) => this.options.sameHost && this.#dead.has(owner),
    });
    return Object.assign(actor, { leases });
  }
}
