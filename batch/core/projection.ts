import { FOOTER } from '../contract/projection.js';
import type { ResourceRecord } from '../contract/record.js';
import { type Store, VersionConflict } from '../store/store.js';
import { projectionKey } from './layout.js';
import { manifestNames } from './ledger.js';
import type { Manifest } from './model.js';
import type { DamagedParquet, Footer } from './parquet-file.js';
import { readUnit } from './records.js';
import { type Ledger, type Snapshot, truthOf } from './snapshots.js';
import { abortable, orAborted } from './stop.js';
import { reasonOf } from './unit-file.js';

/** How often another one may have rendered the same file meanwhile: each time for a reason, and mostly it is done then. */
const LOOKS = 5;

/** What became of a day's Parquet file; `current`: nothing was to be done. */
export type Rendering =
  | { readonly state: 'current' }
  | { readonly state: 'published'; readonly count: number; readonly bytes: number }
  | { readonly state: 'lagging'; readonly reason: string };

/**
 * Makes the Parquet file of a scope's day that of its highest manifest, where it is not. Never throws.
 *
 * The version of the file is read first, then the manifests, and it is that version which is replaced. A file that was
 * rendered from a manifest comes later than the manifest: so whoever saw the file also sees its manifest, and renders
 * this one or a higher one; and whoever did not see it, does not replace it.
 *
 * @param look how deep to look for what is not as it should be
 */
export async function renderProjection(
  store: Store,
  snapshot: Snapshot,
  signal: AbortSignal,
  look: typeof lagOf = lagOf,
): Promise<Rendering> {
  try {
    for (let looks = 1; ; looks++) {
      const done = await orAborted(lookAndRender(store, snapshot, signal, look), signal);
      if (done.state !== 'overtaken') return done;
      if (looks === LOOKS) return { state: 'lagging', reason: done.reason };
    }
  } catch (error) {
    return { state: 'lagging', reason: reasonOf(error) };
  }
}

/** The file, or the truth, may be another one by now than when it was looked at. */
interface Overtaken {
  readonly state: 'overtaken';
  readonly reason: string;
}

async function lookAndRender(
  store: Store,
  snapshot: Snapshot,
  signal: AbortSignal,
  look: typeof lagOf,
): Promise<Rendering | Overtaken> {
  const key = projectionKey(snapshot.scope, snapshot.date);
  const version = await store.version(key);
  const truth = await truthOf(store, snapshot);
  const lag = await look(store, key, truth);
  if (lag === null) return { state: 'current' };
  if (lag.isAbove) return { state: 'overtaken', reason: lag.reason };
  if (truth.manifest === null) return { state: 'lagging', reason: lag.reason };
  const { fencing_token } = truth.manifest;
  const footer = { [FOOTER.fencingToken]: String(fencing_token), [FOOTER.manifestSha256]: truth.sha256 };
  const { toParquet } = await import('./parquet.js');
  const made = { count: 0, bytes: 0 };
  async function* body(manifest: Manifest): AsyncIterable<Uint8Array> {
    for await (const piece of toParquet(counted(recordsOf(store, manifest)), footer)) {
      made.bytes += piece.byteLength;
      yield piece;
    }
  }
  async function* counted(records: AsyncIterable<ResourceRecord>): AsyncIterable<ResourceRecord> {
    for await (const record of records) {
      made.count += 1;
      yield record;
    }
  }
  try {
    await store.put(key, abortable(body(truth.manifest), signal), version);
  } catch (error) {
    if (error instanceof VersionConflict) return { state: 'overtaken', reason: 'others keep replacing the file' };
    throw error;
  }
  return { state: 'published', ...made };
}

/** In the order of the ledger. */
async function* recordsOf(store: Store, manifest: Manifest): AsyncIterable<ResourceRecord> {
  for (const unit of manifest.units) yield* readUnit(store, unit);
}

/** Why a day's Parquet file is not that of its manifest. */
interface Lag {
  readonly reason: string;
  /** It is of a higher token: it came since, or its manifest is not there any more. Never replaced. */
  readonly isAbove?: true;
}

/** By what the footer says. null: the file is that of the truth. */
export async function lagOf(store: Store, key: string, truth: Ledger): Promise<Lag | null> {
  if (truth.manifest === null) return { reason: truth.damage?.problem ?? 'there is no manifest' };
  const footer = await footerOf(store, key);
  if (footer === null) return { reason: 'the file is missing' };
  if (footer instanceof Error) return { reason: `the file cannot be read: ${footer.message}` };
  const { fencing_token: token } = truth.manifest;
  const others = `the file is of token ${footer.token}, the last manifest has ${token}`;
  if (footer.token > token) return { reason: others, isAbove: true };
  if (footer.token < token) return { reason: others };
  return footer.manifestSha256 === truth.sha256
    ? null
    : { reason: 'the file is of another manifest with the same token' };
}

/** The same, with every page of the file read: one may be damaged under a footer that is sound. */
export async function lagInDepth(store: Store, key: string, truth: Ledger): Promise<Lag | null> {
  const lag = await lagOf(store, key, truth);
  if (lag !== null || truth.manifest === null) return lag;
  const { DamagedParquet, readThrough } = await import('./parquet-file.js');
  const count = truth.manifest.units.reduce((sum, unit) => sum + (unit.file === null ? 0 : (unit.count ?? 0)), 0);
  return readThrough(store, key).then(
    (rows) => (rows === count ? null : { reason: `the file has ${rows} rows, the ledger says ${count}` }),
    (error: unknown) => {
      if (!(error instanceof DamagedParquet)) throw error;
      return { reason: `the file cannot be read: ${error.message}` };
    },
  );
}

/**
 * Whether a day's file is of its highest manifest, by a listing and a footer: manifests do not change, so the token
 * says it. A day on which others published, and this scope did not, has nothing to be made from.
 */
export async function isCurrent(store: Store, { scope, date }: Snapshot): Promise<boolean> {
  const last = (await manifestNames(store, scope, date)).at(-1);
  if (last === undefined) return true;
  const token = Number.parseInt(last, 10);
  const footer = await footerOf(store, projectionKey(scope, date));
  return footer !== null && !(footer instanceof Error) && footer.token === token;
}

async function footerOf(store: Store, key: string): Promise<Footer | DamagedParquet | null> {
  const { DamagedParquet, readFooter } = await import('./parquet-file.js');
  return readFooter(store, key).catch((error: unknown) => {
    if (error instanceof DamagedParquet) return error;
    throw error;
  });
}
