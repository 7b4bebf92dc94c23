import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LeaseRow, LockUnavailable } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';

/** A signal of its own for each call, that never fires. */
const never = () => new AbortController().signal;

function row(changes: Partial<LeaseRow> = {}): LeaseRow {
  return {
    ...{ key: 'acme/000000000000/us-east-1', token: 1, owner: 'host=笔記本 pid=1 start=2 space=3', runId: 'run-1' },
    ...{ acquiredAt: '2025-01-31T23:00:00.000Z', expiresAt: '2025-01-31T23:01:00.000Z' },
    ...changes,
  };
}

/** The same lease, so many milliseconds longer. */
function later(was: LeaseRow, ms: number): LeaseRow {
  return { ...was, expiresAt: new Date(Date.parse(was.expiresAt) + ms).toISOString() };
}

interface Opened {
  readonly table: LeaseTable;
  /** A table of the same kind that cannot be used. */
  readonly unusable: LeaseTable;
  close(): Promise<void>;
}

/** What every adapter of the leases' table must do. `open` gives an empty one. */
export function leaseTableContract(name: string, open: () => Promise<Opened>): void {
  describe(`lease table contract: ${name}`, () => {
    let opened: Opened;
    let table: LeaseTable;
    const found = async (key = row().key) => (await table.read(key, never())).row;
    beforeEach(async () => {
      opened = await open();
      table = opened.table;
    });
    afterEach(() => opened.close());

    test('a key without a row, before anything was written', async () => {
      expect(await found()).toBeNull();
      expect(await found()).toBeNull();
    });

    test('the clock: bounds around the present, that never go back', async () => {
      let before = 0;
      for (let times = 0; times < 5; times++) {
        const asked = Date.now();
        const { notBefore, notAfter } = await table.read(row().key, never());
        expect(notBefore).toBeLessThanOrEqual(Date.now());
        expect(notAfter).toBeGreaterThanOrEqual(asked);
        expect(notAfter - notBefore).toBeLessThanOrEqual(2001);
        expect(notBefore).toBeGreaterThanOrEqual(before);
        before = notBefore;
      }
    });

    test('what was put is read back, and only the first is put where there was none', async () => {
      expect(await table.swap(row(), null, never())).toBe(true);
      expect(await found()).toEqual(row());
      expect(await table.swap(row({ runId: 'run-2' }), null, never())).toBe(false);
      expect(await found()).toEqual(row());
    });

    test.each([
      ['token', { token: 2 }],
      ['run', { runId: 'run-2' }],
      ['end', { expiresAt: '2025-01-31T23:01:00.001Z' }],
    ])('nothing is put in the place of another %s', async (_, changes) => {
      await table.swap(row(), null, never());
      expect(await table.swap(row({ token: 9, runId: 'run-9' }), row(changes), never())).toBe(false);
      expect(await found()).toEqual(row());
    });

    test('a row that is not there is not replaced', async () => {
      expect(await table.swap(row({ token: 2 }), row(), never())).toBe(false);
      expect(await found()).toBeNull();
    });

    test.each([null, row()])('of twenty who try on %o exactly one succeeds', async (over) => {
      if (over !== null) await table.swap(over, null, never());
      const rivals = Array.from({ length: 20 }, (_, n) => row({ token: 2, runId: `rival-${n}` }));
      const results = await Promise.all(rivals.map((rival) => table.swap(rival, over, never())));
      const winners = rivals.filter((_, n) => results[n]);
      expect(winners).toHaveLength(1);
      expect(await found()).toEqual(winners[0]);
    });

    test('a claim and a renewal on one row: one of them succeeds', async () => {
      await table.swap(row(), null, never());
      const claim = row({ token: 2, runId: 'run-2' });
      const results = await Promise.all([
        table.swap(later(row(), 15_000), row(), never()),
        table.swap(claim, row(), never()),
      ]);
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await found()).toEqual(results[0] ? later(row(), 15_000) : claim);
    });

    test('a long life: each change stands on the one before, none on an older one', async () => {
      await table.swap(row(), null, never());
      let was = row();
      for (let n = 1; n <= 30; n++) {
        const next = n % 10 === 0 ? row({ token: was.token + 1, runId: `run-${n}` }) : later(was, 1);
        expect(await table.swap(next, was, never())).toBe(true);
        expect(await table.swap(next, was, never())).toBe(false);
        expect(await table.swap(row({ token: 99 }), row(), never())).toBe(false);
        expect(await table.swap(row({ token: 99 }), null, never())).toBe(false);
        expect(await found()).toEqual(next);
        was = next;
      }
    });

    test('keys know nothing of each other', async () => {
      const other = row({ key: 'acme/000000000000/us-east-12' });
      await table.swap(row(), null, never());
      expect(await found(other.key)).toBeNull();
      expect(await table.swap(other, null, never())).toBe(true);
      expect(await found()).toEqual(row());
      expect(await found(other.key)).toEqual(other);
    });

    test('what was given up before it began changes nothing', async () => {
      const given = AbortSignal.abort(new Error('given up'));
      await expect(table.swap(row(), null, given)).rejects.toThrow();
      expect(await found()).toBeNull();
    });

    test('a lock that cannot be used says so', async () => {
      await expect(opened.unusable.read(row().key, never())).rejects.toBeInstanceOf(LockUnavailable);
      await expect(opened.unusable.swap(row(), null, never())).rejects.toBeInstanceOf(LockUnavailable);
    });
  });
}
