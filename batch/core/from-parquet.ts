import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { ResourceRecord } from '../contract/record.js';
import { RECORD_COLUMNS } from '../contract/record-columns.js';
import { rowPages } from './parquet-pages.js';

/** The records of a day's file, as the unit files had them: no more is held than a row group, compressed. Pure. */
export async function* fromParquet(file: AsyncBuffer): AsyncIterable<ResourceRecord> {
  for await (const rows of rowPages(file, await parquetMetadataAsync(file))) {
    for (const row of await parquetReadObjects(rows)) yield recordOf(row);
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
