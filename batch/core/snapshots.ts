import { type Store, StoreUnavailable } from '../store/store.js';
import { ACCOUNT_NAME, daysFolder, isDateName, manifestFolder, REGION_NAME, tokenOfName } from './layout.js';
import { manifestNames, readHashedManifest } from './ledger.js';
import { GLOBAL_REGION, type Manifest, type Scope } from './model.js';

/** A scope that has manifests on a day. */
export interface Snapshot {
  readonly scope: Scope;
  readonly date: string;
}

/** Every day and scope of a tenant that something was published for, by date, account and region; or those of a day. */
export async function* listSnapshots(store: Store, tenant: string, day?: string): AsyncIterable<Snapshot> {
  const root = daysFolder(tenant);
  const isRegion = (name: string) => name === GLOBAL_REGION || REGION_NAME.test(name);
  for (const date of day === undefined ? await datesOf(store, tenant) : [day]) {
    const accounts = await store.list(`${root}/${date}`);
    for (const accountId of accounts.filter((name) => ACCOUNT_NAME.test(name))) {
      for (const region of (await store.list(`${root}/${date}/${accountId}`)).filter(isRegion)) {
        const scope = { tenant, accountId, region };
        // A run that was killed just before its commit leaves a folder without a manifest.
        if ((await manifestNames(store, scope, date)).length > 0) yield { scope, date };
      }
    }
  }
}

/** The days of a tenant in order, also those on which no run came to its commit. */
export async function datesOf(store: Store, tenant: string): Promise<string[]> {
  return (await store.list(daysFolder(tenant))).filter(isDateName);
}

/** The last day before this one that a scope has manifests on, null when there is none. */
export async function lastDayBefore(store: Store, scope: Scope, date: string): Promise<string | null> {
  const days = (await datesOf(store, scope.tenant)).filter((day) => day < date);
  for (const day of days.reverse()) if ((await manifestNames(store, scope, day)).length > 0) return day;
  return null;
}

/** What is wrong with a snapshot: a manifest or a file that is not what the ledger says. */
export interface Damage {
  readonly date: string;
  readonly region: string;
  readonly file: string;
  readonly problem: string;
}

/** A manifest of a snapshot; of a damaged one, what is wrong with it. `sha256` (hex) is of its file. */
export type Ledger =
  | { readonly manifest: Manifest; readonly sha256: string; readonly damage: null }
  | { readonly manifest: null; readonly damage: Damage | null };

/** The truth of a day, the manifest with the highest token. `damage` null and no manifest: there is none. */
export async function truthOf(store: Store, snapshot: Snapshot): Promise<Ledger> {
  const name = (await manifestNames(store, snapshot.scope, snapshot.date)).at(-1);
  return name === undefined ? { manifest: null, damage: null } : ledgerOf(store, snapshot, name);
}

/** The manifest of this file name. One that was copied or renamed is no ledger. */
export async function ledgerOf(store: Store, snapshot: Snapshot, name: string): Promise<Ledger> {
  const { scope, date } = snapshot;
  const file = `${manifestFolder(scope, date)}/${name}`;
  const damaged = (problem: string) => ({
    manifest: null,
    damage: { date, region: scope.region, file, problem },
  });
  const token = tokenOfName(name);
  if (token === null) return damaged('the name is not that of a manifest');
  try {
    const { manifest, sha256 } = await readHashedManifest(store, file);
    const problem = displacement(manifest, snapshot, token);
    return problem === null ? { manifest, sha256, damage: null } : damaged(problem);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return damaged(error.message);
  }
}

/** Where a manifest says that it belongs, as far as it lies elsewhere. */
function displacement(manifest: Manifest, { scope, date }: Snapshot, token: number): string | null {
  const { tenant, accountId: account_id, region } = scope;
  const differences = Object.entries({ tenant, account_id, region, date, fencing_token: token })
    .map(([field, lies]) => ({ field, lies, says: manifest[field as keyof Manifest] }))
    .filter(({ lies, says }) => says !== lies)
    .map(({ field, lies, says }) => `the manifest says ${field} ${says}, its place ${lies}`);
  return differences.length === 0 ? null : differences.join('; ');
}
