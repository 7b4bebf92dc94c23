import type { LimitFunction } from 'p-limit';
import { SCHEMA_VERSION } from '../contract/record.js';
import { type Lease, LeaseRefused, leaseKey } from '../lease/lease.js';
import { AlreadyExists, type Store } from '../store/store.js';
import type { CachePolicy } from './cache.js';
import { collect } from './collect.js';
import type { UnitOutcome } from './collect-unit.js';
import { manifestKey } from './layout.js';
import { latestManifest, markAccepted, mergeUnits, publishedToken } from './ledger.js';
import type { Identity, Manifest, Scope, Unit } from './model.js';
import type { Clock } from './ports.js';
import type { Deps } from './run.js';
import type { RunConfig } from './run-config.js';
import { RunFailure } from './run-failure.js';
import { stopReason } from './stop.js';
import type { Receipt } from './summarize.js';
import { writeJson } from './unit-file.js';

const HOUR_MS = 3_600_000;

interface ScopeContext {
  readonly deps: Deps;
  readonly config: RunConfig;
  readonly identity: Identity;
  readonly store: Store;
  readonly limit: LimitFunction;
  readonly signal: AbortSignal;
  /** What was committed so far, also when the run then fails. */
  readonly receipts: Receipt[];
}

/** Runs `work` while the scope's lease is held. */
export async function underLease<T>(
  { deps, config, store }: ScopeContext,
  scope: Scope,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const key = { lock_key: leaseKey(scope) };
  const published = await publishedToken(store, scope, config.targetDate);
  const lease = await deps.leases
    .acquire(scope, { runId: config.runId, publishedToken: published })
    .catch((error: unknown) => {
      if (!(error instanceof LeaseRefused)) throw error;
      deps.log.write('warn', 'lock.refused', key);
      throw new RunFailure('LOCKED', {}, { cause: error });
    });
  deps.log.write('info', 'lock.acquired', { ...key, fencing_token: lease.token });
  try {
    return await work(lease);
  } finally {
    await lease.release();
    deps.log.write('info', 'lock.released', key);
  }
}

/** Reads the units of one scope and commits their ledger. */
export async function collectAndCommit(
  context: ScopeContext,
  scope: Scope,
  units: readonly Unit[],
  lease: Lease,
): Promise<readonly UnitOutcome[]> {
  if (units.length === 0) return [];
  const { deps, config, identity, store } = context;
  const signal = AbortSignal.any([context.signal, lease.lost]);
  const read = await collect(units, context.limit, {
    ...{ source: deps.source, store, clock: deps.clock, log: deps.log, identity, scope, signal },
    date: config.targetDate,
    runId: config.runId,
    cache: cachePolicy(config, deps.clock),
  });
  const outcomes = read.map((outcome) => ({
    ...outcome,
    row: markAccepted(outcome.row, scope.region, config.acceptedGaps),
  }));
  context.receipts.push(await commit(context, scope, outcomes, lease));
  return outcomes;
}

/** Reused is what was read within the TTL and, where a schedule fired the run, after its slot. */
function cachePolicy(config: RunConfig, clock: Clock): CachePolicy | null {
  if (config.clearCache || config.cacheTtlHours === 0) return null;
  const oldest = clock.now().getTime() - config.cacheTtlHours * HOUR_MS;
  return { notBefore: new Date(Math.max(oldest, config.scheduledAt?.getTime() ?? oldest)) };
}

/** Creates the manifest: the one step that makes a run visible. Past the deadline too, but never without the lease. */
async function commit(
  { deps, config, store, signal }: ScopeContext,
  scope: Scope,
  outcomes: readonly UnitOutcome[],
  lease: Lease,
): Promise<Receipt> {
  const previous = await latestManifest(store, scope, config.targetDate);
  const rows = outcomes.map(({ row }) => row);
  const manifest: Manifest = {
    schema_version: SCHEMA_VERSION,
    tenant: scope.tenant,
    account_id: scope.accountId,
    region: scope.region,
    date: config.targetDate,
    fencing_token: lease.token,
    run_id: config.runId,
    committed_at: deps.clock.now().toISOString(),
    units: mergeUnits(previous, rows),
  };
  for (const unit of manifest.units) {
    if (unit.origin !== 'carried') continue;
    const fields = { resource_type: unit.resource_type, count: unit.count, from_run_id: unit.run_id };
    deps.log.write('info', 'unit.carried', { ...fields, region: scope.region });
  }
  const overtaken = previous !== null && previous.fencing_token >= lease.token;
  const stopped = stopReason(signal);
  if (stopped !== null && stopped !== 'deadline') signal.throwIfAborted();
  if (overtaken || lease.lost.aborted) throw lockLost(deps, scope);
  const key = manifestKey(scope, config.targetDate, lease.token);
  await writeJson(store, key, manifest).catch((error: unknown) => {
    if (error instanceof AlreadyExists) throw lockLost(deps, scope);
    throw error;
  });
  const uri = store.uri(key);
  deps.log.write('info', 'snapshot.published', { uri, region: scope.region, fencing_token: lease.token });
  return { manifest, uri };
}

function lockLost(deps: Deps, scope: Scope): RunFailure {
  deps.log.write('error', 'lock.lost', { lock_key: leaseKey(scope) });
  return new RunFailure('LOCK_LOST');
}
