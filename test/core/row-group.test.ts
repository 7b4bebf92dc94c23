import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { fromParquet } from '../../batch/core/from-parquet.js';
import { headerWithChecksum } from '../../batch/core/page-checksum.js';
import { rowPages } from '../../batch/core/parquet-pages.js';
import { recordOf } from '../projection/days.js';
import { chunksOf, fileOf, parquetOf, recordsOf } from './parquet-bytes.js';

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

describe('checksums', () => {
  it('each page has that of its bytes, and the sizes count its header', async () => {
    const bytes = await parquetOf(MANY);
    const [group] = parquetMetadata(bytes).row_groups;
    const reader = { view: new DataView(bytes), offset: 'PAR1'.length };
    let unpacked = 0;
    for (const { meta_data: chunk } of group?.columns ?? []) {
      const start = reader.offset;
      expect(Number(chunk?.data_page_offset)).toBe(start);
      const before = unpacked;
      for (let pages = 0; pages < 3; pages++) {
        const at = reader.offset;
        const { crc = 0, compressed_page_size: stored, uncompressed_page_size } = parquetHeader(reader);
        expect(crc >>> 0).toBe(crc32(new Uint8Array(bytes, reader.offset, stored)));
        unpacked += reader.offset - at + uncompressed_page_size;
        reader.offset += stored;
      }
      expect(Number(chunk?.total_compressed_size)).toBe(reader.offset - start);
      expect(Number(chunk?.total_uncompressed_size)).toBe(unpacked - before);
    }
    expect(group?.columns).toHaveLength(20);
    expect([group?.total_byte_size, group?.total_compressed_size]).toEqual([unpacked, reader.offset - 4].map(BigInt));
  });

  it('a header is the same in every version: readers of files compare it to the byte', () => {
    const counts = { num_values: 3, num_nulls: 1, num_rows: 2 };
    const levels = { definition_levels_byte_length: 5, repetition_levels_byte_length: 4, is_compressed: true };
    const header = headerWithChecksum(
      {
        ...{ type: 'DATA_PAGE_V2', uncompressed_page_size: 1_000, compressed_page_size: 9 },
        data_page_header_v2: { ...counts, ...levels, encoding: 'PLAIN' },
      },
      Buffer.from('123456789'),
    );
    // 0xCBF43926, by which implementations of CRC-32 are checked: as an i32 in zigzag b39bdec006, seven bits a byte.
    expect(Buffer.from(header).toString('hex')).toBe('150615d00f151215b39bdec0064c1506150215041500150a15080000');
  });
});

describe('files of earlier versions', () => {
  const data = Array.from({ length: 100 }, (_, n) => (n % 5 === 0 ? null : `id-${n % 3}`));
  const write = (encoding: 'PLAIN' | 'RLE_DICTIONARY') =>
    parquetWriteBuffer({ columnData: [{ name: 'id', data, type: 'STRING', encoding }] });

  async function idsOf(bytes: ArrayBuffer, metadata: FileMetaData) {
    const ids: unknown[] = [];
    for await (const rows of rowPages(fileOf(bytes), metadata))
      for (const row of await parquetReadObjects(rows)) ids.push(row.id);
    return ids;
  }

  it('without checksums are read', async () => {
    const bytes = write('PLAIN');
    const metadata = parquetMetadata(bytes);
    const offset = Number(chunksOf(metadata, 'id')[0]?.data_page_offset);
    expect(parquetHeader({ view: new DataView(bytes), offset }).crc).toBeUndefined();
    expect(await idsOf(bytes, metadata)).toEqual(data);
  });

  it('with dictionaries are read a group at a time', async () => {
    const bytes = write('RLE_DICTIONARY');
    const metadata = parquetMetadata(bytes);
    expect(chunksOf(metadata, 'id')[0]?.dictionary_page_offset).toBeDefined();
    expect(await idsOf(bytes, metadata)).toEqual(data);
    const row_groups = metadata.row_groups.map((group) => ({ ...group, num_rows: 2n ** 62n }));
    await expect(idsOf(bytes, { ...metadata, row_groups })).rejects.toThrow('another number of rows');
  });
});
