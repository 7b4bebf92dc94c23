import {
  type Lease,
  LeaseRefused,
  type LeaseRequest,
  type LeaseRow,
  LockUnavailable,
  leaseKey,
} from '../lease/lease.js';
import { publishedToken } from './ledger.js';
import { GLOBAL_REGION, type Scope } from './model.js';
import type { Clock } from './ports.js';
import { RunFailure } from './run-failure.js';
import type { ScopeContext } from './scope-run.js';
import { orAborted } from './stop.js';

/** A run that was told to end has seconds for all of it, and up to two leases to give back. Milliseconds. */
const GIVE_BACK_MS = 1_000;

/** How a scope's lease is asked for. */
type Asking = Pick<LeaseRequest, 'force' | 'waitMs'>;

/** Runs `work` while the scope's lease is held. Throws `LOCKED` when another run holds it. */
export async function underLease<T>(
  { deps, config, store, signal, interrupted }: ScopeContext,
  scope: Scope,
  asking: Asking,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const key = { lock_key: leaseKey(scope) };
  const published = await orAborted(publishedToken(store, scope, config.targetDate), signal);
  const request = { runId: config.runId, publishedToken: published, ...asking };
  const lease = await deps.leases.acquire(scope, request, signal).catch((error: unknown) => {
    if (error instanceof LockUnavailable)
      throw new RunFailure('LOCK_UNAVAILABLE', { reason: error.message }, { cause: error });
    if (!(error instanceof LeaseRefused)) throw error;
    const holder = holderOf(error.holder);
    deps.log.write('warn', 'lock.refused', { ...key, ...holder });
    throw new RunFailure('LOCKED', { locked_by: holder, of_account: scope.region === GLOBAL_REGION });
  });
  deps.log.write('info', 'lock.acquired', { ...key, fencing_token: lease.token });
  try {
    return await work(lease);
  } finally {
    const released = await release(lease, deps.clock, interrupted);
    if (released && !lease.lost.aborted) deps.log.write('info', 'lock.released', key);
  }
}

/** False: the run was told to end, and the lock hangs. Nobody waits for it then; the lease expires. */
async function release(lease: Lease, clock: Clock, interrupted: AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const late = new Promise<boolean>((resolve) => {
    const givingUp = () =>
      clock.sleep(GIVE_BACK_MS, done.signal).then(
        () => resolve(false),
        () => {},
      );
    if (interrupted.aborted) void givingUp();
    else interrupted.addEventListener('abort', givingUp, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([lease.release().then(() => true), late]);
  } finally {
    done.abort();
  }
}

function holderOf(row: LeaseRow): object {
  return { owner: row.owner, holder_run_id: row.runId, acquired_at: row.acquiredAt, lease_expires_at: row.expiresAt };
}
