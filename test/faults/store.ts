import { mkdirSync, readdirSync } from 'node:fs';
import { expect, type TestContext } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from '../cli/ledger.js';
import { type Env, openPlace, type Place, type Ran } from '../cli/place.js';
import { readOnly, SmallDisk } from '../cli/small-disk.js';
import { finishedTypes } from '../lock/aftermath.js';
import { openLock, standing } from '../lock/locks.js';

const RDS = ['--services', 'RDS'];
const TYPES = typesOf('RDS');

interface Words {
  readonly en: string;
  readonly ja: string;
}

/** What becomes of the directory store, and when. */
export interface StoreRow {
  readonly fault: Words;
  readonly when: Words;
  /** The call that is under way then; null: the run has not begun. */
  readonly during: string | null;
  /** Pages that are still free on a disk that becomes full; null: it becomes read-only. */
  readonly free: number | null;
}

const full = { en: 'full', ja: '空きなし' };
const fixed = { en: 'read-only', ja: '読み取り専用' };
const before = { when: { en: 'before the run', ja: '実行の前' }, during: null };
const middle = { when: { en: 'in the middle', ja: '読み取りの途中' }, during: 'rds:DescribeDBClusters' };
const commit = {
  when: { en: 'at the manifest', ja: 'マニフェストの書き込み時' },
  during: 'rds:DescribeDBParameterGroups',
};

export const STORE_ROWS: readonly StoreRow[] = [
  { fault: full, ...before, free: 0 },
  { fault: full, ...middle, free: 0 },
  // The last unit takes a page for its records and one for its seal.
  { fault: full, ...commit, free: 2 },
  { fault: fixed, ...before, free: null },
  { fault: fixed, ...middle, free: null },
];

/** What one run came to, and the one after it, when the store is as it should be again. */
export interface StoreOutcome {
  readonly exit: number | null;
  readonly errorCode: string;
  readonly code: string;
  /** Units whose files are whole and stay. */
  readonly kept: number;
  readonly nextExit: number | null;
  /** Units that the next run still has to read. */
  readonly nextReads: number;
  readonly units: number;
}

export async function measureStore(row: StoreRow, test: TestContext): Promise<StoreOutcome> {
  const place = await openPlace(test);
  const env = await openLock(place, 'DynamoDB');
  const { ran, repair } = await runWith(row, place, env, test);
  const { code: exit, doc, stderr } = ran;
  expect(stderr).not.toMatch(/unhandled|run\.crashed/i);
  expect(manifestNames(place)).toEqual([]);
  const kept = finishedTypes(place);
  repair();
  const next = await place.collect(RDS, env);
  const ledger = readLedger(place);
  expectWhole(place, ledger, TYPES);
  const reads = TYPES.filter((type) => ledger[type]?.origin === 'fetched');
  expect(reads).toEqual(TYPES.filter((type) => !kept.has(type)));
  expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  const code = /: (E[A-Z]+): /.exec(doc.error)?.[1] ?? '–';
  const end = { exit, errorCode: doc.error_code, code, kept: kept.size };
  return { ...end, nextExit: next.code, nextReads: reads.length, units: TYPES.length };
}

async function runWith(
  { during, free }: StoreRow,
  place: Place,
  env: Env,
  test: TestContext,
): Promise<{ readonly ran: Ran; readonly repair: () => void }> {
  const folder = place.file('data');
  mkdirSync(folder);
  const disk = free === null ? null : new SmallDisk(test, folder);
  const spoil = () => {
    if (disk === null) return readOnly(test, folder);
    disk.fill(free ?? 0);
    return () => disk.empty();
  };
  if (during === null) {
    const repair = spoil();
    return { ran: await place.collect(RDS, env), repair };
  }
  const running = await standing(place, test, during, { args: RDS, env });
  const repair = spoil();
  running.open();
  return { ran: await running.ended, repair };
}
