import { RunStopped } from '../core/stop.js';
import { StoreUnavailable } from '../store/store.js';
import { giveBack } from './give-back.js';
import { type Lease, type LeaseRow, LockUnavailable } from './lease.js';
import { isSameLease } from './lease-table.js';
import { isReleased, laterEnd, leaseEnd } from './lease-time.js';
import type { LeaseOptions } from './leases.js';
import { within } from './within.js';

/** Renewals within one lease. One that hangs is given up after the time between two. */
const RENEWALS_PER_LEASE = 4;

/** How soon the lock is asked again when it could not be used: at most. Milliseconds. */
const ASK_AGAIN_MS = 1000;

/**
 * A lease that renews itself while it is held. Its own end counts on the monotonic clock from before the last renewal
 * was sent; past it nothing is renewed and nothing may be committed, whatever the table says.
 */
export class HeldLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #intervalMs: number;
  readonly #askAgainMs: number;
  readonly #lost = new AbortController();
  /** Released or lost: ends every pause and gives up every call. */
  readonly #stopped = new AbortController();
  #row: LeaseRow;
  /** Monotonic milliseconds. */
  #end: number;
  /** One renewal after the other, so that an older one never has the last word. */
  #renewing: Promise<unknown> = Promise.resolve();
  #releasing: Promise<void> | null = null;
  /** Why the last renewal failed. */
  #trouble: unknown = null;

  constructor(options: LeaseOptions, row: LeaseRow, claimedAt: number) {
    this.#options = options;
    this.#intervalMs = options.leaseMs / RENEWALS_PER_LEASE;
    this.#askAgainMs = Math.min(ASK_AGAIN_MS, this.#intervalMs / RENEWALS_PER_LEASE);
    this.#row = row;
    this.#end = claimedAt + options.leaseMs;
    void this.#keep(claimedAt + this.#intervalMs);
    void this.#watch();
  }

  get token(): number {
    return this.#row.token;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Asks until the lock has answered or the lease has ended: trouble that passes does not cost the run. */
  async confirm(): Promise<boolean> {
    while (this.#isHeld()) {
      if (await this.#renew()) return this.#isHeld();
      const trouble = this.#trouble;
      // Credentials that are no longer valid do not come back.
      if (trouble instanceof LockUnavailable && trouble.refused) {
        this.#lose(`it could not be confirmed (${trouble.message})`);
      }
      // What is to be committed could not be written either.
      if (trouble instanceof StoreUnavailable) this.#end = this.#options.clock.monotonic();
      else await this.#pause(this.#askAgainMs);
    }
    return false;
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    const held = this.#isHeld();
    this.#stopped.abort();
    if (!held) return;
    const { table, clock } = this.#options;
    const never = new AbortController().signal;
    await within(clock, this.#intervalMs, never, (signal) => giveBack(table, this.#row, signal)).catch(() => {});
  }

  #isHeld(): boolean {
    if (this.#stopped.signal.aborted) return false;
    if (this.#options.clock.monotonic() < this.#end) return true;
    const { message } = this.#trouble instanceof Error ? this.#trouble : { message: String(this.#trouble) };
    const reason = `it was not renewed in time${this.#trouble === null ? '' : ` (${message})`}`;
    // Nobody has taken it: there is a run to look at only where the lock could still be written.
    const full = this.#trouble instanceof StoreUnavailable;
    this.#lose(reason, full ? new RunStopped('store', reason, { cause: this.#trouble }) : undefined);
    return false;
  }

  #lose(reason: string, stopped = new RunStopped('lease', reason)): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    const { key, token } = this.#row;
    this.#options.log.write('error', 'lock.lost', { lock_key: key, fencing_token: token, reason });
    this.#lost.abort(stopped);
  }

  async #keep(firstDue: number): Promise<void> {
    const { clock, leaseMs } = this.#options;
    let due = firstDue;
    while (await this.#pause(due - clock.monotonic())) {
      const sentAt = (await this.#renew()) ? this.#end - leaseMs : null;
      due = sentAt === null ? clock.monotonic() + this.#askAgainMs : sentAt + this.#intervalMs;
    }
  }

  /** The end may come while a renewal hangs, or has come already while the claim did. */
  async #watch(): Promise<void> {
    while (this.#isHeld()) await this.#pause(this.#end - this.#options.clock.monotonic());
  }

  /** False: there is nothing to wait for any more. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopped;
    if (!signal.aborted) await this.#options.clock.sleep(Math.max(0, ms), signal).catch(() => {});
    return !signal.aborted;
  }

  /** Never throws. False: the lock has not said that the lease is held. */
  #renew(): Promise<boolean> {
    const { clock } = this.#options;
    const renewal = this.#renewing
      .then(() => within(clock, this.#intervalMs, this.#stopped.signal, (signal) => this.#extend(signal)))
      .catch((error: unknown) => {
        this.#trouble = error;
        return false;
      });
    this.#renewing = renewal;
    return renewal;
  }

  /** Throws when the lock cannot be used: the lease then lives on to its end, and the next renewal may succeed. */
  async #extend(signal: AbortSignal): Promise<boolean> {
    const { table, clock, leaseMs } = this.#options;
    for (;;) {
      const askedAt = clock.monotonic();
      const reading = await table.read(this.#row.key, signal);
      if (signal.aborted || !this.#isHeld()) return false;
      const { row } = reading;
      if (row === null || !isSameLease(row, this.#row) || isReleased(row)) {
        this.#lose(whyLost(row, this.#row));
        return false;
      }
      const sentAt = clock.monotonic();
      const end = leaseEnd(reading, sentAt - askedAt, leaseMs);
      const next = { ...row, expiresAt: laterEnd(end, row.expiresAt) };
      const renewed = await table.swap(next, row, signal);
      if (signal.aborted) return false;
      if (renewed) {
        this.#row = next;
        this.#end = sentAt + leaseMs;
        this.#trouble = null;
        return true;
      }
      // Somebody else's, or this renewal itself, tried again after its reply got lost: what stands there tells.
    }
  }
}

function whyLost(found: LeaseRow | null, mine: LeaseRow): string {
  if (found === null) return 'its row is gone';
  if (isSameLease(found, mine)) return 'it was given back from outside';
  return `${found.owner} has taken it over with token ${found.token}`;
}
