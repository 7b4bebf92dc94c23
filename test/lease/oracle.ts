import type { LeaseRow } from '../../batch/lease/lease.js';
import { isReleased } from '../../batch/lease/lease-time.js';
import type { Step } from './gate.js';
import type { Acquisition, Actor } from './world.js';

/** What is true of one token, whatever its owner knows of it. True times in milliseconds. */
interface Truth {
  readonly actor: Actor;
  readonly runId: string;
  /** The owner's own end at the latest: when its last write that went through was called, plus the lease. */
  end: number;
  /** The same of what the owner has heard. */
  knownEnd: number;
  /** When the last write that the owner heard to have gone through was called. */
  heardAt: number;
  releaseCalledAt: number | null;
  released: boolean;
  displaced: boolean;
}

/** Watches a world from outside and notes every broken promise. */
export class Oracle {
  readonly violations: string[] = [];
  readonly #truths = new Map<number, Truth>();
  readonly #commits = new Map<number, Actor>();
  readonly #acquired = new Set<number>();
  #highest = 0;

  constructor(
    private readonly now: () => number,
    private readonly leaseMs: number,
  ) {}

  truth(token: number): Truth {
    const truth = this.#truths.get(token);
    if (truth === undefined) throw new Error(`nobody ever wrote token ${token}`);
    return truth;
  }

  /** A request has arrived. */
  performed({ actor, acquisition, swap, sentAt, outcome }: Step): void {
    if (swap === null) {
      const row = (outcome?.value as { row: LeaseRow | null } | undefined)?.row;
      // What `force` is meant for: the owner that this acquisition found first.
      if (acquisition !== null) acquisition.target ??= row?.token ?? 0;
      return;
    }
    if (outcome?.value !== true) return;
    const { row, over } = swap;
    if (over !== null && over.token === row.token) this.#renewed(actor, row, sentAt);
    else this.#taken(actor, acquisition, row, over, sentAt);
  }

  #taken(actor: Actor, acquisition: Acquisition | null, row: LeaseRow, over: LeaseRow | null, sentAt: number): void {
    if (row.token <= this.#highest) this.#violated(`token ${row.token} after ${this.#highest}`);
    this.#highest = Math.max(this.#highest, row.token);
    if (over !== null) this.#displaced(acquisition, over);
    const end = sentAt + this.leaseMs;
    const truth = { actor, runId: row.runId, end, knownEnd: end, heardAt: sentAt };
    this.#truths.set(row.token, { ...truth, releaseCalledAt: null, released: false, displaced: false });
  }

  #displaced(acquisition: Acquisition | null, over: LeaseRow): void {
    const truth = this.truth(over.token);
    if (acquisition?.force === true && acquisition.target === over.token) {
      truth.displaced = true;
      return;
    }
    const { actor } = truth;
    const believes = !actor.drowsy && actor.lease?.token === over.token && !actor.lease.lost.aborted;
    // At the very end its timer and this write have the same time.
    if (believes && !truth.released && truth.knownEnd !== this.now())
      this.#violated(`token ${over.token} was taken while ${actor.name} believed to hold it`);
    if (!truth.actor.crashed && !truth.released && truth.end > this.now())
      this.#violated(
        `${truth.actor.name} was robbed of token ${over.token} ${truth.end - this.now()} ms before its end`,
      );
  }

  #renewed(actor: Actor, row: LeaseRow, sentAt: number): void {
    const truth = this.truth(row.token);
    if (truth.actor !== actor) this.#violated(`${actor.name} wrote the row of ${truth.actor.name}`);
    if (isReleased(row)) {
      truth.released = true;
      return;
    }
    if (truth.released) this.#violated(`token ${row.token} was revived after its release`);
    if (truth.releaseCalledAt !== null && sentAt > truth.releaseCalledAt)
      this.#violated(`token ${row.token} was renewed after its release was asked for`);
    if (sentAt >= truth.knownEnd) this.#violated(`token ${row.token} was renewed past its own end`);
    truth.end = Math.max(truth.end, sentAt + this.leaseMs);
  }

  /** Freed from outside: its owner may believe in it until it asks again. */
  givenBack(token: number): void {
    Object.assign(this.truth(token), { released: true, displaced: true });
  }

  /** A reply is about to be heard. */
  heard({ swap, sentAt, outcome }: Step): void {
    if (swap === null || outcome?.value !== true || isReleased(swap.row)) return;
    const truth = this.truth(swap.row.token);
    truth.knownEnd = Math.max(truth.knownEnd, sentAt + this.leaseMs);
    truth.heardAt = Math.max(truth.heardAt, sentAt);
  }

  acquired(token: number, { publishedToken, runId }: Acquisition): void {
    if (this.#acquired.has(token)) this.#violated(`token ${token} was given twice`);
    this.#acquired.add(token);
    if (token <= publishedToken) this.#violated(`token ${token} is not above the published ${publishedToken}`);
    if (this.truth(token).runId !== runId) this.#violated(`token ${token} is another run's`);
  }

  confirmed(actor: Actor, token: number, askedAt: number): void {
    const truth = this.truth(token);
    if (truth.actor !== actor) this.#violated(`${actor.name} confirmed the token of ${truth.actor.name}`);
    if (this.now() >= truth.knownEnd) this.#violated(`token ${token} was confirmed past its own end`);
    if (truth.heardAt < askedAt) this.#violated(`token ${token} was confirmed without asking the lock`);
    for (const [other, { displaced, released, knownEnd, actor: owner }] of this.#truths) {
      const believes = owner.lease?.token === other && !owner.crashed && !owner.lease.lost.aborted;
      if (other === token || displaced || released || !believes || knownEnd <= this.now()) continue;
      if (other < token || !truth.displaced) this.#violated(`tokens ${token} and ${other} are held at once`);
    }
  }

  /** As the store does: create-only, and not below a higher one. */
  committed(actor: Actor, token: number): void {
    const first = this.#commits.get(token);
    if (first !== undefined && first !== actor) this.#violated(`two commits under token ${token}`);
    if (Math.max(0, ...this.#commits.keys()) <= token) this.#commits.set(token, actor);
  }

  get published(): number {
    return Math.max(0, ...this.#commits.keys());
  }

  #violated(what: string): void {
    this.violations.push(`at ${this.now()} ms: ${what}`);
  }
}
