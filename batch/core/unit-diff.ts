import type { ResourceRecord } from '../contract/record.js';
import type { Store } from '../store/store.js';
import { compareRecords, type ValueChange } from './compare.js';
import { FormerState } from './former-state.js';
import type { LedgerUnit, ResourceType } from './model.js';
import { ruleTree } from './path-rules.js';
import { readRecords } from './records.js';

/** What became of one resource. */
export type ResourceChange =
  | { readonly kind: 'created' | 'deleted'; readonly record: ResourceRecord }
  | { readonly kind: 'changed'; readonly record: ResourceRecord; readonly changes: readonly ValueChange[] };

/** Property paths of a resource type that a comparison has to know. */
export type ComparedPaths = Pick<ResourceType, 'volatile' | 'unordered'>;

/** Changed resources that are held at a time while their former state is looked up. */
const WINDOW = 2000;

/**
 * What differs between two files of a unit. Held are 18 bytes for each former resource and a window of changed ones. The
 * former file is read twice, and once more where something is gone or for each window that is not in its order.
 *
 * @param paths what the resource type's row says about its properties
 */
export async function* diffUnits(
  store: Store,
  from: LedgerUnit,
  to: LedgerUnit,
  paths: ComparedPaths,
): AsyncIterable<ResourceChange> {
  const former = new FormerState(`${from.sha256} ${to.sha256}`, from.count ?? 0);
  for await (const record of recordsOf(store, from)) former.add(record);
  const compare = comparison([from, to], paths);
  const later = recordsOf(store, to);
  const window = new Map<string, ResourceRecord>();
  try {
    yield* fill(window, later, former);
    while (window.size > 0) {
      const sought = [...window.keys()];
      for await (const before of recordsOf(store, from)) {
        const after = window.get(before.resource_id);
        if (after === undefined) continue;
        window.delete(before.resource_id);
        former.meet(before);
        yield* compare(before, after);
        yield* fill(window, later, former);
      }
      yield* strangers(window, sought);
      yield* fill(window, later, former);
    }
  } finally {
    await later.return(undefined);
  }
  if (former.allMet) return;
  for await (const record of recordsOf(store, from)) {
    if (former.wasMet(record)) continue;
    former.meet(record);
    yield { kind: 'deleted', record };
  }
}

/** Reads on until the window is full of changed resources. */
async function* fill(
  window: Map<string, ResourceRecord>,
  later: AsyncIterator<ResourceRecord>,
  former: FormerState,
): AsyncIterable<ResourceChange> {
  while (window.size < WINDOW) {
    const { done, value: record } = await later.next();
    if (done === true) return;
    const state = former.stateOf(record);
    if (state === 'new') yield { kind: 'created', record };
    else if (state === 'same') former.meet(record);
    else window.set(record.resource_id, record);
  }
}

/** What was sought in the whole former file and is not there: its digest was that of another resource. */
function* strangers(window: Map<string, ResourceRecord>, sought: readonly string[]): Iterable<ResourceChange> {
  for (const id of sought) {
    const record = window.get(id);
    window.delete(id);
    if (record !== undefined) yield { kind: 'created', record };
  }
}

/** What differs between two states of a resource; nothing where that is only what was not read or changes by itself. */
function comparison(units: readonly LedgerUnit[], { volatile, unordered }: ComparedPaths) {
  const unread = unreadParts(units);
  const usual = ruleTree({ skipped: volatile, unordered });
  return function* (before: ResourceRecord, after: ResourceRecord): Iterable<ResourceChange> {
    const parts = unread.get(after.resource_id);
    const rule = parts === undefined ? usual : ruleTree({ skipped: [...volatile, ...parts], unordered });
    const changes = compareRecords(before, after, rule);
    if (changes.length > 0) yield { kind: 'changed', record: after, changes };
  };
}

/** Resource → details of it that were not read in one of the units. */
function unreadParts(units: readonly LedgerUnit[]): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const { part, resource_ids } of units.flatMap(({ unread }) => unread))
    for (const id of resource_ids) parts.set(id, [...(parts.get(id) ?? []), part]);
  return parts;
}

async function* recordsOf(store: Store, unit: LedgerUnit): AsyncGenerator<ResourceRecord> {
  if (unit.file !== null) yield* readRecords(store, unit.file);
}
