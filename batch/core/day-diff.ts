import type { Store } from '../store/store.js';
import { type Change, diffManifests } from './diff.js';
import type { Manifest, ResourceType, Scope } from './model.js';
import { listSnapshots, type Snapshot, truthOf } from './snapshots.js';

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

/** Every day that something was published on, in order. */
export function daysOf(snapshots: readonly Snapshot[]): string[] {
  return [...new Set(snapshots.map(({ date }) => date))].sort();
}

/** The changes of every scope that has a ledger on one of the two days. */
export async function* diffDays(
  store: Store,
  snapshots: readonly Snapshot[],
  { from, to }: { readonly from: string; readonly to: string },
  catalog: readonly ResourceType[],
): AsyncIterable<Change> {
  const scopes = new Map(
    snapshots.filter(({ date }) => date === from || date === to).map(({ scope }) => [JSON.stringify(scope), scope]),
  );
  for (const scope of scopes.values()) {
    const before = await truthAt(store, scope, from);
    yield* diffManifests(store, before, await truthAt(store, scope, to), volatilePaths(catalog));
  }
}

/** The changes from the scope's last day before the manifest's to the manifest; null: there is no such day. */
export async function changesSince(
  store: Store,
  manifest: Manifest,
  catalog: readonly ResourceType[],
): Promise<AsyncIterable<Change> | null> {
  const { tenant, account_id: accountId, region, date } = manifest;
  const earlier: Snapshot[] = [];
  for await (const snapshot of listSnapshots(store, tenant)) {
    const { scope } = snapshot;
    if (snapshot.date < date && scope.accountId === accountId && scope.region === region) earlier.push(snapshot);
  }
  const last = daysOf(earlier).at(-1);
  if (last === undefined) return null;
  const before = await truthAt(store, { tenant, accountId, region }, last);
  return diffManifests(store, before, manifest, volatilePaths(catalog));
}

/** A damaged manifest counts as none: what it covered is unknown. */
async function truthAt(store: Store, scope: Scope, date: string): Promise<Manifest | null> {
  return (await truthOf(store, { scope, date })).manifest;
}

function volatilePaths(catalog: readonly ResourceType[]): (resourceType: string) => readonly string[] {
  const paths = new Map(catalog.map(({ type, volatile }) => [type, volatile]));
  return (resourceType) => paths.get(resourceType) ?? [];
}
