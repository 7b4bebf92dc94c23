import type { LeaseRow } from './lease.js';

/** A row as it was found. When the call was made, the lock's own clock, in milliseconds, was not past `notAfter`. */
export interface LeaseReading {
  readonly row: LeaseRow | null;
  /** The lock's clock has reached this by now. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Port: where leases are kept, one row per key. It only compares and swaps; adapters: `dynamodb.ts`, `file.ts`. Both
 * methods throw `LockUnavailable` when the lock cannot be used. When the signal fires they may give up; whether a
 * write that gave up or threw took effect, or will yet, is unknown.
 */
export interface LeaseTable {
  /** The row as it stands after the call was made. */
  read(key: string, signal: AbortSignal): Promise<LeaseReading>;
  /**
   * Puts `row` in the place of exactly `over` (the same token, run and end; null: no row yet). Of many who try on one
   * row, one succeeds. False: what stands there is not `row`, or is no longer, or stood there before this try.
   */
  swap(row: LeaseRow, over: LeaseRow | null, signal: AbortSignal): Promise<boolean>;
}

/** What a swap is conditional on. No end comes twice under one token, so equal means unchanged. */
export function isSameRow(a: LeaseRow | null, b: LeaseRow | null): boolean {
  if (a === null || b === null) return a === b;
  return isSameLease(a, b) && a.expiresAt === b.expiresAt;
}

/** The same owner's, renewed or released meanwhile perhaps. */
export function isSameLease(a: LeaseRow, b: LeaseRow): boolean {
  return a.token === b.token && a.runId === b.runId;
}
