import type { LeaseRow } from './lease.js';
import type { LeaseReading } from './lease-table.js';

/** By the earliest that the lock's clock may say: an owner whose lease may still run is not robbed. */
export function isFree(row: LeaseRow, { notBefore }: LeaseReading): boolean {
  return isReleased(row) || Date.parse(row.expiresAt) <= notBefore;
}

/** Given back: free whatever any clock says. */
export function isReleased(row: LeaseRow): boolean {
  return Date.parse(row.expiresAt) <= Date.parse(row.acquiredAt);
}

/**
 * The row of a lease given back, its token kept. It ends where it began, an end that no claim or renewal ever had: so a
 * renewal that is still on its way finds its condition broken, whenever it arrives.
 */
export function released(row: LeaseRow): LeaseRow {
  return { ...row, expiresAt: row.acquiredAt };
}

/**
 * The end of a lease by the lock's clock: from the latest that it may say by now. So it is never before the owner's own
 * end, which counts from before the row was sent.
 */
export function leaseEnd({ notAfter }: LeaseReading, elapsedMs: number, leaseMs: number): string {
  return new Date(Math.ceil(notAfter + elapsedMs + leaseMs)).toISOString();
}

/** A renewal's end only grows, even where the lock's clock was set back: no end comes twice under one token. */
export function laterEnd(end: string, was: string): string {
  return new Date(Math.max(Date.parse(end), Date.parse(was) + 1)).toISOString();
}
