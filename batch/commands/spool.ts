import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScratchUnavailable } from '../process/scratch-folder.js';

/** Characters that are held before they are written. */
const PIECE = 64 * 1024;

/**
 * Text of any length, written once and then read once, on the disk. The file has no name: it is gone with the process,
 * however that ends. Throws `ScratchUnavailable` when there is no room for it.
 */
export class Spool {
  #held = '';

  private constructor(readonly handle: FileHandle) {}

  static async open(): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), 'arv-spool-')).catch(fault);
    try {
      return new Spool(await open(join(folder, 'text'), 'wx+', 0o600).catch(fault));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async add(text: string): Promise<void> {
    this.#held += text;
    if (this.#held.length >= PIECE) await this.#write();
  }

  async *read(): AsyncIterable<Uint8Array> {
    await this.#write();
    yield* this.handle.createReadStream({ start: 0 });
  }

  async #write(): Promise<void> {
    const text = this.#held;
    this.#held = '';
    await this.handle.writeFile(text).catch(fault);
  }
}

function fault(error: NodeJS.ErrnoException): never {
  throw new ScratchUnavailable(error);
}
