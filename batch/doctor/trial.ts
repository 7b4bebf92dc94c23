import type { Identity, ListedItem, Place, Problem, Reading, Source, Unit } from '../core/model.js';
import { abortable } from '../core/stop.js';
import type { CatalogRow, Detail } from '../services/define.js';

/** What became of one action. `on` names the resource whose detail was asked for. */
export interface Finding {
  readonly action: string;
  /** `empty`: there was nothing to try it on. `unneeded`: the list had told it already, so no call was made. */
  readonly result: 'allowed' | 'empty' | 'unneeded' | Problem;
  readonly on: string | null;
}

/**
 * Tries the actions of a row by having the source read it as a run would, but only the first page and the details of
 * only the first resource. Details whose action is `known` are left out.
 */
export async function tryRow(
  unit: Unit & { readonly resourceType: CatalogRow },
  known: ReadonlySet<string>,
  source: Source,
  identity: Identity,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { listActions, details } = unit.resourceType;
  const asked = details.filter(({ action }) => !known.has(action) && !listActions.includes(action));
  const row = { ...unit.resourceType, details: asked };
  const { reading, called, asking } = readFirst({ ...unit, resourceType: row }, source, identity, signal);
  const items: ListedItem[] = [];
  try {
    for await (const page of abortable(reading.pages(), signal)) items.push(...page);
  } catch (error) {
    signal.throwIfAborted();
    const problem = source.classify(error);
    const detail = asking();
    if (detail === null) return listActions.map((action) => ({ action, result: problem, on: null }));
    // In a detail only what concerns every call ends the reading, such as credentials that have just expired.
    return [...allowed(listActions), { action: detail.action, result: problem, on: null }];
  }
  return [...allowed(listActions), ...detailFindings(row, items[0], called, { ...identity, region: unit.region })];
}

/** Its `called` names the parts for which a request was sent, `asking` the detail that is being read or was last. */
function readFirst(
  unit: Unit & { readonly resourceType: CatalogRow },
  source: Source,
  identity: Identity,
  signal: AbortSignal,
): { readonly reading: Reading; readonly called: ReadonlySet<string>; readonly asking: () => Detail | null } {
  const row = unit.resourceType;
  const called = new Set<string>();
  let asking: Detail | null = null;
  const watched = (detail: Detail): Detail => ({
    ...detail,
    read: async (access, item) => {
      asking = detail;
      const before = reading.calls().sent;
      try {
        return await detail.read(access, item);
      } finally {
        if (reading.calls().sent > before) called.add(detail.part);
      }
    },
  });
  const first: CatalogRow = {
    ...row,
    list: (access) => firstItem(row.list(access)),
    details: row.details.map(watched),
  };
  const reading = source.read({ ...unit, resourceType: first }, identity, signal);
  return { reading, called, asking: () => asking };
}

async function* firstItem<T>(pages: AsyncIterable<readonly T[]>): AsyncIterable<readonly T[]> {
  for await (const page of pages) {
    yield page.slice(0, 1);
    return;
  }
}

function allowed(actions: readonly string[]): Finding[] {
  return actions.map((action) => ({ action, result: 'allowed', on: null }));
}

function detailFindings(
  row: CatalogRow,
  listed: ListedItem | undefined,
  called: ReadonlySet<string>,
  place: Place,
): Finding[] {
  return row.details.map(({ action, part }) => {
    if (listed === undefined) return { action, result: 'empty', on: null };
    const problem = listed.unread.find((one) => one.part === part)?.problem;
    const result = called.has(part) ? (problem ?? 'allowed') : 'unneeded';
    return { action, result, on: nameOf(row, listed.item, place) };
  });
}

/** The resource's id; null where it cannot be told (the record is made of more than what was read here). */
function nameOf(row: CatalogRow, item: unknown, place: Place): string | null {
  try {
    return row.normalize(item, place).id;
  } catch {
    return null;
  }
}
