import type { ErrorCode } from '../contract/errors.js';
import type { ErrorClass } from '../contract/statuses.js';
import type { ChangeCounts } from './day-diff.js';
import type { Manifest, ServiceName } from './model.js';

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
  /** null: of the run as a whole. */
  readonly resource_type: string | null;
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
  /** Of `failures redrive`: the resource types that were redriven, and of which a ledger of this run tells. */
  readonly redriven?: readonly string[];
  /** What the reader is to know of it. */
  readonly notes?: readonly string[];
  readonly queue?: QueueReport;
}

/** What became of the messages of the queue. */
export interface QueueReport {
  readonly received: number;
  /** Of this tenant, account and region. */
  readonly own: number;
  /** Of those, the ones whose unit is complete now; the others are in the queue still. */
  readonly deleted: number;
  /** Of other tenants, accounts and regions; left alone. */
  readonly elsewhere: number;
  /** No dead letters; left alone. */
  readonly malformed: number;
  /** The first of those. */
  readonly malformed_messages: readonly { readonly message_id: string; readonly reason: string }[];
  /** There may be more: no more than so many are taken at a time. */
  readonly limited: boolean;
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
  /** Days whose Parquet file lags after the run; left out when it looked at none. */
  readonly lagging?: number;
}

/** What a run leaves besides its result. */
export interface RunEnd extends RunOutcome {
  /** The manifests that it committed, also when it then failed. */
  readonly committed: readonly Manifest[];
}
