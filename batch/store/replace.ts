import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { goneAtExit } from '../process/gone-at-exit.js';
import { nameOfMine } from './temporary.js';

/** What tells one content of a file from the next; null when there is no file. A replacement is always another inode. */
export async function versionOf(path: string): Promise<string | null> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return [ino, mtimeNs, size].join('-');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Puts the file `temporary` in the place of `path` if that still has the version `replaces`; else false, and the file
 * is gone. Of many who try at once one succeeds.
 *
 * A rename asks no questions, so what comes between the look at the version and the rename has to be kept out, and a
 * process that stands still in between must not come back. Therefore the file itself is the claim: it gets a name that
 * says what it is to replace, and whoever has announced one takes away all earlier ones before looking at the version.
 * Of two claims the one that is listed later sees the other and removes it, or gives way; and a rename of a file that
 * is not there fails. So when a rename comes through, no other one was possible since that look.
 */
export async function replaceFile(temporary: string, path: string, key: string, replaces: string): Promise<boolean> {
  const folder = dirname(temporary);
  const claims = `~${createHash('sha256').update(key).digest('hex').slice(0, 16)}~`;
  // The later one goes on. A clock that is wrong changes who, not that it is one.
  const mine = nameOfMine(`${String(Date.now()).padStart(15, '0')}-${randomUUID()}`) + claims;
  const gone = goneAtExit(join(folder, mine));
  try {
    await rename(temporary, join(folder, mine));
    return await replaceAs(mine, claims, { folder, path, replaces });
  } finally {
    await rm(join(folder, mine), { force: true }).catch(() => {});
    gone();
  }
}

interface Target {
  readonly folder: string;
  readonly path: string;
  readonly replaces: string;
}

async function replaceAs(mine: string, claims: string, { folder, path, replaces }: Target): Promise<boolean> {
  try {
    const others = (await readdir(folder)).filter((name) => name.endsWith(claims) && name !== mine);
    if (others.some((name) => rankOf(name) > rankOf(mine))) return false;
    for (const name of others) await rm(join(folder, name), { force: true });
    if ((await versionOf(path)) !== replaces) return false;
    await rename(join(folder, mine), path);
    return true;
  } catch (error) {
    // A later claim has taken this one away.
    if (isMissing(error)) return false;
    throw error;
  }
}

function rankOf(claim: string): string {
  return claim.split('~')[1] ?? '';
}

/** ENOTDIR: a file in the place of a folder. */
function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
