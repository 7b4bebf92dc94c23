import type { LimitFunction } from 'p-limit';
import { SCHEMA_VERSION } from '../contract/record.js';
import { type Lease, leaseKey } from '../lease/lease.js';
import { type Store, VersionConflict } from '../store/store.js';
import type { CachePolicy } from './cache.js';
import { collect } from './collect.js';
import type { UnitOutcome } from './collect-unit.js';
import type { Deps } from './deps.js';
import { manifestKey } from './layout.js';
import { damagedRow, doubtUnsupported, latestManifest, markAccepted, mergeUnits, publishedToken } from './ledger.js';
import type { Identity, LedgerUnit, Manifest, Scope, Unit } from './model.js';
import type { Clock } from './ports.js';
import type { RunConfig } from './run-config.js';
import { RunFailure } from './run-failure.js';
import { orAborted, RunStopped } from './stop.js';
import type { Receipt } from './summarize.js';
import { fileProblem, writeJson } from './unit-file.js';

const HOUR_MS = 3_600_000;

/** How often a ledger is merged anew because another manifest appeared meanwhile: each is of a run fenced off before. */
const MERGES = 5;

export interface ScopeContext {
  readonly deps: Deps;
  readonly config: RunConfig;
  readonly identity: Identity;
  readonly store: Store;
  readonly limit: LimitFunction;
  /** Ends the reading: at the deadline too. */
  readonly signal: AbortSignal;
  /** Ends the run without a commit: a signal of the system, a store that failed. */
  readonly interrupted: AbortSignal;
  /** When the run's deadline is, on the monotonic clock. Milliseconds. */
  readonly endsAt: number;
  /** What was committed so far, also when the run then fails. */
  readonly receipts: Receipt[];
}

/** What a commit needs of a lease. */
type CommitLease = Pick<Lease, 'token' | 'lost' | 'confirm'>;

/** Reads the units of one scope and commits their ledger. */
export async function collectAndCommit(
  context: ScopeContext,
  scope: Scope,
  units: readonly Unit[],
  lease: CommitLease,
): Promise<readonly UnitOutcome[]> {
  if (units.length === 0) return [];
  const { deps, config, identity, store } = context;
  const signal = AbortSignal.any([context.signal, lease.lost]);
  const interrupted = AbortSignal.any([context.interrupted, lease.lost]);
  const read = await collect(units, context.limit, {
    ...{ source: deps.source, store, clock: deps.clock, log: deps.log, identity, scope, signal, interrupted },
    date: config.targetDate,
    // Also what the commit builds on: a damaged one must not be found only after hours of reading.
    truth: await orAborted(latestManifest(store, scope, config.targetDate), interrupted),
    runId: config.runId,
    token: lease.token,
    endsAt: context.endsAt,
    cache: cachePolicy(config, deps.clock),
  });
  for (let merges = 0; merges < MERGES; merges++) {
    const merged = await orAborted(publishedToken(store, scope, config.targetDate), interrupted);
    const latest = latestManifest(store, scope, config.targetDate);
    const found = latest.then((manifest) => intact(context, manifest));
    const previous = await orAborted(found, interrupted);
    const outcomes = read.map((outcome) => ({
      ...outcome,
      row: markAccepted(doubtUnsupported(previous, outcome.row), scope.region, config.acceptedGaps),
    }));
    const receipt = await commit({ ...context, interrupted }, scope, { previous, merged }, outcomes, lease);
    if (receipt === null) continue;
    context.receipts.push(receipt);
    return outcomes;
  }
  throw overtaken(deps, scope, lease, 'other manifests keep appearing');
}

/** Reused is what was read within the TTL and, where a schedule fired the run, after its slot. */
function cachePolicy(config: RunConfig, clock: Clock): CachePolicy | null {
  if (config.clearCache || config.cacheTtlHours === 0) return null;
  const notAfter = clock.now();
  const oldest = notAfter.getTime() - config.cacheTtlHours * HOUR_MS;
  const notBefore = new Date(Math.max(oldest, config.scheduledAt?.getTime() ?? oldest));
  return { notAfter, notBefore, failures: config.failures };
}

/** The manifest before, with each unit whose file is gone or damaged told as such: nothing is carried unseen. */
async function intact({ deps, config, store }: ScopeContext, previous: Manifest | null): Promise<Manifest | null> {
  if (previous === null) return null;
  const units: LedgerUnit[] = [];
  for (const unit of previous.units) {
    const reason = unit.file === null ? null : await fileProblem(store, unit.file, unit);
    if (reason !== null)
      deps.log.write('error', 'unit.damaged', { resource_type: unit.resource_type, region: previous.region, reason });
    const found = { run_id: config.runId, at: deps.clock.now().toISOString() };
    units.push(reason === null ? unit : damagedRow(unit, reason, found));
  }
  return { ...previous, units };
}

/**
 * Creates the manifest: the one step that makes a run visible. Past the deadline too, but never without the lease.
 * null: another manifest than `previous`, of the token `merged`, is the latest by now.
 */
async function commit(
  { deps, config, store, interrupted }: ScopeContext,
  scope: Scope,
  { previous, merged }: { readonly previous: Manifest | null; readonly merged: number },
  outcomes: readonly UnitOutcome[],
  lease: CommitLease,
): Promise<Receipt | null> {
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
  const published = () => publishedToken(store, scope, config.targetDate);
  await orAborted(insist(lease), interrupted);
  const found = await orAborted(published(), interrupted);
  interrupted.throwIfAborted();
  if (found >= lease.token) throw overtaken(deps, scope, lease);
  if (found !== merged) return null;
  const key = manifestKey(scope, config.targetDate, lease.token);
  await writeJson(store, key, manifest).catch(async (error: unknown) => {
    if (!(error instanceof VersionConflict)) throw error;
    await insist(lease);
    throw overtaken(deps, scope, lease);
  });
  // A process that stood still just before the commit may have been overtaken in between, and its successor may have
  // merged without this manifest. It stays, harmless: it is never the truth once a higher one is there. But this run
  // must not say that it published. Where the lease is still held now, whoever comes next finds this manifest.
  await insist(lease);
  if ((await published()) > lease.token) throw overtaken(deps, scope, lease);
  for (const unit of manifest.units) {
    if (unit.origin !== 'carried') continue;
    const fields = { resource_type: unit.resource_type, count: unit.count, from_run_id: unit.run_id };
    deps.log.write('info', 'unit.carried', { ...fields, region: scope.region });
  }
  const uri = store.uri(key);
  deps.log.write('info', 'snapshot.published', { uri, region: scope.region, fencing_token: lease.token });
  return { manifest, uri };
}

/** Throws `LOCK_LOST` unless the lock says that the lease is held. */
async function insist(lease: CommitLease): Promise<void> {
  if (!(await lease.confirm())) throw lease.lost.reason ?? new RunStopped('lease', 'it is not held any more');
}

/** A lease that is lost says so itself. One that still stands does not know of the manifest that overtook it. */
function overtaken(
  deps: Deps,
  scope: Scope,
  lease: CommitLease,
  reason = 'a manifest with the same or a higher token is there',
): RunFailure {
  deps.log.write('error', 'lock.lost', { lock_key: leaseKey(scope), fencing_token: lease.token, reason });
  return new RunFailure('LOCK_LOST', { reason });
}
