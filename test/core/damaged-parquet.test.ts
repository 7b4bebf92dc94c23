import { type ColumnMetaData, type FileMetaData, parquetMetadata, parquetRead, type RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { describe, expect, it } from 'vitest';
import { FOOTER } from '../../batch/contract/projection.js';
import { headerWithChecksum } from '../../batch/core/page-checksum.js';
import { readFooter } from '../../batch/core/parquet-file.js';
import { rowPages } from '../../batch/core/parquet-pages.js';
import { recordOf } from '../projection/days.js';
import { MemoryStore } from './memory-store.js';
import { chunksOf, fileOf, footerStart, parquetOf, recordsOf, withMetadata } from './parquet-bytes.js';

/** All columns have values and nulls, where they may; of tags and relations there are several, one and none. */
const few = Array.from({ length: 30 }, (_, n) => {
  const optional = { arn: `arn-${n}`, name: `n${n}`, state: 'here', created_at: '2026-01-31T00:00:00.001Z' };
  const relations = [{ kind: 'in', resource_type: 'A', resource_id: 'a' }];
  if (n % 3 === 0) return recordOf('T', `id-${n}`, { ...optional, tags: { a: '1', b: '2' }, relations });
  return recordOf('T', `id-${n}`, { tags: n % 3 === 1 ? null : {} });
});

describe('a damaged file is found, whatever it says', () => {
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
    await expect(recordsOf(new Uint8Array(bytes).buffer)).rejects.toThrow('a damaged page');
    // Nor does it help that the checksum is right.
    const reader = { view: new DataView(new Uint8Array(bytes).buffer), offset: start };
    const header = parquetHeader(reader);
    const behind = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size);
    bytes.set(headerWithChecksum(header, behind), start);
    const metadata = parquetMetadata(bytes);
    await expect(decode(new Uint8Array(bytes).buffer, metadata)).rejects.toThrow('another number of rows');
  });
});

/** As `verify` does. */
async function decode(bytes: ArrayBuffer, metadata: FileMetaData): Promise<void> {
  for await (const rows of rowPages(fileOf(bytes), metadata)) await parquetRead(rows);
}

/** The bits of these bytes that may be flipped without anybody seeing it. */
async function unseenFlips(
  bytes: ArrayBuffer,
  bits: Iterable<number>,
  read: (flipped: ArrayBuffer) => Promise<unknown>,
): Promise<number[]> {
  const unseen: number[] = [];
  const flipped = new Uint8Array(bytes.slice(0));
  const flip = (bit: number) => {
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  };
  for (const bit of bits) {
    flip(bit);
    const found = await read(flipped.buffer).then(
      () => false,
      () => true,
    );
    flip(bit);
    if (!found) unseen.push(bit);
  }
  return unseen;
}

function* bitsOf(start: number, end: number): Iterable<number> {
  for (let bit = start * 8; bit < end * 8; bit += 1) yield bit;
}

describe('a flipped bit is found', () => {
  it('any one of a row group, in a header too', async () => {
    const bytes = await parquetOf(few);
    const metadata = parquetMetadata(bytes);
    const read = (flipped: ArrayBuffer) => decode(flipped, metadata);
    await read(bytes);
    expect(await unseenFlips(bytes, bitsOf('PAR1'.length, footerStart(bytes)), read)).toEqual([]);
  });

  it('any one of the footer, apart from those in the name of its own hash', async () => {
    const bytes = await parquetOf(few.slice(0, 3), { [FOOTER.fencingToken]: '7', [FOOTER.manifestSha256]: 'abc' });
    const memory = new MemoryStore();
    const read = (flipped: ArrayBuffer) => {
      memory.files.set('x', Buffer.from(flipped));
      return readFooter(memory.store, 'x');
    };
    expect(await read(bytes)).toMatchObject({ token: 7, manifestSha256: 'abc', rows: 3 });
    // Under another name it is a footer of earlier versions, without a hash, and sound otherwise.
    const name = Buffer.from(bytes).lastIndexOf(FOOTER.footerSha256);
    const unseen = await unseenFlips(bytes, bitsOf(footerStart(bytes), bytes.byteLength), read);
    expect(unseen).toEqual([...bitsOf(name, name + FOOTER.footerSha256.length)]);
  });
});
