import type { Store } from '../store/store.js';
import type { Deps } from './deps.js';
import { projectionKey } from './layout.js';
import { isCurrent, renderProjection } from './projection.js';
import { datesOf, type Snapshot } from './snapshots.js';
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
  for (const snapshot of own) {
    const problems = new Set<string>();
    for await (const earlier of laggingBefore(store, snapshot, signal, problems)) await render(earlier, signal);
    // Nothing is known to lag, and the next run looks again.
    const about = { region: snapshot.scope.region, reason: [...problems].join('; ') };
    if (problems.size > 0) deps.log.write('warn', 'projection.unchecked', about);
  }
  return lagging;
}

/** The scope's days before that lag; `problems` gets why others could not be looked at. */
async function* laggingBefore(
  store: Store,
  { scope, date: today }: Snapshot,
  signal: AbortSignal,
  problems: Set<string>,
): AsyncIterable<Snapshot> {
  const told = (error: unknown) => void problems.add(reasonOf(error));
  const days = await orAborted(datesOf(store, scope.tenant), signal).catch(told);
  const before = (days ?? []).filter((day) => day < today);
  for (const date of before.slice(-DAYS_BEFORE)) {
    const earlier = { scope, date };
    const current = await orAborted(isCurrent(store, earlier), signal).catch(told);
    if (current === false) yield earlier;
    if (signal.aborted) return;
  }
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
