import { expect, test } from 'vitest';
import { damagedRow, doubtUnsupported, isWhole, markAccepted, mergeUnits } from '../../batch/core/ledger.js';
import type { LedgerUnit, Manifest } from '../../batch/core/model.js';

function unit(resource_type: string, own: Partial<LedgerUnit> = {}): LedgerUnit {
  return {
    ...{ resource_type, status: 'complete', origin: 'fetched', run_id: 'now', count: 1, bytes: 10 },
    ...{ file: `units/${resource_type}/now`, sha256: 'a'.repeat(64), api_calls: 1 },
    ...{ started_at: '2026-01-02T00:00:00.000Z', finished_at: '2026-01-02T00:00:01.000Z' },
    ...{ error: null, unread: [], accepted: false },
    ...own,
  };
}

const ERROR = { class: 'permanent', code: 'AccessDenied', message: 'no', attempts: 1, stack: null } as const;
const denied = (type: string) =>
  unit(type, { status: 'denied', count: null, bytes: null, file: null, sha256: null, error: ERROR });

function manifest(...units: readonly LedgerUnit[]): Manifest {
  return {
    ...{ schema_version: 1, tenant: 't', account_id: '1'.repeat(12), region: 'us-east-1', date: '2026-01-02' },
    ...{ fencing_token: 7, run_id: 'before', committed_at: '2026-01-02T00:00:00.000Z', units },
  };
}

test('the first manifest of a day is what the run found, sorted by type', () => {
  expect(mergeUnits(null, [unit('B'), denied('A')]).map((row) => row.resource_type)).toEqual(['A', 'B']);
});

test('units that the run did not cover are carried, whatever their status', () => {
  const before = manifest(unit('A', { run_id: 'before' }), { ...denied('B'), run_id: 'before' });
  const rows = mergeUnits(before, [unit('C')]);
  expect(rows.map((row) => [row.resource_type, row.origin, row.status, row.run_id])).toEqual([
    ['A', 'carried', 'complete', 'before'],
    ['B', 'carried', 'denied', 'before'],
    ['C', 'fetched', 'complete', 'now'],
  ]);
});

test('a unit that failed now but was complete before is carried with the new error', () => {
  const [row] = mergeUnits(manifest(unit('A', { run_id: 'before', count: 42 })), [denied('A')]);
  expect(row).toMatchObject({ status: 'complete', origin: 'carried', run_id: 'before', count: 42, error: ERROR });
});

test('a unit that is partial now does not displace what was complete before, only what was partial', () => {
  const partial = unit('A', { status: 'partial', error: ERROR });
  const [row] = mergeUnits(manifest(unit('A', { run_id: 'before' })), [partial]);
  expect(row).toMatchObject({ status: 'complete', origin: 'carried', run_id: 'before', error: ERROR });
  expect(mergeUnits(manifest(unit('A', { run_id: 'before', status: 'partial' })), [partial])).toEqual([partial]);
});

test('a unit that was denied before and now is whole is whole', () => {
  expect(mergeUnits(manifest(denied('A')), [unit('A')])).toEqual([unit('A')]);
});

test('a service does not leave a region in a day: where it was read before, unsupported is a failure', () => {
  const gone = unit('A', { status: 'unsupported', count: 0, file: null, error: ERROR });
  const before = manifest(unit('A', { run_id: 'before', count: 42 }));
  const doubted = doubtUnsupported(before, gone);
  expect(doubted).toMatchObject({ status: 'failed', count: null });
  expect(mergeUnits(before, [doubted])[0]).toMatchObject({ origin: 'carried', count: 42, error: ERROR });
  expect(doubtUnsupported(null, gone)).toEqual(gone);
  expect(doubtUnsupported(manifest(gone), gone)).toEqual(gone);
});

test('a damaged unit has no records and says why', () => {
  const found = { run_id: 'now', at: '2026-01-02T00:00:02.000Z' };
  const row = damagedRow(unit('A', { run_id: 'before' }), 'the file is missing', found);
  expect(row).toMatchObject({ status: 'failed', count: null, file: null, sha256: null });
  expect(row.error).toMatchObject({ code: 'DAMAGED', message: 'the file is missing', failed: found });
});

test('each type stands once', () => {
  const rows = mergeUnits(manifest(unit('A'), unit('B')), [unit('B'), denied('A'), unit('C')]);
  expect(new Set(rows.map((row) => row.resource_type)).size).toBe(rows.length);
});

test('only complete and unsupported are whole', () => {
  const statuses = ['complete', 'partial', 'denied', 'unsupported', 'throttled', 'failed', 'timed_out'] as const;
  expect(statuses.filter((status) => isWhole(unit('A', { status })))).toEqual(['complete', 'unsupported']);
});

test('an accepted gap matches type, status and, where given, region', () => {
  const gap = { resource_type: 'A', status: 'denied' } as const;
  const accepted = (gaps: Parameters<typeof markAccepted>[2]) => markAccepted(denied('A'), 'us-east-1', gaps).accepted;
  expect(accepted([gap])).toBe(true);
  expect(accepted([{ ...gap, region: 'us-east-1' }])).toBe(true);
  expect(accepted([{ ...gap, region: 'eu-west-1' }])).toBe(false);
  expect(accepted([{ ...gap, status: 'throttled' }])).toBe(false);
  expect(accepted([{ ...gap, resource_type: 'B' }])).toBe(false);
  expect(accepted([])).toBe(false);
});
