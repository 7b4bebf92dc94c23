import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGoneHere, thisProcess } from '../process/identity.js';

/** No file takes a day to write: a run ends within its deadline. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** A name that tells whose it is, so that what a process leaves when it is killed is known for abandoned. */
export function nameOfMine(rest: string): string {
  return `${encodeURIComponent(thisProcess())}~${rest}`;
}

/**
 * Removes from `folder` what is `prefix` and a name as above, of a process of this host that is gone; with `old` also
 * whatever else begins with it and was not touched for a day. Throws when the folder cannot be listed.
 */
export async function sweep(folder: string, { prefix, old }: { readonly prefix: string; readonly old: boolean }) {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const gone = isGoneHere(ownerOf(name.slice(prefix.length)));
    if (gone || (old && (await ageOf(path)) > ABANDONED_MS)) await rm(path, { recursive: true }).catch(() => {});
  }
}

/** The process that a file is named for; empty for a name that is none of ours. */
function ownerOf(name: string): string {
  try {
    return decodeURIComponent(name.split('~')[0] ?? '');
  } catch {
    return '';
  }
}

function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}
