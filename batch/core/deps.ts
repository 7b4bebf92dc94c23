import type { ErrorCode } from '../contract/errors.js';
import type { Leases } from '../lease/lease.js';
import type { Store } from '../store/store.js';
import type { ResourceType, Source } from './model.js';
import type { Clock, Log, LogFields } from './ports.js';
import type { ErrorFields } from './run-failure.js';

/** Everything a run needs from outside, built once by the host. */
export interface Deps {
  readonly catalog: readonly ResourceType[];
  readonly source: Source;
  /** Throws `StoreUnavailable` when the store cannot be written. */
  readonly openStore: () => Promise<Store>;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  /** What the run has used of its container at most, for its last line of the log. Never throws. */
  readonly peaks: () => Promise<LogFields>;
  /** The text of an error code in the reader's language. */
  readonly describe: (code: ErrorCode, fields: ErrorFields) => string;
}
