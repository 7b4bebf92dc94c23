import { gunzipSync } from 'node:zlib';
import type {
  AsyncBuffer,
  ColumnChunk,
  Encoding,
  FileMetaData,
  ParquetReadOptions,
  RowGroup,
  SubColumnData,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { headerWithChecksum } from './page-checksum.js';

/** How to read metadata: in some damaged ones, the library's search for columns of geography would never end. */
export const NO_GEOGRAPHY = { geoparquet: false } as const;

/**
 * What to read to have all rows of a file, a page of each column at a time: decoded rows take several times the space
 * of compressed ones. A row group is fetched by one request and held compressed. Throws where the file contradicts
 * itself: a damaged one may say anything of its pages, and the library takes it at its word.
 */
export async function* rowPages(file: AsyncBuffer, metadata: FileMetaData): AsyncIterable<ParquetReadOptions> {
  for (const group of metadata.row_groups) {
    const held = await hold(file, group);
    for (const rows of splitGroup(held, group)) {
      const decoded = new Map<string, number>();
      const onPage = ({ pathInSchema, columnData }: SubColumnData) => {
        const path = pathInSchema.join('.');
        decoded.set(path, (decoded.get(path) ?? 0) + columnData.length);
      };
      const only = { ...metadata, num_rows: rows.num_rows, row_groups: [rows] };
      yield { file: held, metadata: only, compressors: { GZIP: gunzip }, rowEnd: Number(rows.num_rows), onPage };
      if (rows.columns.some((column) => BigInt(decoded.get(pathOf(column)) ?? 0) !== rows.num_rows))
        throw new Error('a page has another number of rows than it says');
    }
  }
  if (sum(metadata.row_groups, ({ num_rows }) => Number(num_rows)) !== Number(metadata.num_rows))
    throw new Error('the row groups have another number of rows');
}

function gunzip(bytes: Uint8Array, length: number): Uint8Array {
  return gunzipSync(bytes, { maxOutputLength: Math.max(1, length) });
}

/** Earlier versions wrote dictionaries, and no more rows to a row group. */
const DICTIONARY_ROWS = 5_000;

/** Every page as a row group of its own. Where pages need a dictionary, the group itself. */
function splitGroup(held: HeldGroup, group: RowGroup): readonly RowGroup[] {
  const columns = group.columns.map((column) => ({ column, pages: pagesOf(held, column) }));
  const [first] = columns;
  if (first === undefined) throw new Error('a row group without columns');
  if (columns.some(({ pages }) => pages === null)) {
    if (group.num_rows > DICTIONARY_ROWS) throw new Error('the row group has another number of rows');
    return [group];
  }
  const rowsOf = (pages: readonly Page[] | null) => (pages ?? []).map(({ rows }) => rows);
  const rows = rowsOf(first.pages);
  if (columns.some(({ pages }) => rowsOf(pages).join() !== rows.join()))
    throw new Error('the pages of two columns differ');
  if (sum(rows, (count) => count) !== Number(group.num_rows)) throw new Error('the pages have another number of rows');
  return rows.map((count, index) => ({
    ...group,
    num_rows: BigInt(count),
    columns: columns.flatMap(
      ({ column, pages }) => pages?.slice(index, index + 1).map((page) => only(column, page)) ?? [],
    ),
  }));
}

function only(column: ColumnChunk, { offset, bytes, values }: Page): ColumnChunk {
  const { meta_data } = column;
  if (meta_data === undefined) throw new Error('a column chunk without its metadata');
  const place = { data_page_offset: BigInt(offset), total_compressed_size: BigInt(bytes), num_values: BigInt(values) };
  return { ...column, meta_data: { ...meta_data, ...place } };
}

interface Page {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: number;
  readonly values: number;
  readonly nulls: number;
}

/** The pages of a column chunk by their own headers. Null: some do not stand for themselves. */
function pagesOf(held: HeldGroup, column: ColumnChunk): readonly Page[] | null {
  const { meta_data } = column;
  const [start, length] = placeOf(column);
  const end = start + length;
  const pages: Page[] = [];
  for (let offset = start; offset < end; ) {
    const page = pageAt(held, offset, end, meta_data?.encodings ?? []);
    if (page === null) {
      if (meta_data?.dictionary_page_offset === undefined) throw new Error('a damaged page');
      return null;
    }
    pages.push(page);
    offset += page.bytes;
  }
  if (sum(pages, ({ values }) => values) !== Number(meta_data?.num_values))
    throw new Error('the pages have another number of values');
  if (sum(pages, ({ nulls }) => nulls) !== Number(meta_data?.statistics?.null_count))
    throw new Error('the pages have another number of nulls');
  return pages;
}

/** `end` and `encodings` are those of its column. Null: it is of another kind. */
function pageAt(held: HeldGroup, offset: number, end: number, encodings: readonly Encoding[]): Page | null {
  const at = offset - held.start;
  const reader = { view: new DataView(held.bytes), offset: at };
  const header = parquetHeader(reader);
  const { compressed_page_size: stored, uncompressed_page_size: unpacked, data_page_header_v2: page } = header;
  if (page === undefined) return null;
  const { definition_levels_byte_length: definitions, repetition_levels_byte_length: repetitions } = page;
  const { num_rows: rows, num_values: values, num_nulls: nulls } = page;
  const sizes = [definitions, repetitions, rows, values, nulls, stored, unpacked];
  const bytes = reader.offset - at + stored;
  const fits = definitions + repetitions <= stored && offset + bytes <= end && encodings.includes(page.encoding);
  const isSound = fits && sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (!isSound || rows === 0 || rows > values || nulls > values) throw new Error('a damaged page');
  // Files of earlier versions have none. Where there is a checksum, the header is as we write it, to the byte.
  if (header.crc !== undefined) {
    const written = headerWithChecksum(header, new Uint8Array(held.bytes, reader.offset, stored));
    if (Buffer.compare(written, new Uint8Array(held.bytes, at, written.length)) !== 0)
      throw new Error('a damaged page');
  }
  return { offset, bytes, rows, values, nulls };
}

interface HeldGroup extends AsyncBuffer {
  readonly bytes: ArrayBuffer;
  /** In the file. */
  readonly start: number;
}

/** A file of which only the group's part is there. */
async function hold(file: AsyncBuffer, { columns }: RowGroup): Promise<HeldGroup> {
  const places = columns.map(placeOf);
  if (places.some(([offset, length]) => !(offset >= 0 && length > 0 && Number.isSafeInteger(offset + length))))
    throw new Error('a column is nowhere in the file');
  const start = Math.min(...places.map(([offset]) => offset));
  const end = Math.max(...places.map(([offset, length]) => offset + length));
  const bytes = await file.slice(start, end);
  if (bytes.byteLength !== end - start) throw new Error('the file is cut short');
  const slice = (from: number, to = end) => {
    if (!(start <= from && from <= to && to <= end)) throw new Error('a page outside of its row group');
    return bytes.slice(from - start, to - start);
  };
  return { byteLength: file.byteLength, bytes, start, slice };
}

function placeOf({ meta_data }: ColumnChunk): readonly [offset: number, length: number] {
  const offset = meta_data?.dictionary_page_offset ?? meta_data?.data_page_offset;
  return [Number(offset), Number(meta_data?.total_compressed_size)];
}

const pathOf = ({ meta_data }: ColumnChunk) => (meta_data?.path_in_schema ?? []).join('.');

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
