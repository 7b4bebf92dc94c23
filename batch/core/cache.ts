import type { Store } from '../store/store.js';
import { runIdOfSeal, unitDataKey, unitFolder, unitSealKey } from './layout.js';
import type { LedgerUnit, Manifest, Scope, Unit } from './model.js';
import type { Log } from './ports.js';
import type { RunConfig } from './run-config.js';
import { countRecords, fileProblem, parseSeal, readJson, reasonOf, type UnitSeal } from './unit-file.js';

/** What a unit file must be to be reused: begun after the TTL and the schedule slot, and not in the future. */
export interface CachePolicy {
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Of a redrive: what was sealed under the token of a failure, or a lower one, was not read since. */
  readonly failures?: RunConfig['failures'];
}

/** Where a unit belongs, and the truth that its scope had on that day when the run began; null: none. */
export interface CachePlace {
  readonly scope: Scope;
  readonly date: string;
  readonly truth: Manifest | null;
}

/**
 * The newest complete unit file of the same target date that the policy allows, as a row of the ledger; null when the
 * unit has to be read. Newest by fencing token: what a run finished that began after the truth and did not commit, else
 * what the truth names. All other files are older than the truth, whatever a clock says, or of a run that was fenced
 * off by it. A damaged file is a warning and no hit.
 */
export async function findReusable(
  store: Store,
  log: Log,
  place: CachePlace,
  unit: Unit,
  policy: CachePolicy,
): Promise<LedgerUnit | null> {
  const resourceType = unit.resourceType.type;
  const folder = unitFolder(place.scope, place.date, resourceType);
  const damaged = (reason: string) =>
    log.write('warn', 'cache.damaged', { resource_type: resourceType, region: unit.region, reason });
  const seals: UnitSeal[] = [];
  for (const name of await store.list(folder)) {
    const runId = runIdOfSeal(name);
    if (runId === null) continue;
    try {
      seals.push(parseSeal(await readJson(store, unitSealKey(folder, runId))));
    } catch (error) {
      damaged(`${name}: ${reasonOf(error)}`);
    }
  }
  const failedUnder = policy.failures?.get(resourceType);
  const isFresh = (begun: Date) => begun >= policy.notBefore && begun <= policy.notAfter;
  const usable = seals
    .filter((seal) => seal.status === 'complete' && isFresh(new Date(seal.started_at)))
    .filter((seal) => isCurrent(seal, unitDataKey(folder, seal.run_id), place.truth, failedUnder))
    .sort((a, b) => b.fencing_token - a.fencing_token || (a.finished_at < b.finished_at ? 1 : -1));
  for (const seal of usable) {
    const file = unitDataKey(folder, seal.run_id);
    const problem = (await fileProblem(store, file, seal)) ?? (await countProblem(store, file, seal));
    if (problem === null) return reusedRow(resourceType, file, seal);
    damaged(problem);
  }
  return null;
}

function isCurrent(seal: UnitSeal, file: string, truth: Manifest | null, failedUnder: number | undefined): boolean {
  if (failedUnder !== undefined && seal.fencing_token <= failedUnder) return false;
  if (truth === null || seal.fencing_token > truth.fencing_token) return true;
  // With an error, the truth names what could not be read anew: to a redrive, that is another failure.
  return truth.units.some(({ file: named, error }) => named === file && (failedUnder === undefined || error === null));
}

async function countProblem(store: Store, file: string, seal: UnitSeal): Promise<string | null> {
  const count = await countRecords(store, file).catch(() => null);
  return count === seal.count ? null : `${file} has ${count ?? 'unreadable'} records, not ${seal.count}`;
}

function reusedRow(resourceType: string, file: string, seal: UnitSeal): LedgerUnit {
  return {
    resource_type: resourceType,
    status: seal.status,
    origin: 'reused',
    run_id: seal.run_id,
    count: seal.count,
    bytes: seal.bytes,
    file,
    sha256: seal.sha256,
    api_calls: seal.api_calls,
    started_at: seal.started_at,
    finished_at: seal.finished_at,
    error: null,
    unread: seal.unread,
    accepted: false,
  };
}
