import { readFileSync, rmSync } from 'node:fs';
import { parquetMetadata } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { RECORD_COLUMNS } from '../../batch/contract/record-columns.js';
import { projectionKey } from '../../batch/core/layout.js';
import { renderProjection } from '../../batch/core/projection.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { readLedger } from '../cli/ledger.js';
import { DAY, openPlace } from '../cli/place.js';
import { collectHere } from '../lock/here.js';
import { temporaryFolder } from '../program.js';
import { LISTS } from '../sandbox/operations.js';
import { commit, DATE, KEY, NEVER, recordOf, SCOPE, writeUnit } from './days.js';
import { DUCKDB_MISSING, queryDuckDb, readWithArrow, readWithDuckDb, rowOf } from './readers.js';

const withDuckDb = it.skipIf(DUCKDB_MISSING !== '' && process.env.ARV_REQUIRE_DUCKDB === undefined);

const folders: string[] = [];
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true });
});

/** Renders these records, all of one unit or of several, and gives the path of the file. */
async function rendered(...units: (readonly ResourceRecord[])[]): Promise<string> {
  const dir = temporaryFolder();
  folders.push(dir);
  const store = await openDirectoryStore(dir);
  const rows = await Promise.all(units.map((records, index) => writeUnit(store, `T${index}`, records)));
  await commit(store, 1, rows);
  expect(await renderProjection(store, { scope: SCOPE, date: DATE }, NEVER)).toMatchObject({ state: 'published' });
  return store.uri(KEY);
}

/** Both readers give these rows, field by field. */
async function expectRows(path: string, records: readonly ResourceRecord[]): Promise<void> {
  const rows = records.map(rowOf);
  expect(readWithArrow(path)).toEqual(rows);
  expect(await readWithDuckDb(path)).toEqual(rows);
}

withDuckDb(`an estate with every type ${DUCKDB_MISSING}`, async (test) => {
  const place = await openPlace(test);
  expect((await collectHere(place)).code).toBe(0);
  const types: string[] = [];
  for (const region of ['us-east-1', 'global']) {
    const units = Object.values(readLedger(place, region));
    types.push(...units.map(({ resource_type }) => resource_type));
    const scope = { tenant: 'default_tenant', accountId: place.sandbox.estate.accountId, region };
    await expectRows(
      place.file(`data/${projectionKey(scope, DAY)}`),
      units.flatMap(({ records }) => records),
    );
  }
  expect(types.sort()).toEqual(LISTS.map(({ type }) => type).sort());
});

/** What is easily lost on the way. */
const PLANTED: readonly (readonly [what: string, more: Partial<ResourceRecord>])[] = [
  ['nothing that may be missing', { arn: null, name: null, state: null, created_at: null, tags: null }],
  ['no tags', { tags: {} }],
  ['empty text', { arn: '', name: '', state: '', tags: { '': '', empty: '' } }],
  ['text of three scripts', { name: '本番 базa שלום', tags: { 環境: '本番', '🗾': '👩‍👩‍👧‍👦 é' } }],
  [
    'half a character',
    {
      name: 'a\ud800b',
      tags: { k: '\udc00' },
      properties: { half: '\ud800', whole: '𝒳', '\\ud83d': ['\\\ude00', '\ud83d\ud83d'] },
    },
  ],
  ['the end of a text', { name: 'a\u0000b', tags: { 'line\nbreak': '"quoted" \\ \u2028' } }],
  [
    '10,000 characters',
    { name: '長'.repeat(10_000), tags: { long: 'x'.repeat(10_000) }, properties: { a: '長'.repeat(10_000) } },
  ],
  ['names of objects', { tags: { constructor: 'c', toString: 't', key: 'k', value: 'v' } }],
  ['times at their ends', { created_at: '1970-01-01T00:00:00.000Z', collected_at: '9999-12-31T23:59:59.999Z' }],
  ['a time before', { created_at: '1969-12-31T23:59:59.999Z' }],
  [
    'no properties, deep ones',
    { properties: { a: { b: [[], {}, [null, [1.5, true, '']]] }, n: 9007199254740991, e: 1e-7 } },
  ],
  [
    'relations',
    {
      relations: [
        { kind: 'in', resource_type: 'A', resource_id: '' },
        { kind: 'uses', resource_type: 'Ä', resource_id: '🗾' },
      ],
    },
  ],
];
const RECORDS = PLANTED.map(([what, more]) => recordOf('T0', what, more));

describe('what is easily lost on the way', () => {
  withDuckDb('each by itself', async () => {
    for (const record of RECORDS) await expectRows(await rendered([record]), [record]);
  });

  withDuckDb('all together, in several units', async () => {
    const others = RECORDS.map((record) => ({ ...record, resource_type: 'T2' }));
    await expectRows(await rendered(RECORDS, [], others), [...RECORDS, ...others]);
  });

  withDuckDb('nothing at all', async () => {
    const path = await rendered([], []);
    await expectRows(path, []);
    const columns = await queryDuckDb(`DESCRIBE SELECT * FROM read_parquet('${path}', hive_partitioning = false)`);
    expect(columns.map(({ column_name }) => column_name)).toEqual(RECORD_COLUMNS.map(({ name }) => name));
  });
});

describe('more than a row group', () => {
  const many = Array.from({ length: 20_200 }, (_, n) => {
    const [, more] = PLANTED[n % PLANTED.length] ?? [];
    // Some of the long ones will do.
    return recordOf('T0', `id-${String(n).padStart(6, '0')}`, more?.name?.length === 10_000 && n > 100 ? {} : more);
  });

  withDuckDb('has the same rows', async () => expectRows(await rendered(many), many));

  it('has statistics by which whole groups are passed over', async () => {
    const path = await rendered(many);
    const { row_groups, num_rows } = parquetMetadata(readFileSync(path));
    expect([Number(num_rows), row_groups.length]).toEqual([20_200, 2]);
    const ranges = row_groups.map(({ columns }) => {
      const ids = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === 'resource_id')?.meta_data;
      return [ids?.statistics?.min_value, ids?.statistics?.max_value, ids?.codec];
    });
    expect(ranges).toEqual([
      ['id-000000', 'id-019999', 'GZIP'],
      ['id-020000', 'id-020199', 'GZIP'],
    ]);
    for (const { columns } of row_groups) {
      for (const { meta_data } of columns)
        expect(meta_data?.statistics?.null_count, meta_data?.path_in_schema.join('.')).toBeDefined();
    }
  });
});
