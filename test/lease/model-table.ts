import { type LeaseRow, LockUnavailable } from '../../batch/lease/lease.js';
import { isSameRow, type LeaseReading, type LeaseTable } from '../../batch/lease/lease-table.js';

/** The table as it is meant: in memory, each call at once. */
export class ModelTable implements LeaseTable {
  readonly rows = new Map<string, LeaseRow>();
  broken = false;

  constructor(private readonly clock: () => Pick<LeaseReading, 'notBefore' | 'notAfter'>) {}

  async read(key: string, signal: AbortSignal): Promise<LeaseReading> {
    this.#check(signal);
    return { row: this.rows.get(key) ?? null, ...this.clock() };
  }

  async swap(row: LeaseRow, over: LeaseRow | null, signal: AbortSignal): Promise<boolean> {
    this.#check(signal);
    if (!isSameRow(this.rows.get(row.key) ?? null, over)) return false;
    this.rows.set(row.key, row);
    return true;
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.broken) throw new LockUnavailable('the model is broken');
  }
}
