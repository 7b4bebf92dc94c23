import type { Scope } from '../core/model.js';

/** The key of a scope's lease: `<tenant>/<account_id>/<region>`. */
export function leaseKey(scope: Scope): string {
  return `${scope.tenant}/${scope.accountId}/${scope.region}`;
}

interface LeaseRequest {
  readonly runId: string;
  /** The highest token published for the scope: a new one is above it. 0: none. */
  readonly publishedToken: number;
}

/** Held exclusively until `release`, or until `lost` fires. */
export interface Lease {
  /** Fencing token: an integer that only grows. */
  readonly token: number;
  /** Fires when the lease can no longer be vouched for; nothing may be committed after it. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Port: who may collect a scope. */
export interface Leases {
  /** Throws `LeaseRefused` when another run holds it. */
  acquire(scope: Scope, request: LeaseRequest): Promise<Lease>;
}

/** Another run holds the lease. */
export class LeaseRefused extends Error {
  readonly code = 'LOCKED';
}
