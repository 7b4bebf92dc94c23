import { gunzipSync } from 'node:zlib';
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { ResourceRecord } from '../contract/record.js';
import { RECORD_COLUMNS } from '../contract/record-columns.js';

/** The records of a day's file, as the unit files had them: no more is held than a row group. Pure. */
export async function* fromParquet(file: AsyncBuffer): AsyncIterable<ResourceRecord> {
  const metadata = await parquetMetadataAsync(file);
  const compressors = { GZIP: (bytes: Uint8Array) => gunzipSync(bytes) };
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    for (const row of await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })) yield recordOf(row);
    rowStart = rowEnd;
  }
}

function recordOf(row: Readonly<Record<string, unknown>>): ResourceRecord {
  const entries = RECORD_COLUMNS.map(({ name, type }) => {
    const value = row[name] ?? null;
    if (type === 'json') return [name, JSON.parse(String(value))];
    return [name, value instanceof Date ? value.toISOString() : value];
  });
  return Object.fromEntries(entries);
}
