import type { Scope } from '../core/model.js';

/** The key of a scope's lease: `<tenant>/<account_id>/<region>`. */
export function leaseKey(scope: Scope): string {
  return `${scope.tenant}/${scope.accountId}/${scope.region}`;
}

/** Who holds a lease, as a person reads it. Times are ISO 8601 by the lock's own clock. */
export interface LeaseRow {
  readonly key: string;
  /** Fencing token: an integer that only grows, kept when the lease is released. */
  readonly token: number;
  /** Task ARN, or host and process. */
  readonly owner: string;
  readonly runId: string;
  readonly acquiredAt: string;
  /** Not after the present: free. */
  readonly expiresAt: string;
}

/** Another run holds the lease. */
export class LeaseRefused extends Error {
  readonly code = 'LOCKED';
  constructor(readonly holder: LeaseRow) {
    super(`${holder.key} is held by ${holder.owner} until ${holder.expiresAt}`);
  }
}

/** The lock itself cannot be used: not reachable, no permission, no table. Nothing may be read or written then. */
export class LockUnavailable extends Error {
  readonly code = 'LOCK_UNAVAILABLE';
  /** The lock refuses the run's credentials: asking again does not help. */
  readonly refused: boolean;
  constructor(message: string, options: ErrorOptions & { readonly refused?: boolean } = {}) {
    super(message, options);
    this.refused = options.refused === true;
  }
}

export interface LeaseRequest {
  readonly runId: string;
  /** The highest token published for the scope: a new one is above it. 0: none. */
  readonly publishedToken: number;
  /** Take over from a living owner. */
  readonly force: boolean;
  /** Milliseconds to wait for a living owner before `LeaseRefused`. */
  readonly waitMs: number;
}

/** Held exclusively until `release`, or until `lost` fires. */
export interface Lease {
  readonly token: number;
  /** Fires (with a `RunStopped`) when the lease can no longer be vouched for; nothing may be committed after it. */
  readonly lost: AbortSignal;
  /** Asks the lock once more whether this lease is held; to be called right before a commit. Never throws. */
  confirm(): Promise<boolean>;
  /** Gives it back. Never throws: a lease that cannot be given back expires. */
  release(): Promise<void>;
}

/** Port: who may collect a scope. */
export interface Leases {
  /** Throws `LeaseRefused` when another run holds it, `LockUnavailable`, or the signal's reason. */
  acquire(scope: Scope, request: LeaseRequest, signal: AbortSignal): Promise<Lease>;
}
