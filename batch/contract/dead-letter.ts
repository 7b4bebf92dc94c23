import type { ErrorClass, UnitStatus } from './statuses.js';

/** Version of a dead letter, raised when a field changes its meaning. */
export const DEAD_LETTER_VERSION = 1;

/**
 * A unit that failed for good, with all that it takes to understand and repeat it: what `arv failures list` shows, and
 * the body of a message in the queue (JSON). Times are ISO 8601, UTC.
 */
export interface DeadLetter {
  readonly schema_version: number;
  readonly tenant: string;
  readonly account_id: string;
  /** `global` for what belongs to the account: the buckets. */
  readonly region: string;
  /** The day that the snapshot is filed under, `YYYY-MM-DD`. */
  readonly date: string;
  readonly service: string;
  readonly resource_type: string;
  /** What the unit became in the run that failed. */
  readonly status: UnitStatus;
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  /** Redacted and of bounded length; in the queue cut where it would not fit. null: nothing was thrown. */
  readonly stack: string | null;
  /** How often the call was tried; 0: not at all. */
  readonly attempts: number;
  /** The run that failed. */
  readonly run_id: string;
  readonly failed_at: string;
  /** Of the manifest that it stands in: what was read under a higher one, whatever the clocks say, was read since. */
  readonly fencing_token: number;
  /** The day has the unit's records all the same, from an earlier run. */
  readonly carried: boolean;
}
