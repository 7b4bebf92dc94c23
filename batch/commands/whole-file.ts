import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { goneAtExit } from '../process/gone-at-exit.js';
import { OutputFailed } from '../process/output.js';
import { nameOfMine, sweep } from '../store/temporary.js';

/** Thrown where a file of this name cannot be written, with the reason. */
export class NotWritable extends Error {}

/** What is wrong with a name or a folder. Anything else is a fault of the disk or the system. */
const OF_THE_NAME = ['EACCES', 'EISDIR', 'ELOOP', 'EINVAL', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'];

/** Begins the name of a file on its way. */
const TEMPORARY = '.arv-export-';

/**
 * Writes a file whole or not at all: under another name beside it, then renamed, in the place of one that was there.
 * What a process that was killed has left there is removed. Throws `NotWritable`, or `OutputFailed` where it is the
 * disk's fault; when `pieces` throw, the error passes. Returns the bytes.
 */
export async function writeWhole(file: string, pieces: AsyncIterable<string | Uint8Array>): Promise<number> {
  const refused = (error: NodeJS.ErrnoException) => refuse(file, error);
  const path = await targetOf(file, refused);
  const folder = dirname(path);
  // What is old but not known for abandoned stays: the folder is not ours.
  await sweep(folder, { prefix: TEMPORARY, old: false }).catch(() => {});
  const temporary = join(folder, `${TEMPORARY}${nameOfMine(randomUUID())}`);
  const handle = await open(temporary, 'wx').catch(refused);
  const gone = goneAtExit(temporary);
  try {
    for await (const piece of pieces) await handle.writeFile(piece).catch(refused);
    const { size } = await handle.stat();
    await handle.sync().catch(refused);
    await rename(temporary, path).catch(refused);
    return size;
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
    gone();
  }
}

/** Where a link leads. A device or a pipe (`/dev/stdout`) would be replaced by a file: refused. */
async function targetOf(file: string, refused: (error: NodeJS.ErrnoException) => never): Promise<string> {
  const there = await stat(file).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? null : refused(error),
  );
  if (there === null) return file;
  if (!there.isFile()) throw new NotWritable('not a regular file');
  return realpath(file);
}

function refuse(file: string, error: NodeJS.ErrnoException): never {
  if (OF_THE_NAME.includes(error.code ?? '')) throw new NotWritable(error.message, { cause: error });
  throw new OutputFailed(file, error);
}
