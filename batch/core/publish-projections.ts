import type { Store } from '../store/store.js';
import type { Deps } from './deps.js';
import { DATE_NAME, daysFolder, projectionKey } from './layout.js';
import { isCurrent, renderProjection } from './projection.js';
import type { Snapshot } from './snapshots.js';
import { limited, orAborted } from './stop.js';
import type { Receipt } from './summarize.js';
import { reasonOf } from './unit-file.js';

/** So many days that were published before are looked at: what a run that was killed left, the next one renders. */
const DAYS_BEFORE = 7;
/** What a rendering may take after the run's deadline: a store that hangs must not keep the run. Milliseconds. */
const RENDER_MS = 15 * 60_000;

/** A day whose Parquet file is not that of its manifest. */
export interface LaggingDay {
  readonly date: string;
  readonly region: string;
  readonly reason: string;
}

/**
 * Renders the Parquet file of each committed scope, and of the days before where one lags. Never throws: the snapshot is
 * published already, and all that is missing can be made from it at any time.
 *
 * @param signals `signal` fires at the deadline too, which ends the look at the days before. What this run committed is
 *   rendered all the same, within a time of its own: an account that always takes until then would never have a file.
 */
export async function publishProjections(
  deps: Pick<Deps, 'clock' | 'log'>,
  store: Store,
  receipts: readonly Receipt[],
  { signal, interrupted }: { readonly signal: AbortSignal; readonly interrupted: AbortSignal },
): Promise<readonly LaggingDay[]> {
  const own = receipts.map(({ manifest: { tenant, account_id: accountId, region, date } }): Snapshot => {
    return { scope: { tenant, accountId, region }, date };
  });
  const lagging: LaggingDay[] = [];
  const render = async (snapshot: Snapshot, until: AbortSignal) => {
    const reason = await renderAndTell(deps, store, snapshot, until);
    if (reason !== null) lagging.push({ date: snapshot.date, region: snapshot.scope.region, reason });
  };
  const limit = limited(deps.clock, RENDER_MS, interrupted, 'deadline');
  for (const snapshot of own) await render(snapshot, limit.signal);
  limit.done();
  try {
    for (const snapshot of own) {
      for (const date of await orAborted(daysBefore(store, snapshot), signal)) {
        const earlier = { ...snapshot, date };
        if (!(await orAborted(isCurrent(store, earlier), signal))) await render(earlier, signal);
      }
    }
  } catch (error) {
    // Nothing is known to lag, and the next run looks again.
    deps.log.write('warn', 'projection.unchecked', { reason: reasonOf(error) });
  }
  return lagging;
}

/** Why the file lags still, null when it does not. */
async function renderAndTell(
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  store: Store,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<string | null> {
  const { scope, date } = snapshot;
  const began = clock.monotonic();
  const rendering = await renderProjection(store, snapshot, signal);
  const about = { uri: store.uri(projectionKey(scope, date)), date, region: scope.region };
  if (rendering.state === 'published') {
    const { count, bytes } = rendering;
    const duration_ms = Math.round(clock.monotonic() - began);
    log.write('info', 'projection.published', { ...about, count, bytes, duration_ms });
  }
  if (rendering.state !== 'lagging') return null;
  log.write('warn', 'projection.lagging', { ...about, reason: rendering.reason });
  return rendering.reason;
}

/** The last days before the snapshot's that its tenant published. */
async function daysBefore(store: Store, { scope, date }: Snapshot): Promise<readonly string[]> {
  const days = (await store.list(daysFolder(scope.tenant))).filter((name) => DATE_NAME.test(name) && name < date);
  return days.slice(-DAYS_BEFORE);
}
