import { type AsyncBuffer, type ColumnMetaData, type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { fromParquet } from '../../batch/core/from-parquet.js';
import { toParquet } from '../../batch/core/parquet.js';

export async function* each<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

export async function parquetOf(
  records: Iterable<ResourceRecord>,
  footer: Readonly<Record<string, string>> = {},
): Promise<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of toParquet(each(records), footer)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces)).buffer;
}

export async function recordsOf(bytes: ArrayBuffer): Promise<readonly ResourceRecord[]> {
  const records: ResourceRecord[] = [];
  for await (const record of fromParquet(fileOf(bytes))) records.push(record);
  return records;
}

export function fileOf(bytes: ArrayBuffer): AsyncBuffer {
  return { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) };
}

/** The chunks of a column, or of all that are in it. */
export function chunksOf({ row_groups }: FileMetaData, column: string): readonly ColumnMetaData[] {
  return row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) => (meta_data?.path_in_schema[0] === column ? [meta_data] : [])),
  );
}

/** Where the row groups end and the footer begins. */
export function footerStart(bytes: ArrayBuffer): number {
  const lengthAndMagic = 8;
  return bytes.byteLength - parquetMetadata(bytes).metadata_length - lengthAndMagic;
}

/** The same pages under other metadata. */
export function withMetadata(bytes: ArrayBuffer, metadata: FileMetaData): ArrayBuffer {
  const { metadata_length: _, ...written } = metadata;
  const writer = new ByteWriter();
  writer.appendBytes(new Uint8Array(bytes).slice(0, footerStart(bytes)));
  writeMetadata(writer, written as FileMetaData);
  writer.appendUint32(0x31524150);
  return new Uint8Array(writer.getBytes()).buffer;
}
