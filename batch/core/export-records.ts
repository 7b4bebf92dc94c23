import type { ExportFormat } from '../contract/export-formats.js';
import type { ResourceRecord } from '../contract/record.js';
import { toCsv } from './csv.js';

/** Characters that go out at once: a write for each record would take longer than making it. */
const PIECE = 64 * 1024;

/** The records in a format, piece by piece: no more is held than a piece, of Parquet a row group. Pure. */
export async function* exportRecords(
  records: AsyncIterable<ResourceRecord>,
  format: ExportFormat,
): AsyncIterable<string | Uint8Array> {
  if (format === 'parquet') {
    const { toParquet } = await import('./parquet.js');
    yield* toParquet(records, {});
  } else yield* inPieces(TEXTS[format](records));
}

const TEXTS: Readonly<
  Record<Exclude<ExportFormat, 'parquet'>, (records: AsyncIterable<ResourceRecord>) => AsyncIterable<string>>
> = { csv: toCsv, json: toJson, ndjson: toNdjson };

async function* toNdjson(records: AsyncIterable<ResourceRecord>): AsyncIterable<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** One array, a record a line. */
export async function* toJson(rows: AsyncIterable<object>): AsyncIterable<string> {
  let before = '[\n';
  for await (const row of rows) {
    yield before + JSON.stringify(row);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

export async function* inPieces(texts: AsyncIterable<string>): AsyncIterable<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
