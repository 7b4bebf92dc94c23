import { manifestFolder, projectionKey } from '../core/layout.js';
import { manifestRecords } from '../core/manifest-records.js';
import { lagOf } from '../core/projection.js';
import { type Ledger, type Snapshot, truthOf } from '../core/snapshots.js';
import { abortable } from '../core/stop.js';
import type { ScratchFolder } from '../process/scratch-folder.js';
import { type Store, StoreUnavailable } from '../store/store.js';

/** The truth of a day. Throws `StoreUnavailable` where it is damaged or gone. */
export async function soundTruth(
  store: Store,
  snapshot: Snapshot,
): Promise<Extract<Ledger, { readonly damage: null }>> {
  const truth = await truthOf(store, snapshot);
  if (truth.manifest !== null) return truth;
  const { damage } = truth;
  const reason = damage === null ? 'there is no manifest any more' : damage.problem;
  throw new StoreUnavailable(`${damage?.file ?? manifestFolder(snapshot.scope, snapshot.date)}: ${reason}`);
}

/** A copy's name begins with its day. */
export function copyName({ scope, date }: Snapshot): string {
  return `${date}_${scope.accountId}_${scope.region}.parquet`;
}

/**
 * The records of a scope's day as a Parquet file of its own in `scratch`: the published one where it is that of the
 * day's truth, else made from the unit files. Nothing of the store itself is handed out.
 */
export async function dayParquet(
  store: Store,
  snapshot: Snapshot,
  scratch: ScratchFolder,
  signal: AbortSignal,
): Promise<string> {
  const { scope, date } = snapshot;
  const truth = await soundTruth(store, snapshot);
  const key = projectionKey(scope, date);
  const published = (await lagOf(store, key, truth)) === null ? await store.read(key) : null;
  const { toParquet } = await import('../core/parquet.js');
  const pieces = published ?? toParquet(manifestRecords(store, truth.manifest), {});
  return scratch.write(copyName(snapshot), abortable(pieces, signal));
}
