import type { LeaseRow } from './lease.js';
import { isSameLease, type LeaseTable } from './lease-table.js';
import { isReleased, released } from './lease-time.js';

/**
 * Frees the lease if it is still that owner's; the token stays. A renewal on its way may come in between and is then
 * given back too; one that comes later fails. False: another owner has it, or nobody.
 */
export async function giveBack(table: LeaseTable, row: LeaseRow, signal: AbortSignal): Promise<boolean> {
  let was = row;
  while (!(await table.swap(released(was), was, signal))) {
    const { row: found } = await table.read(row.key, signal);
    if (found === null || !isSameLease(found, row)) return false;
    if (isReleased(found)) return true;
    signal.throwIfAborted();
    was = found;
  }
  return true;
}
