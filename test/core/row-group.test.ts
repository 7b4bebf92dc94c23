import { randomBytes } from 'node:crypto';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  type RowGroup,
} from 'hyparquet';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { fromParquet } from '../../batch/core/from-parquet.js';
import { toParquet } from '../../batch/core/parquet.js';
import { rowPages } from '../../batch/core/parquet-pages.js';
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

it('a row group is fetched by one request, and read a page at a time', async () => {
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
  const ofTheFooter = 1;
  expect(requests).toBe(ofTheFooter + 2);
});

it('batches that end by their size have their own number of rows', async () => {
  const wide = Array.from({ length: 7 }, (_, n) =>
    recordOf('T', `id-${n}`, { properties: { wide: String(n).repeat(1_500_000) }, tags: { [`n${n}`]: 'x' } }),
  );
  expect(await recordsOf(await parquetOf([...wide, ...MANY]))).toEqual([...wide, ...MANY]);
});

it('a row group ends where its pages are large, compressed', async () => {
  const random = () => randomBytes(1_500_000).toString('hex');
  const huge = Array.from({ length: 6 }, (_, n) => recordOf('T', `id-${n}`, { properties: { random: random() } }));
  const metadata = parquetMetadata(await parquetOf(huge));
  expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([3n, 3n]);
});

describe('a damaged file is found, whatever it says', () => {
  const few = MANY.slice(0, 30);

  it.each<[what: string, change: (metadata: FileMetaData, group: RowGroup, chunk: ColumnMetaData) => void]>([
    ['more rows than anybody could read', (_, group) => Object.assign(group, { num_rows: 2n ** 62n })],
    [
      'a row too many',
      (file, group) => Object.assign(file, { num_rows: 31n }) && Object.assign(group, { num_rows: 31n }),
    ],
    [
      'a row too few',
      (file, group) => Object.assign(file, { num_rows: 29n }) && Object.assign(group, { num_rows: 29n }),
    ],
    ['another number of rows in all', (file) => Object.assign(file, { num_rows: 31n })],
    ['another number of values', (_file, _group, chunk) => Object.assign(chunk, { num_values: 29n })],
    ['pages far away', (_file, _group, chunk) => Object.assign(chunk, { data_page_offset: 2n ** 60n })],
    ['pages before the file', (_file, _group, chunk) => Object.assign(chunk, { data_page_offset: -10n })],
    ['pages that are of no length', (_file, _group, chunk) => Object.assign(chunk, { total_compressed_size: 0n })],
    [
      'pages that end behind the file',
      (_file, _group, chunk) => Object.assign(chunk, { total_compressed_size: 2n ** 40n }),
    ],
    ['pages that end too early', (_file, _group, chunk) => Object.assign(chunk, { total_compressed_size: 40n })],
  ])('%s', async (_what, change) => {
    const bytes = await parquetOf(few);
    const metadata = parquetMetadata(bytes);
    expect(await recordsOf(withMetadata(bytes, metadata))).toEqual(few);
    const [group] = metadata.row_groups;
    const chunk = chunksOf(metadata, 'resource_id')[0];
    if (group === undefined || chunk === undefined) throw new Error('nothing to change');
    change(metadata, group, chunk);
    await expect(recordsOf(withMetadata(bytes, metadata))).rejects.toThrow();
  });

  it('a page has other rows than its header says', async () => {
    const pairs = Array.from({ length: 8 }, (_, n) => recordOf('T', `id-${n}`, { tags: { a: '', b: '' } }));
    const bytes = Buffer.from(await parquetOf(pairs));
    const start = Number(chunksOf(parquetMetadata(new Uint8Array(bytes).buffer), 'tags')[0]?.data_page_offset);
    // The repetition levels, a bit for each tag: 0 where a row begins. One row less begins.
    const levels = bytes.indexOf(Buffer.from([(2 << 1) | 1, 0b10101010, 0b10101010]), start);
    bytes[levels + 2] = 0b10101011;
    await expect(recordsOf(new Uint8Array(bytes).buffer)).rejects.toThrow('another number of rows');
  });

  it('a bit is flipped in the header of a page', async () => {
    const bytes = await parquetOf(few);
    const start = Number(chunksOf(parquetMetadata(bytes), 'tags')[0]?.data_page_offset);
    for (let bit = 0; bit < 8 * 30; bit += 1) {
      const flipped = new Uint8Array(bytes.slice(0));
      flipped[start + Math.floor(bit / 8)] = (flipped[start + Math.floor(bit / 8)] ?? 0) ^ (1 << (bit % 8));
      // It ends, and with no other number of records.
      const records = await recordsOf(flipped.buffer).catch(() => few);
      expect(records.length, `bit ${bit}`).toBe(few.length);
    }
  });
});

it('dictionaries, which earlier versions wrote, are read a group at a time', async () => {
  const data = Array.from({ length: 100 }, (_, n) => `id-${n % 3}`);
  const columnData = [{ name: 'id', data, type: 'STRING' as const, encoding: 'RLE_DICTIONARY' as const }];
  const bytes = parquetWriteBuffer({ columnData });
  const read = async (metadata: FileMetaData) => {
    const ids: unknown[] = [];
    for await (const rows of rowPages({ byteLength: bytes.byteLength, slice: bytes.slice.bind(bytes) }, metadata))
      for (const row of await parquetReadObjects(rows)) ids.push(row.id);
    return ids;
  };
  const metadata = parquetMetadata(bytes);
  expect(chunksOf(metadata, 'id')[0]?.dictionary_page_offset).toBeDefined();
  expect(await read(metadata)).toEqual(data);
  const row_groups = metadata.row_groups.map((group) => ({ ...group, num_rows: 2n ** 62n }));
  await expect(read({ ...metadata, row_groups })).rejects.toThrow('another number of rows');
});

async function recordsOf(bytes: ArrayBuffer): Promise<readonly ResourceRecord[]> {
  const records: ResourceRecord[] = [];
  const file: AsyncBuffer = { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) };
  for await (const record of fromParquet(file)) records.push(record);
  return records;
}

/** The same pages under other metadata. */
function withMetadata(bytes: ArrayBuffer, metadata: FileMetaData): ArrayBuffer {
  const { metadata_length, ...written } = metadata;
  const writer = new ByteWriter();
  writer.appendBytes(new Uint8Array(bytes).slice(0, bytes.byteLength - metadata_length - 8));
  writeMetadata(writer, written as FileMetaData);
  writer.appendUint32(0x31524150);
  return new Uint8Array(writer.getBytes()).buffer;
}
