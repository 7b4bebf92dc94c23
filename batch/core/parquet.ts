import { constants, gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { FOOTER } from '../contract/projection.js';
import type { ResourceRecord } from '../contract/record.js';
import { RECORD_COLUMNS, RELATION_FIELDS, type RecordColumn } from '../contract/record-columns.js';
import { NO_HASH, withHash } from './footer-hash.js';
import { wellFormedJson } from './plain.js';
import { joinBatches, type RowBatch } from './row-group.js';

/** What is held in memory at a time: so many rows, or so many characters of properties. */
const BATCH_ROWS = 1_000;
const BATCH_CHARACTERS = 2 * 1024 * 1024;
/** A row group is so many batches, or so many compressed bytes: few groups make a small footer, which is held whole. */
const GROUP_BATCHES = 20;
const GROUP_BYTES = 4 * 1024 * 1024;

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

/** The Parquet schema of a column's type: the column itself, then what is nested in it. */
const ELEMENTS: Readonly<
  Record<RecordColumn['type'], readonly [Omit<SchemaElement, 'name'>, ...(readonly SchemaElement[])]>
> = {
  int: [{ type: 'INT32' }],
  string: [text],
  json: [text],
  timestamp: [
    {
      ...{ type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    },
  ],
  tags: [
    { num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', ...text },
    { name: 'value', repetition_type: 'OPTIONAL', ...text },
  ],
  relations: [
    { num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', num_children: RELATION_FIELDS.length },
    ...RELATION_FIELDS.map((name): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...text })),
  ],
};

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: RECORD_COLUMNS.length },
  ...RECORD_COLUMNS.flatMap(({ name, type, nullable }): SchemaElement[] => {
    const [column, ...nested] = ELEMENTS[type];
    return [{ name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED', ...column }, ...nested];
  }),
];

/**
 * The records as one Parquet file, piece by piece: no more is held than a row group. Pure.
 *
 * @param footer what readers find under these keys in the file's own metadata
 */
export async function* toParquet(
  records: AsyncIterable<ResourceRecord>,
  footer: Readonly<Record<string, string>>,
): AsyncIterable<Uint8Array> {
  const sink = new ByteWriter();
  const pairs = Object.entries({ ...footer, [FOOTER.footerSha256]: NO_HASH });
  const writer = new ParquetWriter({
    writer: sink,
    schema: SCHEMA,
    codec: 'GZIP',
    // Level 1 costs less time than the library's own Snappy, and the time counts on a quarter of a vCPU.
    compressors: { GZIP: (bytes) => gzipSync(bytes, { level: constants.Z_BEST_SPEED }) },
    kvMetadata: pairs.map(([key, value]) => ({ key, value })),
    createdBy: 'aws-resource-visualizer',
  });
  const magic = takeBytes(sink);
  yield magic;
  let offset = magic.length;
  for await (const batches of inGroups(rowBatches(records, writer, sink))) {
    const { group, bytes } = joinBatches(batches, offset);
    writer.row_groups.push(group);
    offset += bytes.length;
    yield bytes;
  }
  await writer.finish();
  const end = takeBytes(sink);
  yield withHash(writer.row_groups.length === 0 ? withoutGroups(end) : end);
}

/** In the metadata: no rows, then a list of no row groups. Its last byte has the type of the list's elements. */
const NO_GROUPS = Buffer.from([0x16, 0x00, 0x19, 0x00]);
const OF_STRUCTS = 0x0c;

/** The library writes an empty list without a type, which strict readers refuse: row groups are structs. */
function withoutGroups(file: Uint8Array): Uint8Array {
  const at = Buffer.from(file.buffer).indexOf(NO_GROUPS);
  if (at < 0) throw new Error('the list of row groups is not where it was');
  file[at + NO_GROUPS.length - 1] = OF_STRUCTS;
  return file;
}

/** What was written since; the buffer is used again for what follows. */
function takeBytes(sink: ByteWriter): Uint8Array {
  const bytes = sink.getBytes().slice();
  sink.index = 0;
  return bytes;
}

async function* inGroups(batches: AsyncIterable<RowBatch>): AsyncIterable<readonly RowBatch[]> {
  let group: RowBatch[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    group.push(batch);
    bytes += batch.bytes.length;
    if (group.length < GROUP_BATCHES && bytes < GROUP_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

async function* rowBatches(
  records: AsyncIterable<ResourceRecord>,
  writer: ParquetWriter,
  sink: ByteWriter,
): AsyncIterable<RowBatch> {
  for await (const { columns, rows } of rowsByColumn(records)) {
    await writer.write({ columnData: columns, rowGroupSize: rows, pageSize: 0 });
    // What the library keeps for the footer grows with the groups, not with the batches.
    writer.pendingIndexes = [];
    const group = writer.row_groups.pop();
    if (group !== undefined) yield { group, bytes: takeBytes(sink) };
  }
}

interface Rows {
  readonly columns: ColumnSource[];
  readonly rows: number;
}

/** Of a record, no more than its cells is held. */
async function* rowsByColumn(records: AsyncIterable<ResourceRecord>): AsyncIterable<Rows> {
  let columns = emptyColumns();
  let rows = 0;
  let characters = 0;
  for await (const record of records) {
    const properties = wellFormedJson(record.properties);
    for (const [index, { name, type }] of RECORD_COLUMNS.entries()) {
      columns[index]?.data.push(type === 'json' ? properties : cellOf(record[name], type));
    }
    characters += properties.length;
    rows += 1;
    if (rows < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
    yield { columns, rows };
    columns = emptyColumns();
    rows = 0;
    characters = 0;
  }
  if (rows > 0) yield { columns, rows };
}

/** No dictionaries: they would be of a batch, and pages of several batches become one column chunk. */
const emptyColumns = () =>
  RECORD_COLUMNS.map(({ name }) => ({ name, encoding: 'PLAIN' as const, data: [] as unknown[] }));

function cellOf(value: ResourceRecord[keyof ResourceRecord], type: RecordColumn['type']): unknown {
  return type === 'timestamp' && value !== null ? new Date(value as string) : value;
}
