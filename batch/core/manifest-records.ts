import { posix } from 'node:path';
import type { ResourceRecord } from '../contract/record.js';
import type { Store } from '../store/store.js';
import type { Manifest } from './model.js';
import { readUnit } from './records.js';

/** The records of a ledger, unit by unit in its order. Throws `StoreUnavailable` for a file that is not what it says. */
export async function* manifestRecords(store: Store, manifest: Manifest): AsyncIterable<ResourceRecord> {
  for (const unit of manifest.units) yield* readUnit(store, unit);
}

/** Whether all files that the ledger names are there: unit files are kept for less time than what is made of them. */
export async function hasUnitFiles(store: Store, manifest: Manifest): Promise<boolean> {
  for (const { file } of manifest.units) {
    if (file === null) continue;
    const names = await store.list(posix.dirname(file));
    if (!names.includes(posix.basename(file))) return false;
  }
  return true;
}
