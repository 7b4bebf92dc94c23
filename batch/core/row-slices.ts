import { gunzipSync } from 'node:zlib';
import type { AsyncBuffer, ColumnChunk, FileMetaData, ParquetReadOptions, RowGroup } from 'hyparquet';

/** Decoded rows take several times the space of compressed ones. */
const SLICE_ROWS = 1_000;

/**
 * What to read to have all rows of a file, so many at a time. A row group is fetched by two requests, its pages and
 * their index, and held compressed; of its pages, only those of the slice are decoded.
 */
export async function* rowSlices(file: AsyncBuffer, metadata: FileMetaData): AsyncIterable<ParquetReadOptions> {
  const compressors = { GZIP: (bytes: Uint8Array) => gunzipSync(bytes) };
  for (const group of metadata.row_groups) {
    const held = await hold(file, group);
    const rows = Number(group.num_rows);
    const only = { ...metadata, num_rows: group.num_rows, row_groups: [group] };
    for (let rowStart = 0; rowStart < rows; rowStart += SLICE_ROWS) {
      const rowEnd = Math.min(rows, rowStart + SLICE_ROWS);
      yield { file: held, metadata: only, compressors, rowStart, rowEnd, useOffsetIndex: true };
    }
  }
}

async function hold(file: AsyncBuffer, { columns }: RowGroup): Promise<AsyncBuffer> {
  const places = [placeOf(columns, pagesOf), placeOf(columns, indexOf)].filter(({ start, end }) => start < end);
  const parts = await Promise.all(places.map(({ start, end }) => file.slice(start, end)));
  return {
    byteLength: file.byteLength,
    slice: (start, end = file.byteLength) => {
      const at = places.findIndex((place) => place.start <= start && end <= place.end);
      const from = places[at]?.start ?? 0;
      return parts[at]?.slice(start - from, end - from) ?? file.slice(start, end);
    },
  };
}

/** From the first byte of any column to the last. */
function placeOf(
  columns: readonly ColumnChunk[],
  of: (column: ColumnChunk) => readonly [offset: number, length: number],
) {
  const places = columns.map(of);
  const start = Math.min(...places.map(([offset]) => offset));
  const end = Math.max(...places.map(([offset, length]) => offset + length));
  return { start, end };
}

function pagesOf({ file_offset, meta_data }: ColumnChunk) {
  return [Number(file_offset), Number(meta_data?.total_compressed_size)] as const;
}

function indexOf({ offset_index_offset = 0n, offset_index_length = 0 }: ColumnChunk) {
  return [Number(offset_index_offset), offset_index_length] as const;
}
