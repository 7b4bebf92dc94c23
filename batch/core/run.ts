import pLimit, { type LimitFunction } from 'p-limit';
import { ERRORS, type ErrorCode, type ErrorFacts, EXIT } from '../contract/errors.js';
import type { Leases } from '../lease/lease.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import type { UnitOutcome } from './collect-unit.js';
import { GLOBAL_REGION, type Identity, type ResourceType, type Source } from './model.js';
import { plan } from './plan.js';
import type { Clock, Log } from './ports.js';
import type { ResultDocument, RunOutcome } from './result.js';
import type { RunConfig } from './run-config.js';
import { type ErrorFields, RunFailure } from './run-failure.js';
import { collectAndCommit, underLease } from './scope-run.js';
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
    return failed(deps, asFailure(error, config, signal), { ...head(), ...snapshotOf(receipts) });
  }
}

async function identify(deps: Deps, signal: AbortSignal): Promise<Identity> {
  try {
    const identity = await deps.source.identify(signal);
    deps.log.write('info', 'run.identified', { account_id: identity.accountId, arn: identity.arn });
    return identity;
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = deps.source.classify(error);
    const known = code in ERRORS ? (code as ErrorCode) : 'AWS_UNREACHABLE';
    throw new RunFailure(known, { reason: known === code ? message : `${code}: ${message}` }, { cause: error });
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
  return underLease(context, scopeOf(config.region), async (lease) => {
    const account = async () => {
      const global = unitsOf(GLOBAL_REGION);
      if (global.length === 0) return [];
      const scope = scopeOf(GLOBAL_REGION);
      return underLease(context, scope, (own) => collectAndCommit(context, scope, global, own));
    };
    const regional = collectAndCommit(context, scopeOf(config.region), unitsOf(config.region), lease);
    const [inRegion, inAccount] = await settleAll([regional, account()]);
    const types = units.map((unit) => unit.resourceType.type);
    const position = ({ row }: UnitOutcome) => types.indexOf(row.resource_type);
    return [...inRegion, ...inAccount].sort((a, b) => position(a) - position(b));
  });
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

/** Why the run as a whole is not what it should be; null when single units tell it all. */
function errorCode(outcomes: readonly UnitOutcome[], success: boolean, signal: AbortSignal): ErrorCode | null {
  const fatal = outcomes.find(({ row }) => row.error?.class === 'fatal')?.row.error?.code;
  if (fatal !== undefined && fatal in ERRORS) return fatal as ErrorCode;
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
  const document = { success: false, error, error_code: failure.code, ...hintOf(failure.code), ...head };
  return { exitCode, document, counts: null };
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

function asFailure(error: unknown, config: RunConfig, signal: AbortSignal): RunFailure {
  if (error instanceof RunFailure) return error;
  const stopped = error instanceof RunStopped ? error.reason : stopReason(signal);
  if (stopped === 'lease') return new RunFailure('LOCK_LOST', {}, { cause: error });
  if (stopped === 'deadline') return new RunFailure('TIMED_OUT', { timeout: config.timeoutSeconds }, { cause: error });
  if (stopped !== null) return new RunFailure('INTERRUPTED', { signal: stopped });
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreUnavailable) return new RunFailure('STORE_UNAVAILABLE', { reason }, { cause: error });
  return new RunFailure('INTERNAL', { reason }, { cause: error });
}
