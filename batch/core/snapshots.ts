import type { Store } from '../store/store.js';
import { manifestFolder, tokenOfName } from './layout.js';
import { latestManifest, readManifest } from './ledger.js';
import type { LedgerUnit, Manifest, Scope } from './model.js';
import { countRecords, fileProblem } from './unit-file.js';

/** A scope that has manifests on a day. */
export interface Snapshot {
  readonly scope: Scope;
  readonly date: string;
}

/** Every day and scope of a tenant that something was published for, by date, account and region. */
export async function* listSnapshots(store: Store, tenant: string): AsyncIterable<Snapshot> {
  const root = `${tenant}/manifests`;
  for (const date of await store.list(root)) {
    for (const accountId of await store.list(`${root}/${date}`)) {
      for (const region of await store.list(`${root}/${date}/${accountId}`))
        yield { scope: { tenant, accountId, region }, date };
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

/** The truth of a day: the manifest with the highest token. Throws when it cannot be understood. */
export async function truthOf(store: Store, { scope, date }: Snapshot): Promise<Manifest | null> {
  return latestManifest(store, scope, date);
}

/** Hashes and counts again all that the manifests of a snapshot name. */
export async function* verifySnapshot(
  store: Store,
  { scope, date }: Snapshot,
): AsyncIterable<{ readonly file: string; readonly damage: Damage | null }> {
  const folder = manifestFolder(scope, date);
  const known = new Map<string, string | null>();
  for (const name of await store.list(folder)) {
    const file = `${folder}/${name}`;
    const about = (at: string, problem: string | null) => ({
      file: at,
      damage: problem === null ? null : { date, region: scope.region, file: at, problem },
    });
    const manifest = tokenOfName(name) === null ? null : await readManifest(store, file).catch(() => null);
    yield about(file, manifest === null ? 'the manifest cannot be understood' : null);
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

async function unitProblem(store: Store, unit: LedgerUnit, file: string): Promise<string | null> {
  const problem = await fileProblem(store, file, unit);
  if (problem !== null) return problem;
  const count = await countRecords(store, file).catch(() => null);
  return count === unit.count ? null : `the file has ${count ?? 'unreadable'} records, the ledger says ${unit.count}`;
}
