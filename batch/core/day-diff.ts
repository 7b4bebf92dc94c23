import type { Store } from '../store/store.js';
import { type Change, type DiffScope, diffLedgers, type LedgerOfDay } from './diff.js';
import { GLOBAL_REGION, type ResourceType, type Scope } from './model.js';
import { datesOf, lastDayBefore, listSnapshots, type Snapshot, truthOf } from './snapshots.js';

/** `unknown` counts units, the others resources. */
export interface ChangeCounts {
  readonly created: number;
  readonly deleted: number;
  readonly changed: number;
  readonly unknown: number;
}

export function countChanges(): { readonly counts: ChangeCounts; add(change: Change): void } {
  const counts = { created: 0, deleted: 0, changed: 0, unknown: 0 };
  return {
    counts,
    add({ kind }) {
      counts[kind] += 1;
    },
  };
}

/** Two days, each with the scopes that have a ledger on it: at least one each. */
export interface TwoDays {
  readonly from: string;
  readonly to: string;
  readonly snapshots: readonly Snapshot[];
}

/**
 * The days that are asked for, by default the last one and the one before it. Only the scopes of `region` count, where
 * one is given. Looks at no more days than it has to: there may be years of them. null: there are no such two.
 */
export async function twoDays(
  store: Store,
  tenant: string,
  {
    from,
    to,
    region,
  }: { readonly from?: string | undefined; readonly to?: string | undefined; readonly region?: string | undefined },
): Promise<TwoDays | null> {
  const dates = await datesOf(store, tenant);
  const on = async (day: string | undefined, before?: string): Promise<readonly Snapshot[]> => {
    const candidates =
      day === undefined ? dates.filter((date) => before === undefined || date < before).reverse() : [day];
    for (const date of candidates) {
      const snapshots = await snapshotsOf(store, tenant, region, date);
      if (snapshots.length > 0) return snapshots;
    }
    return [];
  };
  const later = await on(to);
  const last = later[0]?.date;
  const earlier = last === undefined ? [] : await on(from, last);
  const first = earlier[0]?.date;
  if (last === undefined || first === undefined) return null;
  return { from: first, to: last, snapshots: [...earlier, ...later] };
}

/** Every day that something was published on, in order. */
export async function publishedDays(store: Store, tenant: string, region: string | undefined): Promise<string[]> {
  const snapshots = await snapshotsOf(store, tenant, region);
  return [...new Set(snapshots.map(({ date }) => date))];
}

async function snapshotsOf(store: Store, tenant: string, region?: string, day?: string): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for await (const snapshot of listSnapshots(store, tenant, day))
    if (region === undefined || snapshot.scope.region === region) snapshots.push(snapshot);
  return snapshots;
}

/** The changes of every scope that has a ledger on one of the two days. */
export async function* diffDays(
  store: Store,
  { from, to, snapshots }: TwoDays,
  catalog: readonly ResourceType[],
): AsyncIterable<Change> {
  const scopes = new Map(snapshots.map(({ scope }) => [JSON.stringify(scope), scope]));
  for (const scope of scopes.values()) {
    const before = await ledgerAt(store, scope, from);
    yield* diffLedgers(store, before, await ledgerAt(store, scope, to), diffScope(scope, catalog));
  }
}

/** The changes of a scope from the last day before this one that it has; null: there is no such day. */
export async function changesSince(
  store: Store,
  { scope, date }: Snapshot,
  catalog: readonly ResourceType[],
): Promise<AsyncIterable<Change> | null> {
  const last = await lastDayBefore(store, scope, date);
  if (last === null) return null;
  const before = await ledgerAt(store, scope, last);
  return diffLedgers(store, before, await ledgerAt(store, scope, date), diffScope(scope, catalog));
}

async function ledgerAt(store: Store, scope: Scope, date: string): Promise<LedgerOfDay> {
  const { manifest, damage } = await truthOf(store, { scope, date });
  return { manifest, problem: damage === null ? null : `${damage.file}: ${damage.problem}` };
}

function diffScope({ accountId, region }: Scope, catalog: readonly ResourceType[]): DiffScope {
  const kind = region === GLOBAL_REGION ? 'global' : 'regional';
  const types = catalog.filter(({ scope }) => scope === kind).map(({ type }) => type);
  const rows = new Map(catalog.map((row) => [row.type, row]));
  return { accountId, region, types, pathsOf: (type) => rows.get(type) ?? { volatile: [], unordered: [] } };
}
