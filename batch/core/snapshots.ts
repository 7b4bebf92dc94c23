import { type Store, StoreUnavailable } from '../store/store.js';
import { ACCOUNT_NAME, DATE_NAME, manifestFolder, REGION_NAME, tokenOfName } from './layout.js';
import { manifestNames, readManifest } from './ledger.js';
import { GLOBAL_REGION, type LedgerUnit, type Manifest, type Scope } from './model.js';
import { countRecords, fileProblem } from './unit-file.js';

/** A scope that has manifests on a day. */
export interface Snapshot {
  readonly scope: Scope;
  readonly date: string;
}

/** Every day and scope of a tenant that something was published for, by date, account and region. */
export async function* listSnapshots(store: Store, tenant: string): AsyncIterable<Snapshot> {
  const root = `${tenant}/manifests`;
  const isRegion = (name: string) => name === GLOBAL_REGION || REGION_NAME.test(name);
  for (const date of (await store.list(root)).filter((name) => DATE_NAME.test(name))) {
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

/** What is wrong with a snapshot: a manifest or a file that is not what the ledger says. */
export interface Damage {
  readonly date: string;
  readonly region: string;
  readonly file: string;
  readonly problem: string;
}

/** The truth of a day, the manifest with the highest token; of a damaged one, what is wrong with it. */
export async function truthOf(
  store: Store,
  snapshot: Snapshot,
): Promise<{ readonly manifest: Manifest | null; readonly damage: Damage | null }> {
  const { scope, date } = snapshot;
  const name = (await manifestNames(store, scope, date)).at(-1);
  if (name === undefined) return { manifest: null, damage: null };
  const file = `${manifestFolder(scope, date)}/${name}`;
  const { manifest, problem } = await examine(store, snapshot, file, tokenOfName(name));
  return problem === null ? { manifest, damage: null } : { manifest: null, damage: damageOf(snapshot, file, problem) };
}

/** Hashes and counts again all that the manifests of a snapshot name. */
export async function* verifySnapshot(
  store: Store,
  snapshot: Snapshot,
): AsyncIterable<{ readonly file: string; readonly damage: Damage | null }> {
  const { scope, date } = snapshot;
  const known = new Map<string, string | null>();
  const about = (file: string, problem: string | null) => ({
    file,
    damage: problem === null ? null : damageOf(snapshot, file, problem),
  });
  for (const name of await manifestNames(store, scope, date)) {
    const file = `${manifestFolder(scope, date)}/${name}`;
    const { manifest, problem } = await examine(store, snapshot, file, tokenOfName(name));
    yield about(file, problem);
    for (const unit of manifest?.units ?? []) {
      if (unit.file === null) continue;
      // Carried and reused units stand in many manifests; what differs between those is the ledger, not the file.
      const key = JSON.stringify([unit.file, unit.sha256, unit.bytes, unit.count]);
      if (known.has(key)) continue;
      known.set(key, await unitProblem(store, unit, unit.file));
      yield about(unit.file, known.get(key) ?? null);
    }
  }
}

function damageOf({ scope, date }: Snapshot, file: string, problem: string): Damage {
  return { date, region: scope.region, file, problem };
}

/** A manifest and what is wrong with it; null where there is nothing to read of it, or nothing wrong. */
async function examine(
  store: Store,
  snapshot: Snapshot,
  file: string,
  token: number | null,
): Promise<{ readonly manifest: Manifest | null; readonly problem: string | null }> {
  if (token === null) return { manifest: null, problem: 'the name is not that of a manifest' };
  try {
    const manifest = await readManifest(store, file);
    return { manifest, problem: displacement(manifest, snapshot, token) };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { manifest: null, problem: error.message };
  }
}

/** Where a manifest says that it belongs, as far as it lies elsewhere: one that was copied or renamed is no ledger. */
function displacement(manifest: Manifest, { scope, date }: Snapshot, token: number): string | null {
  const { tenant, accountId: account_id, region } = scope;
  const differences = Object.entries({ tenant, account_id, region, date, fencing_token: token })
    .map(([field, lies]) => ({ field, lies, says: manifest[field as keyof Manifest] }))
    .filter(({ lies, says }) => says !== lies)
    .map(({ field, lies, says }) => `the manifest says ${field} ${says}, its place ${lies}`);
  return differences.length === 0 ? null : differences.join('; ');
}

async function unitProblem(store: Store, unit: LedgerUnit, file: string): Promise<string | null> {
  const problem = await fileProblem(store, file, unit);
  if (problem !== null) return problem;
  const count = await countRecords(store, file).catch(() => null);
  return count === unit.count ? null : `the file has ${count ?? 'unreadable'} records, the ledger says ${unit.count}`;
}
