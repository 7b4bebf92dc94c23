import { createHash } from 'node:crypto';

/** Values under these keys are credentials wherever AWS puts them. Identifiers of secrets (ARNs) are not. */
const SECRET_KEY = /(password|passwd|secretaccesskey|sessiontoken|authtoken)$/i;
const REDACTED = '***';

/**
 * A value of the SDK as plain JSON: keys sorted, times as ISO strings, bytes as base64, secrets redacted, undefined
 * left out, U+FFFD for half of a surrogate pair. Keys such as `__proto__` stay data.
 */
export function toPlain(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((entry) => toPlain(entry) ?? null);
  if (typeof value === 'object') return plainObject(value);
  return undefined;
}

export function plainObject(value: object): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const plain = SECRET_KEY.test(key) && typeof entry === 'string' ? REDACTED : toPlain(entry);
    if (plain !== undefined) entries.push([key.toWellFormed(), plain]);
  }
  return sortedObject(entries);
}

/** `Object.fromEntries` defines keys instead of assigning them, which is what keeps `__proto__` a plain key. */
export function sortedObject<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** As JSON writes half of a surrogate pair, behind no backslash or pairs of them. Whole pairs stand for themselves. */
const HALF = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON that strict readers take too, with U+FFFD for half of a surrogate pair: earlier versions kept those. */
export function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes('\\ud') ? json.replace(HALF, '$1\ufffd') : json;
}

/** SHA-256 (hex) of plain values whose keys are sorted, the volatile paths (`State.Code`) of `properties` left out. */
export function contentHash(
  tags: Readonly<Record<string, string>> | null,
  state: string | null,
  properties: Readonly<Record<string, unknown>>,
  volatile: readonly string[],
): string {
  const stable = volatile.reduce((object, path) => without(object, path.split('.')), properties);
  return createHash('sha256')
    .update(JSON.stringify([tags, state, stable]))
    .digest('hex');
}

/** A copy without the value at `path`; a path through a list goes through each of its entries. */
function without<T>(value: T, path: readonly string[]): T {
  const [head, ...rest] = path;
  if (head === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((entry) => without(entry, path)) as T;
  const entries = Object.entries(value);
  const kept = rest.length === 0 ? entries.filter(([key]) => key !== head) : entries;
  return Object.fromEntries(kept.map(([key, entry]) => [key, key === head ? without(entry, rest) : entry])) as T;
}
