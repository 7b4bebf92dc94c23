import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '../store/store.js';
import { nameOfMine, sweep } from '../store/temporary.js';
import { goneAtExit } from './gone-at-exit.js';

/** Thrown where the system's temporary folder, by which a store is read or written, cannot be, with the reason. */
export class ScratchUnavailable extends StoreUnavailable {
  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message, { cause }, 'TEMPORARY_FOLDER_UNAVAILABLE', { folder: tmpdir() });
  }
}

export interface ScratchFolder {
  readonly path: string;
  /** Writes a file of this name. Returns its path. Throws `ScratchUnavailable`; when `pieces` throw, the error passes. */
  write(name: string, pieces: AsyncIterable<string | Uint8Array>): Promise<string>;
  remove(): void;
}

/** Begins the name of each. */
const SCRATCH = 'arv-scratch-';

/**
 * A folder for temporary files. It does not outlive the process either, however that ends but by SIGKILL: what is left
 * then, the next one removes.
 */
export async function openScratchFolder(): Promise<ScratchFolder> {
  await sweep(tmpdir(), { prefix: SCRATCH, old: false }).catch(() => {});
  const path = join(tmpdir(), `${SCRATCH}${nameOfMine(randomUUID())}`);
  await mkdir(path, { mode: 0o700 }).catch(refused);
  const gone = goneAtExit(path);
  const remove = () => {
    rmSync(path, { recursive: true, force: true });
    gone();
  };
  return { path, remove, write: (name, pieces) => writeFile(join(path, name), pieces) };
}

async function writeFile(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<string> {
  const handle = await open(path, 'wx').catch(refused);
  try {
    for await (const piece of pieces) await handle.writeFile(piece).catch(refused);
    return path;
  } finally {
    await handle.close();
  }
}

function refused(error: NodeJS.ErrnoException): never {
  throw new ScratchUnavailable(error);
}
