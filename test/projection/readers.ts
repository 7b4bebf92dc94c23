import { readFileSync } from 'node:fs';
import { type StructRowProxy, tableFromIPC, type Vector } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import type { ResourceRecord } from '../../batch/contract/record.js';

/** A row as a reader gives it, with times in milliseconds and properties as what their JSON says. */
export type Row = Readonly<Record<string, unknown>>;

/** DuckDB is an optional package: it is there, or a test that needs it says why not. */
const duckdb = await import('@duckdb/node-api').catch((error: Error) => error);
export const DUCKDB_MISSING = duckdb instanceof Error ? duckdb.message : '';

/** What a file must have when it was made from this record: half of a surrogate pair becomes the sign for that. */
export function rowOf(record: ResourceRecord): Row {
  const { created_at, collected_at } = record;
  const whole = JSON.parse(JSON.stringify(record), (_key, value) => wellFormed(value)) as ResourceRecord;
  const tags = whole.tags && Object.fromEntries(Object.entries(whole.tags).map(([key, tag]) => [wellFormed(key), tag]));
  return {
    ...{ ...whole, tags, created_at: created_at && Date.parse(created_at) },
    collected_at: Date.parse(collected_at),
  };
}

function wellFormed(value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}

const TIMES = 'epoch_ms(created_at) AS created_at, epoch_ms(collected_at) AS collected_at';

/** The rows of a Parquet file, or of all that a pattern fits, in their order. */
export async function readWithDuckDb(path: string): Promise<Row[]> {
  const from = `read_parquet('${path}', hive_partitioning = false)`;
  const rows = await queryDuckDb(`SELECT to_json(t) AS row FROM (SELECT * REPLACE (${TIMES}) FROM ${from}) t`);
  return rows.map(({ row }) => withProperties(JSON.parse(String(row))));
}

export async function queryDuckDb(sql: string): Promise<Row[]> {
  if (duckdb instanceof Error) throw duckdb;
  const instance = await duckdb.DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The same by a reader that has nothing in common with it: Rust's, with Arrow. */
export function readWithArrow(path: string): Row[] {
  const table = tableFromIPC(readParquet(readFileSync(path)).intoIPCStream());
  return table.toArray().map((proxy: StructRowProxy) => {
    const { tags, relations, ...row } = proxy.toJSON() as Record<string, unknown>;
    return withProperties({
      ...row,
      tags: tags === null ? null : (tags as { toJSON(): object }).toJSON(),
      relations: [...(relations as Vector)].map((relation: StructRowProxy) => relation.toJSON()),
    });
  });
}

function withProperties(row: Record<string, unknown>): Row {
  return { ...row, properties: JSON.parse(String(row.properties)) };
}
