import type { ColumnMetaData, RowGroup, Statistics } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { headerWithChecksum } from './page-checksum.js';

/** Some rows as the library wrote them: a row group in which each column is one page, without a dictionary. */
export interface RowBatch {
  readonly group: RowGroup;
  /** All its column chunks, in the order of the columns. */
  readonly bytes: Uint8Array;
}

/**
 * One row group of all batches, in their order: the chunk of a column is its pages one behind the other, each with its
 * checksum. What waits for a full group is compressed already, so that groups can be large. Pure.
 *
 * @param batches at least one
 * @param offset of the group in the file, in bytes
 */
export function joinBatches(batches: readonly RowBatch[], offset: number): RowBatch {
  const split = batches.map(pagesOf);
  const bytes: Uint8Array[] = [];
  let end = BigInt(offset);
  const columns = (split[0] ?? []).map((_, column) => {
    const pages = split.flatMap((batch) => batch[column] ?? []);
    bytes.push(...pages.flatMap(({ header, behind }) => [header, behind]));
    const parts = pages.map(({ meta }) => meta);
    const chunk = { file_offset: end, meta_data: joinMetaData(parts, end) };
    end += chunk.meta_data.total_compressed_size;
    return chunk;
  });
  const group = {
    columns,
    num_rows: sum(batches, (batch) => batch.group.num_rows),
    total_byte_size: sum(columns, (column) => column.meta_data.total_uncompressed_size),
    total_compressed_size: end - BigInt(offset),
  };
  return { group, bytes: Buffer.concat(bytes) };
}

interface Page {
  readonly meta: ColumnMetaData;
  readonly header: Uint8Array;
  /** Levels and values. */
  readonly behind: Uint8Array;
}

/** A page of each column. */
function pagesOf({ group, bytes }: RowBatch): readonly Page[] {
  let end = 0;
  return group.columns.map(({ meta_data: meta }) => {
    if (meta === undefined) throw new Error('a column chunk without its metadata');
    const start = end;
    end += Number(meta.total_compressed_size);
    return pageOf(meta, bytes.subarray(start, end));
  });
}

/** The library's page with a header that has the checksum, and is longer for it. */
function pageOf(meta: ColumnMetaData, bytes: Uint8Array): Page {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const plain = parquetHeader(reader);
  const behind = bytes.subarray(reader.offset);
  const header = headerWithChecksum(plain, behind);
  const more = BigInt(header.length - reader.offset);
  const total_uncompressed_size = meta.total_uncompressed_size + more;
  const total_compressed_size = meta.total_compressed_size + more;
  return { meta: { ...meta, total_uncompressed_size, total_compressed_size }, header, behind };
}

function joinMetaData(parts: readonly ColumnMetaData[], offset: bigint): ColumnMetaData {
  const [first] = parts;
  if (first === undefined || !parts.every(isOnePage)) throw new Error('a column chunk that is not one page');
  const { encoding_stats: _, ...same } = first;
  return {
    ...same,
    num_values: sum(parts, (part) => part.num_values),
    total_uncompressed_size: sum(parts, (part) => part.total_uncompressed_size),
    total_compressed_size: sum(parts, (part) => part.total_compressed_size),
    data_page_offset: offset,
    statistics: joinStatistics(parts.map((part) => part.statistics ?? {})),
  };
}

/** A dictionary would be a page too. */
function isOnePage({ encoding_stats: pages = [] }: ColumnMetaData): boolean {
  return pages.length === 1 && pages[0]?.count === 1;
}

function joinStatistics(parts: readonly Statistics[]): Statistics {
  const null_count = sum(parts, (part) => part.null_count ?? 0n);
  const least = parts.flatMap((part) => part.min_value ?? []);
  const most = parts.flatMap((part) => part.max_value ?? []);
  if (least.length === 0) return { null_count };
  return {
    null_count,
    min_value: least.reduce((one, other) => (order(one, other) < 0 ? one : other)),
    max_value: most.reduce((one, other) => (order(one, other) > 0 ? one : other)),
  };
}

type Bound = NonNullable<Statistics['min_value']>;

/** Parquet orders strings by their bytes in UTF-8, not by their UTF-16 code units. */
function order(one: Bound, other: Bound): number {
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}

function sum<T>(items: readonly T[], of: (item: T) => bigint): bigint {
  return items.reduce((total, item) => total + of(item), 0n);
}
