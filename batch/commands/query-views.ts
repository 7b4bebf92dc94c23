import { diffDays } from '../core/day-diff.js';
import type { Change } from '../core/diff.js';
import { inPieces } from '../core/export-records.js';
import { projectionKey } from '../core/layout.js';
import { wellFormedJson } from '../core/plain.js';
import type { Snapshot } from '../core/snapshots.js';
import { abortable, orAborted } from '../core/stop.js';
import type { ScratchFolder } from '../process/scratch-folder.js';
import type { Database } from '../query/database.js';
import {
  type CHANGE_COLUMNS,
  tableOfChanges,
  VIEWS_OF_RESOURCES,
  viewOfRecords,
  viewsNamedIn,
} from '../query/views.js';
import { CATALOG } from '../services/index.js';
import { openExistingStore } from '../store/directory.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { copyName, dayParquet } from './day-parquet.js';
import type { Day } from './days.js';

/** Defines the views that the SQL names, from no more days than they need, and locks the database. */
export async function fillViews(
  database: Database,
  store: Store,
  day: Day,
  sql: string,
  scratch: ScratchFolder,
  signal: AbortSignal,
): Promise<void> {
  const views = viewsNamedIn(sql);
  const files = new Map<Snapshot, string>();
  const filesOf = async (snapshots: readonly Snapshot[]) => {
    for (const snapshot of snapshots)
      if (!files.has(snapshot)) files.set(snapshot, await dayParquet(store, snapshot, scratch, signal));
    return snapshots.map((snapshot) => files.get(snapshot) ?? '');
  };
  if (views.has('resources') || views.has('tags') || views.has('relations')) {
    await database.define(viewOfRecords('resources', await filesOf(day.snapshots)));
    await database.define(VIEWS_OF_RESOURCES);
  }
  if (views.has('resources_all')) await database.define(viewOfRecords('resources_all', await filesOf(day.all)));
  if (views.has('changes')) {
    const lines = inPieces(linesOf(abortable(changesOf(store, day), signal)));
    await database.define(tableOfChanges(await scratch.write('changes.ndjson', lines)));
  }
  await database.lock([...files.values()]);
}

/**
 * Throws `StoreUnavailable` where one of the copies is of a damaged file: DuckDB, which failed over it, says so as if
 * it were the SQL.
 */
export async function checkCopies(
  store: Store,
  { all }: Day,
  scratch: ScratchFolder,
  signal: AbortSignal,
): Promise<void> {
  const { DamagedParquet, readThrough } = await import('../core/parquet-file.js');
  const copies = await openExistingStore(scratch.path);
  const names = await copies.list('');
  for (const snapshot of all.filter((one) => names.includes(copyName(one)))) {
    await orAborted(readThrough(copies, copyName(snapshot)), signal).catch((error: unknown) => {
      if (!(error instanceof DamagedParquet)) throw error;
      const uri = store.uri(projectionKey(snapshot.scope, snapshot.date));
      const remedy = 'arv snapshots repair makes it anew from the unit files';
      throw new StoreUnavailable(`${uri}: the file cannot be read: ${error.message}; ${remedy}`, { cause: error });
    });
  }
}

/** From the last day before to this one; none where this is the first. */
async function* changesOf(store: Store, { date: to, all }: Day): AsyncIterable<Change> {
  const from = all.filter((snapshot) => snapshot.date < to).at(-1)?.date;
  if (from === undefined) return;
  const snapshots = all.filter(({ date }) => date === from || date === to);
  yield* diffDays(store, { from, to, snapshots }, CATALOG);
}

type Line = Partial<Record<(typeof CHANGE_COLUMNS)[number], string | null>>;

/** A line a changed value; one for a resource that was created or deleted, and for a unit that is unknown. */
async function* linesOf(changes: AsyncIterable<Change>): AsyncIterable<string> {
  for await (const change of changes) for (const line of valuesOf(change)) yield `${wellFormedJson(line)}\n`;
}

function valuesOf(change: Change): readonly Line[] {
  const { kind } = change;
  if (kind === 'unknown') {
    const { account_id, region, resource_type, before, after } = change.unit;
    return [{ change: kind, account_id, region, resource_type, ...values(before, after) }];
  }
  const { account_id, region, resource_type, resource_id, name } = change.record;
  const line = { change: kind, account_id, region, resource_type, resource_id, name };
  if (kind !== 'changed') return [line];
  return change.changes.map(({ path, before, after }) => ({ ...line, path, ...values(before, after) }));
}

/** Any value, as JSON text; none is null. */
function values(before: unknown, after: unknown): Line {
  const text = (value: unknown) => (value === null ? null : wellFormedJson(value));
  return { before: text(before), after: text(after) };
}
