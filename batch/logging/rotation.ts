import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { archiveAs, copyOnto, isSameFile, pruneArchives, removeByPrefix } from './archives.js';
import { heldDay, isOver } from './log-day.js';
import { append, endsInside, openLog, pause, unlinkQuietly } from './log-file.js';
import { type Claim, leftoverPrefix, takeClaim } from './rotation-claim.js';

export interface RotatedFileOptions {
  readonly dir: string;
  readonly filename: string;
  /** How many archives stay. */
  readonly keepDays: number;
}

/** How long a line waits for another process's rotation: 50 slices of 20 ms. Then it goes to the file as it is. */
const SLICES = 50;
const SLICE_MS = 20;
/** After that, by the time of the lines, the rotation is tried again. */
const RETRY_MS = 60_000;

/**
 * A log file that many processes append to and that becomes `<filename>.YYYY-MM-DD` (the day of its first line) at the
 * first line of another day. A line is on its way to the disk when `write` returns, so a crash loses none.
 *
 * The rotation, under a claim: the archive's name is linked to the file, then a new file that has the new day's first
 * line already is renamed over the path. So the path always exists and the file at it always shows its day; a process
 * that dies in between leaves two names of one file, which the next one understands. A process that still has the old
 * file open writes the rest of its old day there. Whatever prevents the rotation costs no line: they go to the
 * unrotated file.
 */
export class RotatedFile {
  readonly #options: RotatedFileOptions;
  readonly #path: string;
  #fd: number | null = null;
  /** The day that the open file holds; null: it was empty when it was opened. */
  #held: string | null = null;
  #isTorn = false;
  #triedAt: number | null = null;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
    this.#path = join(options.dir, options.filename);
  }

  /** Appends a line (without newline) of the time `at`. Throws what fs throws when the file cannot be written. */
  write(line: string, at: Date): void {
    const text = `${line}\n`;
    if (this.#fd === null || (this.#isOver(at) && this.#mayTry(at))) {
      this.#open();
      if (this.#isOver(at) && this.#turn(text, at)) return;
    }
    this.#append(text);
  }

  /** Syncs to the disk and closes. A later write opens again. Throws what fs throws. */
  close(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null) return;
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #isOver(at: Date): boolean {
    return this.#held !== null && isOver(this.#held, at);
  }

  #mayTry(at: Date): boolean {
    return this.#triedAt === null || Math.abs(at.getTime() - this.#triedAt) >= RETRY_MS;
  }

  /** Opens what is at the path now: after another process's rotation, the new file. */
  #open(): number {
    this.#release();
    mkdirSync(this.#options.dir, { recursive: true });
    return this.#use(openLog(this.#path, 'any'));
  }

  #use(fd: number): number {
    this.#release();
    this.#fd = fd;
    this.#held = heldDay(fd);
    // It may be another process's line on its way; then it is whole a moment later.
    if (endsInside(fd)) pause(5);
    this.#isTorn = endsInside(fd);
    return fd;
  }

  #release(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeSync(fd);
  }

  #append(text: string): void {
    for (let tries = 0; tries < 10; tries += 1) {
      const fd = this.#fd ?? this.#open();
      append(fd, this.#isTorn ? `\n${text}` : text);
      this.#isTorn = false;
      // Into an empty file another process may have been faster, with a line of the old day.
      this.#held ??= heldDay(fd);
      if (fstatSync(fd).nlink > 0 || isSameFile(fd, this.#path)) return;
      // Somebody has deleted the file, and the line with it: once more, into the one that is there now.
      this.#release();
    }
  }

  /** Rotates, with `text` as the new file's first line (true); or leaves open the file to go on with (false). */
  #turn(text: string, at: Date): boolean {
    try {
      for (let slice = 0; slice < SLICES; slice += 1) {
        const claim = takeClaim(this.#options.dir, this.#options.filename);
        try {
          if (claim === null) pause(SLICE_MS);
          // The state from before the claim says nothing: another process may have rotated.
          const old = this.#open();
          if (!this.#isOver(at)) return false;
          if (claim !== null) return this.#rotate(claim, text, old);
        } finally {
          claim?.release();
        }
      }
    } catch {
      // Not allowed to, a link in the archive's place, a full disk: if it concerns this line too, its write will tell.
    }
    this.#triedAt = at.getTime();
    return false;
  }

  #rotate(claim: Claim, text: string, old: number): boolean {
    const { dir, filename, keepDays } = this.#options;
    // What a process that died in a rotation left.
    removeByPrefix(dir, leftoverPrefix(filename));
    const next = join(dir, `${leftoverPrefix(filename)}${randomUUID()}`);
    const fd = openLog(next, 'created');
    try {
      append(fd, text);
      this.#replace(claim, next, old);
    } catch (error) {
      closeSync(fd);
      unlinkQuietly(next);
      throw error;
    }
    this.#use(fd);
    this.#triedAt = null;
    pruneArchives(dir, filename, keepDays);
    return true;
  }

  /** Gives the old file the archive's name (or its lines to the archive that is there), and `next` the file's. */
  #replace(claim: Claim, next: string, old: number): void {
    const archive = `${this.#path}.${this.#held}`;
    const copied = archiveAs(archive, this.#path, old);
    if (!claim.isHeld()) throw new Error('the claim was taken over');
    renameSync(next, this.#path);
    if (copied === null) return;
    try {
      // What arrived while it was copied. A later line finds its file deleted and is written again; one of just this
      // moment stands twice, which is better than not at all.
      copyOnto(archive, old, copied);
    } catch {
      // The new file is in place: nothing is left to take back.
    }
  }
}
