import pLimit, { type LimitFunction } from 'p-limit';
import type { ErrorCode } from '../contract/errors.js';
import type { Lease } from '../lease/lease.js';
import { StoreUnavailable } from '../store/store.js';
import { skipped } from './collect.js';
import type { UnitOutcome } from './collect-unit.js';
import type { Deps } from './deps.js';
import { GLOBAL_REGION, type Identity, type Scope, type Unit } from './model.js';
import { plan } from './plan.js';
import { type LaggingDay, publishProjections } from './publish-projections.js';
import type { RunEnd } from './result.js';
import { reportChanges } from './run-changes.js';
import type { RunConfig } from './run-config.js';
import { lockLost, RunFailure, storeUnavailable } from './run-failure.js';
import { asFailure, credentialsCode, duplicate, failed, finished, inOrder, snapshotOf } from './run-outcome.js';
import { collectAndCommit, type ScopeContext } from './scope-run.js';
import { settleAll } from './settle.js';
import type { Snapshot } from './snapshots.js';
import { orAborted, RunStopped } from './stop.js';
import { watched } from './store-failure.js';
import type { Receipt } from './summarize.js';
import { underLease } from './under-lease.js';

/** Another region's run reads the buckets in seconds, or has died and its lease ends within a minute. */
const ACCOUNT_LEASE_WAIT_MS = 60_000;

/**
 * One execution: identity, lease, cache, reads, commit, the day's Parquet file. Never throws; whatever happens is the outcome. Both signals fire
 * with a `RunStopped`: once `interrupted` has, nothing more is committed; at the deadline, which only `signal` tells,
 * what is complete is.
 *
 * @param known whose account it is, where that was asked before
 */
export async function run(
  deps: Deps,
  config: RunConfig,
  { signal, interrupted }: Pick<ScopeContext, 'signal' | 'interrupted'>,
  known?: Identity,
): Promise<RunEnd> {
  const startedAt = deps.clock.now();
  const started = deps.clock.monotonic();
  let identity: Identity | null = null;
  const receipts: Receipt[] = [];
  const head = () => ({
    services: config.services,
    region: config.region,
    run_id: config.runId,
    tenant: config.tenant,
    target_date: config.targetDate,
    profile: config.profile,
    ...(identity === null ? {} : { account_id: identity.accountId }),
    started_at: startedAt.toISOString(),
    duration_ms: Math.round(deps.clock.monotonic() - started),
  });
  let lagging: readonly LaggingDay[] = [];
  // Without a ledger of its own, a run has looked at no day.
  const left = () => ({
    committed: receipts.map(({ manifest }) => manifest),
    ...(receipts.length === 0 ? {} : { lagging: lagging.length }),
  });
  deps.log.write('info', 'run.started', { services: config.services, region: config.region });
  try {
    identity = known ?? (await identify(deps, signal));
    const endsAt = started + config.timeoutSeconds * 1000;
    const { store, failed: storeFailed } = watched(await orAborted(deps.openStore(), signal));
    const outcomes = await collectAll(deps, config, {
      ...{ identity, store, receipts, endsAt },
      signal: AbortSignal.any([signal, storeFailed]),
      interrupted: AbortSignal.any([interrupted, storeFailed]),
    }).finally(async () => {
      // Outside the leases: nothing older replaces anything newer, whoever renders it.
      lagging = await publishProjections(deps, store, inOrder(receipts), { signal, interrupted });
    });
    const changes = await reportChanges(deps, store, askedOf(config, identity, outcomes), signal);
    const done = { outcomes, receipts: inOrder(receipts), changes, lagging, peaks: await deps.peaks() };
    return { ...finished(deps, config, done, head, signal), ...left() };
  } catch (error) {
    const failure = asFailure(error, config, signal);
    const rest = { ...head(), ...snapshotOf(receipts) };
    const skips = failure.code === 'LOCKED' && config.ifLocked === 'skip';
    const outcome = skips ? duplicate(deps, failure, rest) : failed(deps, failure, rest, await deps.peaks());
    return { ...outcome, ...left() };
  }
}

/** Whose account this is. Throws `RunFailure`. */
export async function identify(deps: Deps, signal: AbortSignal): Promise<Identity> {
  try {
    signal.throwIfAborted();
    // The credentials may hang before there is a call to abort.
    const identity = await orAborted(deps.source.identify(signal), signal);
    deps.log.write('info', 'run.identified', { account_id: identity.accountId, arn: identity.arn });
    return identity;
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = deps.source.classify(error);
    const known = credentialsCode(code);
    const reason = known === null ? `${code}: ${message}` : message;
    throw new RunFailure(known ?? 'AWS_UNREACHABLE', { reason }, { cause: error });
  }
}

/** The region and the account, as far as there was something to read of them. */
function askedOf({ tenant, region, targetDate }: RunConfig, { accountId }: Identity, outcomes: readonly UnitOutcome[]) {
  return [region, GLOBAL_REGION]
    .filter((one) => outcomes.some(({ unit }) => unit.region === one))
    .map((one): Snapshot => ({ scope: { tenant, accountId, region: one }, date: targetDate }));
}

/** The region's lease is held to the end; the account's only while its own units are read. */
async function collectAll(
  deps: Deps,
  config: RunConfig,
  started: Pick<ScopeContext, 'identity' | 'store' | 'receipts' | 'signal' | 'interrupted' | 'endsAt'>,
): Promise<UnitOutcome[]> {
  const limit: LimitFunction = pLimit(config.concurrency);
  const units = plan(deps.catalog, config.services, config.region, config.failures);
  const { identity } = started;
  const context = { deps, config, limit, ...started };
  const scopeOf = (region: string) => ({ tenant: config.tenant, accountId: identity.accountId, region });
  const unitsOf = (region: string) => units.filter((unit) => unit.region === region);
  const own = unitsOf(config.region);
  const shared = unitsOf(GLOBAL_REGION);
  const asking = { force: config.force, waitMs: 0 };
  return underLease(context, scopeOf(config.region), asking, async (lease) => {
    const inRegion = collectAndCommit(context, scopeOf(config.region), own, lease);
    const inAccount = collectAccount(context, scopeOf(GLOBAL_REGION), shared, lease, own.length === 0);
    const outcomes = (await settleAll([inRegion, inAccount])).flat();
    const position = ({ unit }: UnitOutcome) => units.indexOf(unit);
    return outcomes.sort((a, b) => position(a) - position(b));
  });
}

/** What belongs to the account is read by one region's run at a time; the others wait a little for their turn. */
async function collectAccount(
  context: ScopeContext,
  scope: Scope,
  units: readonly Unit[],
  regionLease: Lease,
  alone: boolean,
): Promise<readonly UnitOutcome[]> {
  if (units.length === 0) return [];
  const asking = { force: false, waitMs: ACCOUNT_LEASE_WAIT_MS };
  const waiting = { ...context, signal: AbortSignal.any([context.signal, regionLease.lost]) };
  try {
    return await underLease(waiting, scope, asking, (own) => {
      // A run that has lost its region publishes nothing any more, not even what it could.
      const confirm = async () => (await regionLease.confirm()) && own.confirm();
      const lost = AbortSignal.any([regionLease.lost, own.lost]);
      return collectAndCommit(context, scope, units, { token: own.token, lost, confirm });
    });
  } catch (error) {
    const failure = accountFailure(error);
    if (failure === null || alone) throw error;
    // The region's own units are none the worse for it.
    const { code, fields } = failure;
    const message = context.deps.describe(code, fields);
    const errorClass = error instanceof StoreUnavailable ? 'permanent' : 'transient';
    const problem = { status: 'failed', class: errorClass, code, message, attempts: 1 } as const;
    return units.map((unit) => skipped(unit, { ...context.deps, runId: context.config.runId }, problem));
  }
}

const OF_THE_LEASE: readonly ErrorCode[] = ['LOCKED', 'LOCK_LOST', 'LOCK_UNAVAILABLE'];

/** Why only what belongs to the account cannot be published: its lease, or its place in the store. null: other. */
function accountFailure(error: unknown): RunFailure | null {
  if (error instanceof StoreUnavailable) return storeUnavailable(error);
  if (error instanceof RunStopped && error.reason === 'lease') return lockLost(error);
  return error instanceof RunFailure && OF_THE_LEASE.includes(error.code) ? error : null;
}
