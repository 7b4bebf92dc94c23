import type { Config } from '../config/config.js';
import { projectionKey } from '../core/layout.js';
import { lagInDepth, renderProjection } from '../core/projection.js';
import { type Snapshot, truthOf } from '../core/snapshots.js';
import { isProjectionExpired } from '../core/verify.js';
import type { Store } from '../store/store.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { type Nothing, type Row, tablesOf } from './snapshot-tables.js';

/** `arv snapshots repair`: renders the Parquet files that lag or are damaged. Exit code 1 when one still is. */
export async function repair(
  store: Store,
  snapshots: readonly Snapshot[],
  none: Nothing,
  config: Config,
  host: Host,
): Promise<CommandResult> {
  const repaired: Row[] = [];
  const lagging: Row[] = [];
  const expiry = config.store.kind === 's3' ? host.clock.now() : null;
  for (const snapshot of snapshots) {
    const { scope, date } = snapshot;
    const file = projectionKey(scope, date);
    // After so long nothing is left to render it from, and nobody misses it.
    if (await isProjectionExpired(store, file, await truthOf(store, snapshot), expiry)) continue;
    const { state, ...facts } = await renderProjection(store, snapshot, host.signal, lagInDepth);
    // Nothing was found to lag: it was told to stop.
    host.signal.throwIfAborted();
    const row: Row = { date, account_id: scope.accountId, region: scope.region, uri: store.uri(file), ...facts };
    if (state === 'published') repaired.push(row);
    if (state === 'lagging') lagging.push(row);
  }
  const checked = snapshots.length;
  const exitCode = lagging.length === 0 && none.error === undefined ? 0 : 1;
  if (config.output === 'json')
    return { exitCode, stdout: json({ repaired, lagging, checked, ...none }, host.stdoutIsTerminal) };
  const row = { checked, repaired: repaired.length, lagging: lagging.length };
  return { exitCode, stdout: tablesOf([[row], repaired, lagging], none) };
}
