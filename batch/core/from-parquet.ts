import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet';
import type { ResourceRecord } from '../contract/record.js';
import { RECORD_COLUMNS } from '../contract/record-columns.js';
import { NO_GEOGRAPHY, rowPages } from './parquet-pages.js';

/** The records of a day's file, as the unit files had them: no more is held than a row group, compressed. Pure. */
export async function* fromParquet(file: AsyncBuffer): AsyncIterable<ResourceRecord> {
  const metadata = withPlainMaps(await parquetMetadataAsync(file, NO_GEOGRAPHY));
  for await (const rows of rowPages(file, metadata)) {
    for (const row of await parquetReadObjects(rows)) yield recordOf(row);
  }
}

/** The library makes a map by assigning its keys, so that a tag `__proto__` would be lost; its pairs are read instead. */
function withPlainMaps(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element): SchemaElement => {
    const { converted_type, ...plain } = element;
    return converted_type === 'MAP' ? plain : element;
  });
  return { ...metadata, schema };
}

interface PlainMap {
  readonly key_value: readonly { readonly key: string; readonly value: string }[];
}

function recordOf(row: Readonly<Record<string, unknown>>): ResourceRecord {
  const entries = RECORD_COLUMNS.map(({ name, type }) => {
    const value = row[name] ?? null;
    if (type === 'json') return [name, JSON.parse(String(value))];
    if (type === 'tags' && value !== null)
      return [name, Object.fromEntries((value as PlainMap).key_value.map((pair) => [pair.key, pair.value]))];
    return [name, value instanceof Date ? value.toISOString() : value];
  });
  return Object.fromEntries(entries);
}
