import type { ErrorCode } from '../contract/errors.js';
import type { ErrorClass } from '../contract/statuses.js';
import type { ChangeCounts } from './day-diff.js';
import type { ServiceName } from './model.js';

/** A unit that is missing, as `errors` of the result shows it. */
export interface ResultError {
  readonly resource_type: string;
  readonly code: string;
  readonly class: ErrorClass;
  readonly message: string;
  readonly attempts: number;
}

/** Something to know that does not make the run partial. */
export interface ResultWarning {
  readonly resource_type: string;
  readonly code: string;
  readonly message: string;
  readonly accepted?: true;
}

/** The JSON document of `collect` (SPEC §2). Times are ISO 8601, durations milliseconds. */
export interface ResultDocument {
  readonly success: boolean;
  /** A duplicate that was told to end quietly. */
  readonly skipped?: boolean;
  readonly error?: string;
  readonly error_code?: ErrorCode;
  readonly hint?: string;
  /** Of a duplicate: who holds the lease, since when, until when. */
  readonly locked_by?: object;
  /** Of a usage error: each problem by itself. */
  readonly problems?: readonly string[];
  readonly services: readonly string[];
  readonly region: string | null;
  readonly success_count?: number;
  readonly total_count?: number;
  /** Per service the count of its principal resource; null: it could not be read. */
  readonly results?: Readonly<Partial<Record<ServiceName, number | null>>>;
  readonly resources?: Readonly<Record<string, number | null>>;
  readonly run_id: string;
  readonly tenant?: string;
  readonly target_date?: string;
  readonly profile?: string | null;
  readonly account_id?: string;
  readonly started_at?: string;
  readonly duration_ms?: number;
  readonly api_calls?: number;
  readonly cached?: readonly ServiceName[];
  readonly errors?: Readonly<Partial<Record<ServiceName, readonly ResultError[]>>>;
  readonly warnings?: readonly ResultWarning[];
  readonly snapshot?: readonly string[];
  /** Since the day before that is there; left out when there is none. */
  readonly changes?: ChangeCounts;
}

/** What is counted for the metrics besides the result itself. */
export interface RunCounts {
  readonly resourcesByService: Readonly<Partial<Record<ServiceName, number>>>;
  /** Units that are missing, accepted gaps left out. */
  readonly unitsFailed: number;
  readonly apiCalls: number;
  readonly throttles: number;
}

export interface RunOutcome {
  readonly exitCode: number;
  readonly document: ResultDocument;
  /** null: the run ended before anything was collected. */
  readonly counts: RunCounts | null;
}
