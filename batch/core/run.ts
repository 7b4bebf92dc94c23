import pLimit, { type LimitFunction } from 'p-limit';
import { ERRORS, type ErrorCode, type ErrorFacts, EXIT } from '../contract/errors.js';
import { type Lease, type Leases, LockUnavailable } from '../lease/lease.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { skipped } from './collect.js';
import type { UnitOutcome } from './collect-unit.js';
import { GLOBAL_REGION, type Identity, type ResourceType, type Scope, type Source, type Unit } from './model.js';
import { plan } from './plan.js';
import type { Clock, Log } from './ports.js';
import type { ResultDocument, RunOutcome } from './result.js';
import type { RunConfig } from './run-config.js';
import { type ErrorFields, RunFailure } from './run-failure.js';
import { collectAndCommit, type ScopeContext, underLease } from './scope-run.js';
import { settleAll } from './settle.js';
import { RunStopped, stopReason } from './stop.js';
import { countRun, isMissing, isPublished, type Receipt, summarize } from './summarize.js';

/** Everything a run needs from outside, built once by the host. */
export interface Deps {
  readonly catalog: readonly ResourceType[];
  readonly source: Source;
  /** Throws `StoreUnavailable` when the store cannot be written. */
  readonly openStore: () => Promise<Store>;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  /** The text of an error code in the reader's language. */
  readonly describe: (code: ErrorCode, fields: ErrorFields) => string;
}

/** Another region's run reads the buckets in seconds, or has died and its lease ends within a minute. */
const ACCOUNT_LEASE_WAIT_MS = 60_000;

/**
 * One execution: identity, lease, cache, reads, commit. Never throws; whatever happens is the outcome. `signal` fires
 * with a `RunStopped`: at the deadline what is complete is committed, at a signal of the system nothing is.
 */
export async function run(deps: Deps, config: RunConfig, signal: AbortSignal): Promise<RunOutcome> {
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
  deps.log.write('info', 'run.started', { services: config.services, region: config.region });
  try {
    identity = await identify(deps, signal);
    const outcomes = await collectAll(deps, config, identity, receipts, signal);
    return finished(deps, config, { outcomes, receipts: inOrder(receipts) }, head, signal);
  } catch (error) {
    const failure = asFailure(error, config, signal);
    const rest = { ...head(), ...snapshotOf(receipts) };
    return failure.code === 'LOCKED' && config.ifLocked === 'skip'
      ? duplicate(failure, rest)
      : failed(deps, failure, rest);
  }
}

/** Whose account this is. Throws `RunFailure`. */
export async function identify(deps: Deps, signal: AbortSignal): Promise<Identity> {
  try {
    const identity = await deps.source.identify(signal);
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

/** The region's lease is held to the end; the account's only while its own units are read. */
async function collectAll(
  deps: Deps,
  config: RunConfig,
  identity: Identity,
  receipts: Receipt[],
  signal: AbortSignal,
): Promise<UnitOutcome[]> {
  const store = await deps.openStore();
  const limit: LimitFunction = pLimit(config.concurrency);
  const units = plan(deps.catalog, config.services, config.region);
  const context = { deps, config, identity, store, limit, signal, receipts };
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
  try {
    return await underLease(context, scope, asking, (own) => {
      // A run that has lost its region publishes nothing any more, not even what it could.
      const confirm = async () => (await regionLease.confirm()) && own.confirm();
      const lost = AbortSignal.any([regionLease.lost, own.lost]);
      return collectAndCommit(context, scope, units, { token: own.token, lost, confirm });
    });
  } catch (error) {
    const code = leaseFailure(error);
    if (code === null || alone) throw error;
    // The region's own units are none the worse for it.
    const fields = error instanceof RunFailure ? error.fields : {};
    const message = context.deps.describe(code, fields);
    const problem = { status: 'failed', class: 'transient', code, message, attempts: 1 } as const;
    return units.map((unit) => skipped(unit, { ...context.deps, runId: context.config.runId }, problem));
  }
}

function leaseFailure(error: unknown): ErrorCode | null {
  if (error instanceof RunStopped) return error.reason === 'lease' ? 'LOCK_LOST' : null;
  const code = error instanceof RunFailure ? error.code : null;
  return code === 'LOCKED' || code === 'LOCK_LOST' || code === 'LOCK_UNAVAILABLE' ? code : null;
}

function finished(
  deps: Deps,
  config: RunConfig,
  { outcomes, receipts }: { readonly outcomes: readonly UnitOutcome[]; readonly receipts: readonly Receipt[] },
  head: () => Omit<ResultDocument, 'success'>,
  signal: AbortSignal,
): RunOutcome {
  const success = isPublished(receipts);
  const missing = outcomes.some(({ row }) => isMissing(row));
  const code = errorCode(outcomes, success, signal);
  const error = code === null ? null : deps.describe(code, { timeout: config.timeoutSeconds });
  const document: ResultDocument = {
    success,
    ...(code === null || error === null ? {} : { error, error_code: code, ...hintOf(code) }),
    ...head(),
    ...summarize(config.services, outcomes, receipts),
  };
  const exitCode = success ? (missing ? EXIT.partial : EXIT.complete) : EXIT.failed;
  const fields = { exit_code: exitCode, error_code: code, ...countFields(document) };
  if (!success) deps.log.write('error', 'run.failed', { ...fields, error });
  else if (error !== null) deps.log.write('error', 'run.unfinished', { ...fields, error });
  else deps.log.write('info', 'run.completed', fields);
  return { exitCode, document, counts: countRun(config.services, outcomes) };
}

function countFields({ success_count, total_count, duration_ms, api_calls, results }: ResultDocument): object {
  return { success_count, total_count, duration_ms, api_calls, results };
}

/** Codes come from whoever answered: only these three say something about the run. */
function credentialsCode(code: string): ErrorCode | null {
  return CREDENTIALS_CODES.find((known) => known === code) ?? null;
}

const CREDENTIALS_CODES = ['NO_CREDENTIALS', 'EXPIRED_CREDENTIALS', 'INVALID_CREDENTIALS'] as const;

/** Why the run as a whole is not what it should be; null when single units tell it all. */
function errorCode(outcomes: readonly UnitOutcome[], success: boolean, signal: AbortSignal): ErrorCode | null {
  const fatal = outcomes.find(({ row }) => row.error?.class === 'fatal')?.row.error?.code;
  const credentials = fatal === undefined ? null : credentialsCode(fatal);
  if (credentials !== null) return credentials;
  const late = outcomes.some(({ row }) => row.error?.code === 'DEADLINE');
  if (late && stopReason(signal) === 'deadline') return 'TIMED_OUT';
  return success ? null : 'ALL_SERVICES_FAILED';
}

function failed(deps: Deps, failure: RunFailure, head: Omit<ResultDocument, 'success'>): RunOutcome {
  const error = deps.describe(failure.code, failure.fields);
  const signalExit = failure.fields.signal === 'SIGTERM' ? EXIT.sigterm : null;
  const exitCode = signalExit ?? ERRORS[failure.code].exit;
  const { cause } = failure;
  deps.log.write('error', 'run.failed', { error, error_code: failure.code, exit_code: exitCode, cause });
  const document = {
    success: false,
    error,
    error_code: failure.code,
    ...hintOf(failure.code),
    ...head,
    ...lockedBy(failure),
  };
  return { exitCode, document, counts: null };
}

/** A schedule may fire twice for one slot: the second run has nothing to do, and nobody is to be told. */
function duplicate(failure: RunFailure, head: Omit<ResultDocument, 'success'>): RunOutcome {
  const document = {
    success: true,
    skipped: true,
    error_code: failure.code,
    ...head,
    results: {},
    ...lockedBy(failure),
  };
  return { exitCode: EXIT.complete, document, counts: null };
}

function lockedBy({ fields }: RunFailure): Pick<ResultDocument, 'locked_by'> {
  return fields.locked_by === undefined ? {} : { locked_by: fields.locked_by as object };
}

/** The region's manifest before the account's, whichever was done first. */
function inOrder(receipts: readonly Receipt[]): Receipt[] {
  const isGlobal = ({ manifest }: Receipt) => Number(manifest.region === GLOBAL_REGION);
  return [...receipts].sort((a, b) => isGlobal(a) - isGlobal(b));
}

/** A scope that was committed before the run failed stays committed. */
function snapshotOf(receipts: readonly Receipt[]): { snapshot?: string[] } {
  return receipts.length === 0 ? {} : { snapshot: receipts.map(({ uri }) => uri) };
}

function hintOf(code: ErrorCode): { hint?: string } {
  const facts: ErrorFacts = ERRORS[code];
  return facts.hint === undefined ? {} : { hint: facts.hint };
}

/** Any error as the failure that it is for the run. */
export function asFailure(error: unknown, config: Pick<RunConfig, 'timeoutSeconds'>, signal: AbortSignal): RunFailure {
  if (error instanceof RunFailure) return error;
  const stopped = error instanceof RunStopped ? error.reason : stopReason(signal);
  if (stopped === 'lease') return new RunFailure('LOCK_LOST', {}, { cause: error });
  if (stopped === 'deadline') return new RunFailure('TIMED_OUT', { timeout: config.timeoutSeconds }, { cause: error });
  if (stopped !== null) return new RunFailure('INTERRUPTED', { signal: stopped });
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof LockUnavailable) return new RunFailure('LOCK_UNAVAILABLE', { reason }, { cause: error });
  if (error instanceof StoreUnavailable) return new RunFailure('STORE_UNAVAILABLE', { reason }, { cause: error });
  return new RunFailure('INTERNAL', { reason }, { cause: error });
}
