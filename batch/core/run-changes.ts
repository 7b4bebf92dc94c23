import type { EventName } from '../contract/events.js';
import type { Store } from '../store/store.js';
import { type ChangeCounts, changesSince, countChanges } from './day-diff.js';
import type { Deps } from './deps.js';
import type { Change } from './diff.js';
import type { LogFields } from './ports.js';
import type { Snapshot } from './snapshots.js';
import { abortable, orAborted } from './stop.js';
import { reasonOf } from './unit-file.js';

/** Changes that get a line of the log; the rest are counted. `arv diff` has them all. */
const LOGGED = 1000;
/** Values of one changed resource that its line names. */
const VALUES = 20;

const EVENT_OF = {
  created: 'resource.created',
  deleted: 'resource.deleted',
  changed: 'resource.changed',
  unknown: 'unit.unknown',
} as const satisfies Record<Change['kind'], EventName>;

/**
 * What changed in each scope since the last day before that it has: counts, and a line of the log for each. null: there
 * is no such day, or it could not be told, which the log then says. Never throws: the snapshot is published already.
 *
 * @param asked what the run was asked for, also where it could not be committed: its units are then unknown
 */
export async function reportChanges(
  deps: Pick<Deps, 'catalog' | 'log'>,
  store: Store,
  asked: readonly Snapshot[],
  signal: AbortSignal,
): Promise<ChangeCounts | null> {
  const { counts, add } = countChanges();
  let compared = false;
  try {
    for (const snapshot of asked) {
      const changes = await orAborted(changesSince(store, snapshot, deps.catalog), signal);
      if (changes === null) continue;
      compared = true;
      for await (const change of abortable(changes, signal)) {
        add(change);
        if (total(counts) <= LOGGED) deps.log.write('info', EVENT_OF[change.kind], fieldsOf(change));
      }
    }
  } catch (error) {
    deps.log.write('warn', 'changes.failed', { reason: reasonOf(error) });
    return null;
  }
  if (!compared) return null;
  deps.log.write('info', 'changes.counted', { ...counts, logged: Math.min(total(counts), LOGGED) });
  return counts;
}

function total({ created, deleted, changed, unknown }: ChangeCounts): number {
  return created + deleted + changed + unknown;
}

function fieldsOf(change: Change): LogFields {
  if (change.kind === 'unknown') return { ...change.unit };
  const { region, resource_type, resource_id, name } = change.record;
  const about = { region, resource_type, resource_id, name };
  return change.kind === 'changed' ? { ...about, changes: change.changes.slice(0, VALUES) } : about;
}
