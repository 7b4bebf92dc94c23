import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goneAtExit } from '../process/gone-at-exit.js';
import { ScratchUnavailable } from '../process/scratch-folder.js';
import { nameOfMine, sweep } from './temporary.js';

/** How folders of uploads on their way begin. */
const UPLOAD = 'arv-upload-';

/** A body in a file. `sha256` in base64. */
export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Removes what uploads of killed processes left. */
export async function sweepSpools(): Promise<void> {
  // Others put their files there too; what cannot be swept is in nobody's way.
  await sweep(tmpdir(), { prefix: UPLOAD, old: false }).catch(() => {});
}

/** Works with the body in a temporary file. Throws `ScratchUnavailable`; what the body or the work throws passes. */
export async function spooled<T>(body: AsyncIterable<Uint8Array>, work: (file: Spooled) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `${UPLOAD}${nameOfMine('')}`)).catch(refused);
  const gone = goneAtExit(folder);
  try {
    return await work(await writeTo(join(folder, 'body'), body));
  } finally {
    await rm(folder, { recursive: true, force: true });
    gone();
  }
}

async function writeTo(path: string, body: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(path, 'wx', 0o600).catch(refused);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await handle.writeFile(chunk).catch(refused);
    }
  } finally {
    await handle.close();
  }
  return { path, bytes, sha256: hash.digest('base64') };
}

function refused(error: NodeJS.ErrnoException): never {
  throw new ScratchUnavailable(error);
}
