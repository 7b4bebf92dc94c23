import type { Store } from '../store/store.js';
import { runIdOfSeal, unitDataKey, unitFolder, unitSealKey } from './layout.js';
import type { LedgerUnit, Scope, Unit } from './model.js';
import type { Log } from './ports.js';
import { measure, parseSeal, readJson, type UnitSeal } from './unit-file.js';

/** What a unit file must be to be reused: read after `notBefore` (the TTL and the schedule slot). */
export interface CachePolicy {
  readonly notBefore: Date;
}

/**
 * The newest complete unit file of the same target date that the policy allows, as a row of the ledger; null when the
 * unit has to be read. A damaged file is a warning and no hit.
 */
export async function findReusable(
  store: Store,
  log: Log,
  place: { readonly scope: Scope; readonly date: string },
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
      damaged(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const usable = seals
    .filter((seal) => seal.status === 'complete' && new Date(seal.started_at) >= policy.notBefore)
    .sort((a, b) => (a.finished_at < b.finished_at ? 1 : -1));
  for (const seal of usable) {
    const file = unitDataKey(folder, seal.run_id);
    const stored = await measure(store, file);
    if (stored?.sha256 === seal.sha256) return reusedRow(resourceType, file, seal);
    damaged(stored === null ? `${file} is missing` : `${file} does not match its SHA-256`);
  }
  return null;
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
