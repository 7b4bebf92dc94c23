import { type ErrorCode, EXIT, exitCodeOf, hintOf, isStopSignal } from '../contract/errors.js';
import { LockUnavailable } from '../lease/lease.js';
import { StoreUnavailable } from '../store/store.js';
import type { UnitOutcome } from './collect-unit.js';
import type { ChangeCounts } from './day-diff.js';
import type { Deps } from './deps.js';
import { GLOBAL_REGION } from './model.js';
import type { LogFields } from './ports.js';
import type { LaggingDay } from './publish-projections.js';
import type { ResultDocument, ResultWarning, RunOutcome } from './result.js';
import type { RunConfig } from './run-config.js';
import { lockLost, RunFailure, storeUnavailable } from './run-failure.js';
import { RunStopped, stopReason } from './stop.js';
import { countRun, isMissing, isPublished, type Receipt, summarize } from './summarize.js';

/** What a run has done, and the peaks of what it used. */
interface Done {
  readonly outcomes: readonly UnitOutcome[];
  readonly receipts: readonly Receipt[];
  /** What was found changed since the day before; null: there is none to compare with. */
  readonly changes: ChangeCounts | null;
  readonly lagging: readonly LaggingDay[];
  readonly peaks: LogFields;
}

export function finished(
  deps: Deps,
  config: RunConfig,
  { outcomes, receipts, changes, lagging, peaks }: Done,
  head: () => Omit<ResultDocument, 'success'>,
  signal: AbortSignal,
): RunOutcome {
  const success = isPublished(receipts);
  const missing = outcomes.some(({ row }) => isMissing(row));
  const code = errorCode(outcomes, success, signal);
  const error = code === null ? null : deps.describe(code, { timeout: config.timeoutSeconds });
  const summary = summarize(config.services, outcomes, receipts);
  const document: ResultDocument = {
    success,
    ...(code === null || error === null ? {} : { error, error_code: code, ...hintOf(code) }),
    ...head(),
    ...summary,
    warnings: [...summary.warnings, ...lagging.map((day) => lagWarning(deps, day))],
    ...(changes === null ? {} : { changes }),
  };
  const exitCode = success ? (missing ? EXIT.partial : EXIT.complete) : EXIT.failed;
  const fields = { exit_code: exitCode, error_code: code, ...countFields(document), ...peaks };
  if (!success) deps.log.write('error', 'run.failed', { ...fields, error });
  else if (error !== null) deps.log.write('error', 'run.unfinished', { ...fields, error });
  else deps.log.write('info', 'run.completed', fields);
  return { exitCode, document, counts: countRun(config.services, outcomes) };
}

/** The snapshot is whole; what was to be made from it is not there yet. */
function lagWarning(deps: Deps, day: LaggingDay): ResultWarning {
  const code = 'PROJECTION_LAGGING';
  return { resource_type: null, code, message: deps.describe(code, { ...day }) };
}

function countFields({ success_count, total_count, duration_ms, api_calls, results }: ResultDocument): object {
  return { success_count, total_count, duration_ms, api_calls, results };
}

/** Codes come from whoever answered: only these three say something about the run. */
export function credentialsCode(code: string): ErrorCode | null {
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

export function failed(
  deps: Pick<Deps, 'log' | 'describe'>,
  failure: RunFailure,
  head: Omit<ResultDocument, 'success'>,
  peaks: LogFields,
): RunOutcome {
  const error = deps.describe(failure.code, failure.fields);
  const exitCode = exitCodeOf(failure.code, failure.fields);
  const { cause } = failure;
  deps.log.write('error', 'run.failed', { error, error_code: failure.code, exit_code: exitCode, cause, ...peaks });
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
export function duplicate(deps: Deps, failure: RunFailure, head: Omit<ResultDocument, 'success'>): RunOutcome {
  const document = {
    success: true,
    skipped: true,
    error_code: failure.code,
    ...head,
    results: {},
    ...lockedBy(failure),
  };
  const counts = { success_count: 0, total_count: head.services.length, duration_ms: head.duration_ms };
  const fields = { exit_code: EXIT.complete, error_code: failure.code, skipped: true, ...counts };
  deps.log.write('info', 'run.completed', fields);
  return { exitCode: EXIT.complete, document, counts: null };
}

function lockedBy({ fields }: RunFailure): Pick<ResultDocument, 'locked_by'> {
  return fields.locked_by === undefined ? {} : { locked_by: fields.locked_by as object };
}

/** The region's manifest before the account's, whichever was done first. */
export function inOrder(receipts: readonly Receipt[]): Receipt[] {
  const isGlobal = ({ manifest }: Receipt) => Number(manifest.region === GLOBAL_REGION);
  return [...receipts].sort((a, b) => isGlobal(a) - isGlobal(b));
}

/** A scope that was committed before the run failed stays committed. */
export function snapshotOf(receipts: readonly Receipt[]): { snapshot?: string[] } {
  return receipts.length === 0 ? {} : { snapshot: receipts.map(({ uri }) => uri) };
}

/** Any error as the failure that it is for the run. */
export function asFailure(error: unknown, config: Pick<RunConfig, 'timeoutSeconds'>, signal: AbortSignal): RunFailure {
  if (error instanceof RunFailure) return error;
  if (error instanceof RunStopped && error.reason === 'lease') return lockLost(error);
  const stopped = error instanceof RunStopped ? error.reason : stopReason(signal);
  if (isStopSignal(stopped)) return new RunFailure('INTERRUPTED', { signal: stopped });
  // What could not be written is said even where the deadline had come before.
  const broken = error instanceof RunStopped && error.reason === 'store' ? error.cause : error;
  if (broken instanceof StoreUnavailable) return storeUnavailable(broken);
  if (stopped === 'deadline') return new RunFailure('TIMED_OUT', { timeout: config.timeoutSeconds }, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof LockUnavailable) return new RunFailure('LOCK_UNAVAILABLE', { reason }, { cause: error });
  return new RunFailure('INTERNAL', { reason }, { cause: error });
}
