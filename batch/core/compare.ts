import type { ResourceRecord } from '../contract/record.js';

/** One value that differs. A path such as `properties.State.Name` or `tags["a.b"]`; null: not there. */
export interface ValueChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What differs between two records of one resource: tags, state and properties, the parts that `content_hash` covers.
 * Pure.
 *
 * @param skipped paths below `properties` that say nothing: volatile ones, and parts that were not read on either side
 */
export function compareRecords(
  before: ResourceRecord,
  after: ResourceRecord,
  skipped: readonly string[],
): ValueChange[] {
  const changes: ValueChange[] = [];
  // Tags that could not be read are null; none are {}.
  if (before.tags !== null && after.tags !== null) compareValues('tags', before.tags, after.tags, changes);
  compareValues('state', before.state, after.state, changes);
  compareValues('properties', before.properties, after.properties, changes);
  const silent = skipped.map((path) => `properties.${path}`);
  return changes.filter(({ path }) => {
    const plain = path.replaceAll(/\[\d+\]/g, '');
    return !silent.some(
      (prefix) => plain === prefix || plain.startsWith(`${prefix}.`) || plain.startsWith(`${prefix}[`),
    );
  });
}

function compareValues(path: string, before: unknown, after: unknown, changes: ValueChange[]): void {
  if ((before ?? null) === (after ?? null)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1)
      compareValues(`${path}[${index}]`, before[index], after[index], changes);
  } else if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compareValues(`${path}${step(key)}`, own(before, key), own(after, key), changes);
  } else {
    changes.push({ path, before: before ?? null, after: after ?? null });
  }
}

/** A key that is no plain word is put into brackets, so that a path can be read in one way only. */
function step(key: string): string {
  return /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
