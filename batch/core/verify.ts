import { RETENTION } from '../contract/retention.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { manifestFolder, projectionKey } from './layout.js';
import { manifestNames } from './ledger.js';
import type { LedgerUnit } from './model.js';
import { lagInDepth } from './projection.js';
import { type Ledger, ledgerOf, type Snapshot, truthOf } from './snapshots.js';
import { countRecords, fileProblem } from './unit-file.js';

const DAY_MS = 86_400_000;

/** What became of a file that a snapshot has or should have. */
export type Finding =
  | { readonly kind: 'sound' | 'expired'; readonly file: string }
  /** `lagging`: the day's Parquet file is not that of the manifest. It can be rendered again, and nothing is lost. */
  | { readonly kind: 'damaged' | 'lagging'; readonly file: string; readonly problem: string };

/**
 * Hashes and counts again all that the manifests of a snapshot name, and looks at what was rendered from the last one.
 *
 * @param now where the lifecycle of a bucket takes files away; null where nothing does
 */
export async function* verifySnapshot(store: Store, snapshot: Snapshot, now: Date | null): AsyncIterable<Finding> {
  const { scope, date } = snapshot;
  let truth: Ledger | null = null;
  const fates = new Map<string, Finding['kind']>();
  for (const name of await manifestNames(store, scope, date)) {
    truth = await ledgerOf(store, snapshot, name);
    yield finding(`${manifestFolder(scope, date)}/${name}`, truth.damage?.problem ?? null);
    for (const unit of truth.manifest?.units ?? []) {
      if (unit.file === null) continue;
      const key = keyOf(unit);
      if (fates.has(key)) continue;
      const found = await verifyUnit(store, unit, unit.file, now);
      fates.set(key, found.kind);
      yield found;
    }
  }
  if (truth === null) return;
  const file = projectionKey(scope, date);
  yield verifyProjection(store, snapshot, file, truth, { now, fates }).catch((error: unknown) => {
    if (!(error instanceof StoreUnavailable)) throw error;
    // As with a unit file: what is in its place hides nothing of the rest.
    return finding(file, `the file cannot be read: ${error.message}`);
  });
}

/** Carried and reused units stand in many manifests; what differs between those is the ledger, not the file. */
function keyOf({ file, sha256, bytes, count }: LedgerUnit): string {
  return JSON.stringify([file, sha256, bytes, count]);
}

function finding(file: string, problem: string | null): Finding {
  return problem === null ? { kind: 'sound', file } : { kind: 'damaged', file, problem };
}

/** It is gone, and old enough: the lifecycle takes nothing away before so many days are over. */
async function isExpired(store: Store, file: string, madeAt: string, days: number, now: Date | null): Promise<boolean> {
  if (now === null || now.getTime() - Date.parse(madeAt) <= days * DAY_MS) return false;
  return (await store.version(file)) === null;
}

async function verifyUnit(store: Store, unit: LedgerUnit, file: string, now: Date | null): Promise<Finding> {
  if (await isExpired(store, file, unit.finished_at, RETENTION.unitDays, now)) return { kind: 'expired', file };
  const problem = await fileProblem(store, file, unit);
  if (problem !== null) return finding(file, problem);
  const count = await countRecords(store, file).catch(() => null);
  const said = `the file has ${count ?? 'unreadable'} records, the ledger says ${unit.count}`;
  return finding(file, count === unit.count ? null : said);
}

/** The Parquet file of a day that is over for so long that it was taken away. */
export async function isProjectionExpired(
  store: Store,
  file: string,
  { manifest }: Ledger,
  now: Date | null,
): Promise<boolean> {
  return manifest !== null && isExpired(store, file, manifest.committed_at, RETENTION.dailyDays, now);
}

async function verifyProjection(
  store: Store,
  snapshot: Snapshot,
  file: string,
  seen: Ledger,
  { now, fates }: { readonly now: Date | null; readonly fates: ReadonlyMap<string, Finding['kind']> },
): Promise<Finding> {
  let truth = seen;
  let lag = await lagInDepth(store, file, truth);
  if (lag?.isAbove) {
    // Either it came since, or its manifest, which was the truth, is not there any more.
    truth = await truthOf(store, snapshot);
    lag = await lagInDepth(store, file, truth);
    if (lag?.isAbove) return finding(file, `${lag.reason}: a manifest is missing`);
  }
  if (truth.manifest === null) return { kind: 'lagging', file, problem: 'the manifest is damaged' };
  if (await isProjectionExpired(store, file, truth, now)) return { kind: 'expired', file };
  if (lag === null) return finding(file, null);
  const found = new Set(truth.manifest.units.map((unit) => fates.get(keyOf(unit))));
  if (found.has('expired')) return finding(file, `${lag.reason}, and unit files that it was made from have expired`);
  if (found.has('damaged')) return finding(file, `${lag.reason}, and unit files that it was made from are damaged`);
  return { kind: 'lagging', file, problem: lag.reason };
}
