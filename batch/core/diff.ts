import type { ResourceRecord } from '../contract/record.js';
import type { Store } from '../store/store.js';
import { compareRecords, type ValueChange } from './compare.js';
import { DigestTable, MARK } from './digest-table.js';
import { isWhole } from './ledger.js';
import type { LedgerUnit, Manifest } from './model.js';
import { readRecords } from './records.js';

/** What became of one resource, or a unit of which that cannot be said. */
export type Change =
  | { readonly kind: 'created' | 'deleted'; readonly record: ResourceRecord }
  | { readonly kind: 'changed'; readonly record: ResourceRecord; readonly changes: readonly ValueChange[] }
  | { readonly kind: 'unknown'; readonly unit: UnknownUnit };

/** A unit that was not read whole on both days. A status of null: not in that day's ledger. */
interface UnknownUnit {
  readonly account_id: string;
  readonly region: string;
  readonly resource_type: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Changed resources that are held at a time while their former state is looked up. */
const BATCH = 5000;

/**
 * From one ledger of a scope to another. What was not read whole on both sides is unknown, never deleted. No more is
 * held than 40 bytes a resource of one unit, and a batch of records.
 *
 * @param volatileOf property paths of a resource type that change by themselves
 */
export async function* diffManifests(
  store: Store,
  before: Manifest | null,
  after: Manifest | null,
  volatileOf: (resourceType: string) => readonly string[],
): AsyncIterable<Change> {
  const head = after ?? before;
  if (head === null) return;
  const [old, now] = [before, after].map(
    (manifest) => new Map(manifest?.units.map((unit) => [unit.resource_type, unit])),
  );
  const types = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  for (const resource_type of types) {
    const [from, to] = [old?.get(resource_type), now?.get(resource_type)];
    if (from === undefined || to === undefined || !isWhole(from) || !isWhole(to)) {
      const { account_id, region } = head;
      const statuses = { before: from?.status ?? null, after: to?.status ?? null };
      yield { kind: 'unknown', unit: { account_id, region, resource_type, ...statuses } };
    } else if (from.sha256 !== to.sha256 || from.sha256 === null) {
      yield* diffUnits(store, from, to, volatileOf(resource_type));
    }
  }
}

async function* diffUnits(
  store: Store,
  from: LedgerUnit,
  to: LedgerUnit,
  volatile: readonly string[],
): AsyncIterable<Change> {
  const table = new DigestTable(from.count ?? 0);
  for await (const record of recordsOf(store, from)) table.add(keyOf(record), record.content_hash);
  let changed: ResourceRecord[] = [];
  const compare = differences(store, from, to, volatile);
  for await (const record of recordsOf(store, to)) {
    const entry = table.get(keyOf(record));
    if (entry === null) yield { kind: 'created', record };
    else if (entry.hasContent(record.content_hash)) entry.set(MARK.seen);
    else {
      entry.set(MARK.changed);
      changed.push(record);
    }
    if (changed.length < BATCH) continue;
    yield* compare(changed);
    changed = [];
  }
  if (changed.length > 0) yield* compare(changed);
  for await (const record of recordsOf(store, from)) {
    if (table.get(keyOf(record))?.mark === MARK.none) yield { kind: 'deleted', record };
  }
}

/** Looks up the former state of a batch of resources and says what differs. */
function differences(store: Store, from: LedgerUnit, to: LedgerUnit, volatile: readonly string[]) {
  const unread = unreadParts([from, to]);
  return async function* (batch: readonly ResourceRecord[]): AsyncIterable<Change> {
    const wanted = new Map(batch.map((record) => [keyOf(record), record]));
    for await (const before of recordsOf(store, from)) {
      const record = wanted.get(keyOf(before));
      if (record === undefined) continue;
      const skipped = [...volatile, ...(unread.get(record.resource_id) ?? [])];
      const changes = compareRecords(before, record, skipped);
      // Only what was not read differs: nothing is known to have changed.
      if (changes.length > 0) yield { kind: 'changed', record, changes };
    }
  };
}

/** Resource → details of it that were not read in one of the units. */
function unreadParts(units: readonly LedgerUnit[]): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const { part, resource_ids } of units.flatMap(({ unread }) => unread))
    for (const id of resource_ids) parts.set(id, [...(parts.get(id) ?? []), part]);
  return parts;
}

async function* recordsOf(store: Store, unit: LedgerUnit): AsyncIterable<ResourceRecord> {
  if (unit.file !== null) yield* readRecords(store, unit.file);
}

/** Unique within a unit. A bucket's region is no part of it: where it could not be read, it is the same bucket still. */
function keyOf({ resource_id }: ResourceRecord): string {
  return resource_id;
}
