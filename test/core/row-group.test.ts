import { type AsyncBuffer, type ColumnMetaData, type FileMetaData, parquetMetadata } from 'hyparquet';
import { expect, it } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { fromParquet } from '../../batch/core/from-parquet.js';
import { toParquet } from '../../batch/core/parquet.js';
import { recordOf } from '../projection/days.js';

async function* each(records: Iterable<ResourceRecord>) {
  yield* records;
}

async function parquetOf(records: Iterable<ResourceRecord>): Promise<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of toParquet(each(records), {})) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces)).buffer;
}

function chunksOf({ row_groups }: FileMetaData, column: string): readonly ColumnMetaData[] {
  return row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) => (meta_data?.path_in_schema[0] === column ? [meta_data] : [])),
  );
}

/** Three pages, by the number of rows and by their size. */
const MANY = Array.from({ length: 2_500 }, (_, n) =>
  recordOf('T', `id-${String(n).padStart(4, '0')}`, {
    // U+FF5E is above the first half of 🗾 (U+D83D) and below it as a character, which is how Parquet orders them.
    name: n % 2 === 0 ? null : n < 1_000 ? '～' : n < 2_000 ? '🗾' : 'a',
    created_at: n === 1_234 ? '2026-01-31T00:00:00.001Z' : null,
    tags: { n: String(n) },
    properties: { n, wide: n === 7 ? '長'.repeat(1_000) : '' },
  }),
);

it('the pages of several batches are one row group with the statistics of all', async () => {
  const metadata = parquetMetadata(await parquetOf(MANY));
  expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([2_500n]);
  const statistics = (column: string) => chunksOf(metadata, column).map((chunk) => chunk.statistics);
  expect(statistics('resource_id')).toMatchObject([{ min_value: 'id-0000', max_value: 'id-2499', null_count: 0n }]);
  expect(statistics('name')).toMatchObject([{ min_value: 'a', max_value: '🗾', null_count: 1_250n }]);
  const time = new Date('2026-01-31T00:00:00.001Z');
  expect(statistics('created_at')).toMatchObject([{ min_value: time, max_value: time, null_count: 2_499n }]);
  expect(statistics('arn')).toMatchObject([{ null_count: 2_500n }]);
  expect(statistics('arn')[0]?.min_value).toBeUndefined();
});

it('a row group is fetched by two requests, and read a page at a time', async () => {
  const records = Array.from({ length: 21_000 }, (_, n) => recordOf('T', `id-${n}`, { tags: { n: String(n) } }));
  const bytes = await parquetOf(records);
  expect(parquetMetadata(bytes).row_groups.map(({ num_rows }) => num_rows)).toEqual([20_000n, 1_000n]);
  let requests = 0;
  const file: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (start, end) => {
      requests += 1;
      return bytes.slice(start, end);
    },
  };
  let count = 0;
  for await (const { resource_id, tags } of fromParquet(file)) {
    if (resource_id !== `id-${count}` || tags?.n !== String(count)) break;
    count += 1;
  }
  expect(count).toBe(21_000);
  // The footer; of the first group the pages and their index; of the second, which is a page, the page.
  expect(requests).toBe(1 + 2 + 1);
});

it('batches that end by their size have their own number of rows', async () => {
  const wide = Array.from({ length: 7 }, (_, n) =>
    recordOf('T', `id-${n}`, { properties: { wide: String(n).repeat(1_500_000) }, tags: { [`n${n}`]: 'x' } }),
  );
  const records: ResourceRecord[] = [];
  for await (const record of fromParquet(sliceable(await parquetOf([...wide, ...MANY])))) records.push(record);
  expect(records).toEqual([...wide, ...MANY]);
});

function sliceable(bytes: ArrayBuffer): AsyncBuffer {
  return { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) };
}
