import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, unlinkSync, writeFileSync } from 'node:fs';

/** Room for some lease files, on file systems with large blocks too. */
const BYTES = 64 * 1024;

/**
 * Room on the disk that only leases may use, once: without it a run whose disk is full could not even give its lease
 * back. A file that has no name any more, so that it is gone with the process however that ends.
 */
export class Reserve {
  #fd: number | null = null;

  /** Takes the room, by way of this path, if it is not held already. Throws what fs throws. */
  hold(path: string): void {
    if (this.#fd !== null) return;
    try {
      this.#fd = openSync(path, 'wx', 0o640);
      unlinkSync(path);
      // Not zeros: a file system that compresses would keep no room for them.
      writeFileSync(this.#fd, randomBytes(BYTES));
      fsyncSync(this.#fd);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** False: nothing was held. */
  free(): boolean {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null) return false;
    closeSync(fd);
    return true;
  }
}
