import { randomUUID } from 'node:crypto';
import { link, lstat, open, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Files can be written, but a second name cannot be given to them exclusively: no snapshot could be published. */
export class NoExclusiveLink extends Error {}

/**
 * Whether a file can be made in `path`, or in the nearest folder above it that is there, and linked exclusively into
 * each of `others`. Throws what fs throws, or `NoExclusiveLink`. Leaves nothing behind; makes no folder, since another
 * process may count on one that was there a moment ago.
 */
export async function probeFolder(path: string, others: readonly string[] = []): Promise<void> {
  const name = `.arv-doctor-${randomUUID()}`;
  const file = join(await nearestFolder(path), name);
  const made = [file];
  try {
    const handle = await open(file, 'wx', 0o640);
    try {
      await handle.writeFile('\n');
      await handle.sync();
    } finally {
      await handle.close();
    }
    for (const other of others) {
      const copy = join(await nearestFolder(other), `${name}-${made.length}`);
      made.push(copy);
      await linkExclusively(file, copy);
    }
  } finally {
    for (const one of made) await unlink(one).catch(() => {});
  }
}

async function linkExclusively(file: string, copy: string): Promise<void> {
  try {
    await link(file, copy);
  } catch (error) {
    // Those of a folder that may not be written; all others are about links.
    if (['EACCES', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error;
    throw new NoExclusiveLink(messageOf(error), { cause: error });
  }
  const again = await link(file, copy).then(
    () => '',
    (error: unknown) => codeOf(error),
  );
  if (again !== 'EEXIST') throw new NoExclusiveLink(`${copy}: a second link took the name of the first`);
}

/** The folder itself, or the one in which it would be made. */
async function nearestFolder(path: string): Promise<string> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      if ((await stat(at)).isDirectory()) return at;
      throw Object.assign(new Error(`ENOTDIR: not a directory, '${at}'`), { code: 'ENOTDIR' });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || at === dirname(at)) throw error;
      // A link that leads nowhere: no folder can be made in its place.
      if (await exists(at)) throw error;
    }
  }
}

/** The path is taken, if only by a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Bytes that this process may still write there. */
export async function freeSpace(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestFolder(path));
  return bavail * bsize;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
