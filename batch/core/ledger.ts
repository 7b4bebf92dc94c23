import { z } from 'zod';
import { SCHEMA_VERSION } from '../contract/record.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { isManifestName, isUnitData, manifestFolder, placeOfManifest, unitFolder } from './layout.js';
import type { AcceptedGap, FailedRun, LedgerError, LedgerUnit, Manifest, Scope } from './model.js';
import { ledgerUnitSchema, readHashedJson, reasonOf } from './unit-file.js';

const manifestSchema = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  tenant: z.string(),
  account_id: z.string(),
  region: z.string(),
  date: z.string(),
  fencing_token: z.number().int(),
  run_id: z.string(),
  committed_at: z.string(),
  units: z.array(ledgerUnitSchema).readonly(),
});

/** A manifest that is missing or no manifest. Nothing is wrong with the store itself: this file has to go. */
export class DamagedManifest extends StoreUnavailable {
  constructor(
    readonly uri: string,
    readonly reason: string,
    options: ErrorOptions,
  ) {
    super(`the manifest ${uri} cannot be understood: ${reason}`, options);
  }
}

/** The file names of a scope's manifests on a day; the last one has the highest token. */
export async function manifestNames(store: Store, scope: Scope, date: string): Promise<readonly string[]> {
  return (await store.list(manifestFolder(scope, date))).filter(isManifestName);
}

/** The highest token published for a scope on a day, 0 when there is none. It may be more than a token can be. */
export async function publishedToken(store: Store, scope: Scope, date: string): Promise<number> {
  return Number.parseInt((await manifestNames(store, scope, date)).at(-1) ?? '0', 10);
}

/** The truth of a day: the manifest with the highest token, null when nothing was published yet. */
export async function latestManifest(store: Store, scope: Scope, date: string): Promise<Manifest | null> {
  const name = (await manifestNames(store, scope, date)).at(-1);
  return name === undefined ? null : readManifest(store, `${manifestFolder(scope, date)}/${name}`);
}

/** Throws `DamagedManifest`, or `StoreUnavailable` when it cannot be read. */
export async function readManifest(store: Store, key: string): Promise<Manifest> {
  return (await readHashedManifest(store, key)).manifest;
}

/** The same, with the SHA-256 (hex) of the file. */
export async function readHashedManifest(
  store: Store,
  key: string,
): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
  try {
    const { value, sha256 } = await readHashedJson(store, key);
    const manifest = manifestSchema.parse(value);
    checkPlaces(manifest, key);
    return { manifest, sha256 };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new DamagedManifest(store.uri(key), reasonOf(error), { cause: error });
  }
}

/** What lies elsewhere, or is of another scope or day, is no unit file of this one, whatever its hash. */
function checkPlaces({ units }: Manifest, key: string): void {
  const { scope, date } = placeOfManifest(key);
  for (const { file, resource_type } of units) {
    const folder = unitFolder(scope, date, resource_type);
    if (file !== null && !isUnitData(folder, file)) throw new Error(`the file ${file} does not lie in ${folder}`);
  }
}

/** Nothing is missing of it: read whole, or the service is not there. */
export function isWhole(unit: LedgerUnit): boolean {
  return unit.status === 'complete' || unit.status === 'unsupported';
}

/** Marks the units whose gap is listed as known and accepted. */
export function markAccepted(unit: LedgerUnit, region: string, gaps: readonly AcceptedGap[]): LedgerUnit {
  return { ...unit, accepted: isAccepted(unit, region, gaps) };
}

export function isAccepted(
  unit: Pick<LedgerUnit, 'resource_type' | 'status'>,
  region: string,
  gaps: readonly AcceptedGap[],
): boolean {
  return gaps.some(
    (gap) =>
      gap.resource_type === unit.resource_type &&
      gap.status === unit.status &&
      (gap.region === undefined || gap.region === region),
  );
}

/**
 * The units of a new manifest: this run's, and what is carried from the one before it on that day: units that this run
 * did not cover, and those that it could not read as well as they had been read before. Pure.
 */
export function mergeUnits(previous: Manifest | null, outcomes: readonly LedgerUnit[]): LedgerUnit[] {
  const before = new Map(previous?.units.map((unit) => [unit.resource_type, unit]));
  const merged = outcomes.map((outcome) => {
    const old = before.get(outcome.resource_type);
    before.delete(outcome.resource_type);
    if (old === undefined || old.file === null || !isWorse(outcome, old)) return outcome;
    return { ...old, origin: 'carried' as const, error: errorOfRun(outcome), accepted: outcome.accepted };
  });
  const untouched = [...before.values()].map((unit) => ({ ...unit, origin: 'carried' as const }));
  return [...merged, ...untouched].sort((a, b) => (a.resource_type < b.resource_type ? -1 : 1));
}

/** The error of a row with the run that it is of, for a row that tells of another one. */
function errorOfRun({ error, run_id, status, finished_at }: LedgerUnit): LedgerError | null {
  return error === null ? null : { ...error, failed: { run_id, status, at: finished_at } };
}

/** No records at all, or only a part of what there was. A service that is absent now was there earlier that day. */
function isWorse(now: LedgerUnit, before: LedgerUnit): boolean {
  return now.file === null || (now.status === 'partial' && before.status === 'complete');
}

/**
 * A service does not leave a region in the course of a day: where units of it were read before, "not supported" is a
 * failure to read, not an empty result. Pure.
 */
export function doubtUnsupported(previous: Manifest | null, row: LedgerUnit): LedgerUnit {
  const before = previous?.units.find((unit) => unit.resource_type === row.resource_type);
  if (row.status !== 'unsupported' || before === undefined || before.file === null) return row;
  return { ...row, status: 'failed', count: null };
}

/**
 * The row of a unit whose file is no longer what the ledger says, as `found` by a run: it must not be carried as if it
 * were there.
 */
export function damagedRow(unit: LedgerUnit, reason: string, found: Omit<FailedRun, 'status'>): LedgerUnit {
  const failed = { ...found, status: 'failed' } as const;
  const error = { class: 'permanent', code: 'DAMAGED', message: reason, attempts: 0, stack: null, failed } as const;
  return { ...unit, status: 'failed', count: null, bytes: null, file: null, sha256: null, error, unread: [] };
}
