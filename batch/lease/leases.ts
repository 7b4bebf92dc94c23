import type { Clock, Log } from '../core/ports.js';
import { orAborted } from '../core/stop.js';
import { giveBack } from './give-back.js';
import { HeldLease } from './held-lease.js';
import {
  type Lease,
  LeaseRefused,
  type LeaseRequest,
  type LeaseRow,
  type Leases,
  LockUnavailable,
  leaseKey,
} from './lease.js';
import { isSameLease, type LeaseReading, type LeaseTable } from './lease-table.js';
import { isFree, leaseEnd } from './lease-time.js';
import { within } from './within.js';

export interface LeaseOptions {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a lease lasts without renewal. Milliseconds. */
  readonly leaseMs: number;
  /** This process, as `LeaseRow.owner` names it. */
  readonly owner: string;
  /** Whether an owner is known to be gone: a process of this host that ended. */
  readonly isGone: (owner: string) => boolean;
}

/** How often a waiting run looks again. */
const POLL_MS = 1000;

/** How long a run that is told to end while it claims a lease waits to give it back. */
const UNDO_MS = 1000;

/** Leases over any table. The table only compares and swaps; when a row may be taken is decided here. */
export function createLeases(options: LeaseOptions): Leases {
  return { acquire: (scope, request, signal) => acquire(options, leaseKey(scope), request, signal) };
}

async function acquire(options: LeaseOptions, key: string, request: LeaseRequest, signal: AbortSignal): Promise<Lease> {
  const { table, clock, leaseMs, isGone } = options;
  signal.throwIfAborted();
  const giveUpAt = clock.monotonic() + request.waitMs;
  /** `force` is meant for the owner found first, not for one who comes while this run is taking over. */
  let displaced: number | null = null;
  for (;;) {
    const askedAt = clock.monotonic();
    const reading = await orAborted(table.read(key, signal), signal);
    const { row } = reading;
    if (request.force) displaced ??= row?.token ?? 0;
    if (row === null || row.token === displaced || isFree(row, reading) || isGone(row.owner)) {
      const lease = await take(options, key, request, reading, askedAt, signal);
      if (lease !== null) return lease;
      continue;
    }
    const left = giveUpAt - clock.monotonic();
    if (left <= 0) throw new LeaseRefused(row);
    await clock.sleep(Math.min(POLL_MS, leaseMs / 4, left), signal);
  }
}

/** null: somebody was faster, or the reading is too old to say when a lease that begins now would end. */
async function take(
  options: LeaseOptions,
  key: string,
  { runId, publishedToken }: LeaseRequest,
  reading: LeaseReading,
  askedAt: number,
  signal: AbortSignal,
): Promise<Lease | null> {
  const { table, clock, leaseMs, owner } = options;
  const claimedAt = clock.monotonic();
  if (claimedAt - askedAt > leaseMs / 4) return null;
  const highest = Math.max(reading.row?.token ?? 0, publishedToken);
  // Numbers beyond are not told apart: two owners would have one token.
  if (highest >= Number.MAX_SAFE_INTEGER)
    throw new LockUnavailable(`no fencing token of ${key} is left above ${highest}, in its lease or a manifest's name`);
  const mine: LeaseRow = {
    key,
    token: highest + 1,
    owner,
    runId,
    acquiredAt: new Date(reading.notBefore).toISOString(),
    expiresAt: leaseEnd(reading, claimedAt - askedAt, leaseMs),
  };
  const claiming = new AbortController();
  const claim = swapOrRecognize(table, mine, reading.row, claiming.signal);
  try {
    return (await orAborted(claim, signal)) ? new HeldLease(options, mine, claimedAt) : null;
  } catch (error) {
    if (signal.aborted) await undo(options, mine, claim);
    throw error;
  } finally {
    claiming.abort();
  }
}

/** Gives back what a claim that nobody waits for has taken, or takes yet. Where that is not to be had, it expires. */
async function undo({ table, clock, leaseMs }: LeaseOptions, mine: LeaseRow, claim: Promise<boolean>): Promise<void> {
  const never = new AbortController().signal;
  const ms = Math.min(leaseMs / 4, UNDO_MS);
  await within(clock, ms, never, async (limit) => {
    if (await giveBack(table, mine, limit)) return;
    if (await claim.catch(() => true)) await giveBack(table, mine, limit);
  }).catch(() => {});
}

/** A reply that got lost says nothing, nor does a refusal that answers a second try: what stands in the table does. */
async function swapOrRecognize(
  table: LeaseTable,
  mine: LeaseRow,
  over: LeaseRow | null,
  signal: AbortSignal,
): Promise<boolean> {
  const swapped = await table.swap(mine, over, signal).catch((error: unknown) => ({ error }));
  if (swapped === true) return true;
  const { row } = await table.read(mine.key, signal);
  if (row !== null && isSameLease(row, mine)) return true;
  if (typeof swapped === 'object') throw swapped.error;
  return false;
}
