import type { ResourceRecord } from '../contract/record.js';
import { pairElements } from './list-pairs.js';
import { NO_RULE, type PathRule, ruleBelow } from './path-rules.js';
import { isObject } from './stable-text.js';

/** One value that differs. A path such as `properties.State.Name` or `tags["a.b"]`; null: not there. */
export interface ValueChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What differs between two records of one resource: tags, state and properties, the parts that `content_hash` covers.
 * The index in a path is that of the later list, or of the former one where the element is gone. Pure.
 *
 * @param properties what is known about the places in them
 */
export function compareRecords(before: ResourceRecord, after: ResourceRecord, properties: PathRule): ValueChange[] {
  const changes: ValueChange[] = [];
  const compare = (path: 'tags' | 'state' | 'properties', rule: PathRule) =>
    compareValues({ path, rule }, before[path], after[path], changes);
  // Tags that could not be read are null; none are {}.
  if (before.tags !== null && after.tags !== null) compare('tags', NO_RULE);
  compare('state', NO_RULE);
  compare('properties', properties);
  return changes;
}

interface Place {
  readonly path: string;
  readonly rule: PathRule;
}

function compareValues({ path, rule }: Place, before: unknown, after: unknown, changes: ValueChange[]): void {
  if (rule.skipped || (before ?? null) === (after ?? null)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists({ path, rule }, before, after, changes);
  } else if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      const place = { path: `${path}${step(key)}`, rule: ruleBelow(rule, key) };
      compareValues(place, own(before, key), own(after, key), changes);
    }
  } else {
    changes.push({ path, before: before ?? null, after: after ?? null });
  }
}

/** What is created, deleted and changed in a list; a list that was in another order, where that says something, as a whole. */
function compareLists({ path, rule }: Place, before: unknown[], after: unknown[], changes: ValueChange[]): void {
  // Most lists are as they were, and this says so at a fraction of the cost.
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const { changed, deleted, created, moved } = pairElements(before, after, rule);
  if (moved && !rule.unordered) {
    changes.push({ path, before, after });
    return;
  }
  const told = [
    ...changed.map(([{ value }, later]) => ({ index: later.index, was: value, is: later.value })),
    ...deleted.map(({ index, value }) => ({ index, was: value, is: null })),
    ...created.map(({ index, value }) => ({ index, was: null, is: value })),
  ];
  for (const { index, was, is } of told.sort((a, b) => a.index - b.index))
    compareValues({ path: `${path}[${index}]`, rule }, was, is, changes);
}

/** A key that is no plain word is put into brackets, so that a path can be read in one way only. */
function step(key: string): string {
  return /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
