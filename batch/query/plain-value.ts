import type { DuckDBValue } from '@duckdb/node-api';
import type { DuckDb } from './load-duckdb.js';

const MICROSECONDS = 1_000n;

/**
 * A value of a result as JSON has it: whole numbers as numbers as long as they are exact, else as text; times in ISO
 * 8601, UTC; maps and structs as objects. What JSON has no word for is the text that DuckDB shows.
 */
export function plainValue(api: DuckDb, value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof api.DuckDBDecimalValue) return decimal(String(value));
  const micros = microsOf(api, value);
  return micros === null ? nested(api, value) : isoTime(micros, String(value));
}

function nested(api: DuckDb, value: DuckDBValue): unknown {
  const plain = (inner: DuckDBValue) => plainValue(api, inner);
  if (value instanceof api.DuckDBListValue || value instanceof api.DuckDBArrayValue) return value.items.map(plain);
  if (value instanceof api.DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([key, inner]) => [key, plain(inner)]));
  if (value instanceof api.DuckDBMapValue)
    return Object.fromEntries(value.entries.map((entry) => [keyOf(plain(entry.key)), plain(entry.value)]));
  if (value instanceof api.DuckDBUnionValue || value instanceof api.DuckDBVariantValue) return plain(value.value);
  return String(value);
}

/** Keys that are objects or lists stay apart as their JSON text. */
function keyOf(key: unknown): string {
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

function microsOf(api: DuckDb, value: DuckDBValue): bigint | null {
  if (value instanceof api.DuckDBTimestampValue || value instanceof api.DuckDBTimestampTZValue) return value.micros;
  if (value instanceof api.DuckDBTimestampMillisecondsValue) return value.millis * MICROSECONDS;
  if (value instanceof api.DuckDBTimestampSecondsValue) return value.seconds * MICROSECONDS * MICROSECONDS;
  if (value instanceof api.DuckDBTimestampNanosecondsValue) return value.nanos / MICROSECONDS;
  return null;
}

/** Infinity, and years that JavaScript does not have, stay as DuckDB shows them. */
function isoTime(micros: bigint, shown: string): string {
  const date = new Date(Number(micros / MICROSECONDS));
  return Number.isNaN(date.getTime()) ? shown : date.toISOString();
}

/** Fifteen digits are what a number surely holds. */
function decimal(text: string): number | string {
  return text.replace(/\D/g, '').length <= 15 ? Number(text) : text;
}
