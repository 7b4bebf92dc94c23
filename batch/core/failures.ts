import type { DeadLetter } from '../contract/dead-letter.js';
import type { Store } from '../store/store.js';
import { deadLettersOf } from './dead-letters.js';
import { manifestFolder, tokenOfName } from './layout.js';
import { readManifest } from './ledger.js';
import type { Snapshot } from './snapshots.js';
import { reasonOf } from './unit-file.js';

/** What one manifest says, or why it cannot be understood. */
export type ManifestFailures =
  | { readonly letters: readonly DeadLetter[] }
  | { readonly file: string; readonly reason: string };

/**
 * The failures of all runs of a day and scope, manifest by manifest: superseded ones too, and each failure of a run
 * once, however many later manifests carry it on. No more than one manifest is held.
 */
export async function* failuresOf(store: Store, { scope, date }: Snapshot): AsyncIterable<ManifestFailures> {
  const folder = manifestFolder(scope, date);
  const told = new Set<string>();
  for (const name of await store.list(folder)) {
    if (tokenOfName(name) === null) continue;
    const file = `${folder}/${name}`;
    const read = await readManifest(store, file).catch(reasonOf);
    if (typeof read === 'string') {
      yield { file, reason: read };
      continue;
    }
    const letters = deadLettersOf(read).filter(({ run_id, resource_type }) => {
      const key = `${run_id} ${resource_type}`;
      return !told.has(key) && told.add(key);
    });
    yield { letters };
  }
}
