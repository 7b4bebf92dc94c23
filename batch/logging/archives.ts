import { closeSync, fstatSync, linkSync, lstatSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { append, endsInside, openLog, unlinkQuietly } from './log-file.js';

const COPY_BYTES = 1024 * 1024;

/**
 * Gives the open file at `path` the archive's name as well. Where an archive of that day is there already (the clock
 * was set back, or processes of different time zones share the file), the lines are appended to it instead, and the
 * result is the offset up to which that is done; else null. Throws what fs throws, for a symbolic link too.
 */
export function archiveAs(archive: string, path: string, fd: number): number | null {
  try {
    linkSync(path, archive);
    return null;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  // One file under both names: a process died between the link and the rename.
  return isSameFile(fd, archive) ? null : copyOnto(archive, fd, 0);
}

/** Appends what the open file `from` holds from `offset` on to the file at `path`, which exists; the new offset. */
export function copyOnto(path: string, from: number, offset: number): number {
  const to = openLog(path, 'existing');
  try {
    if (endsInside(to)) append(to, '\n');
    const buffer = Buffer.alloc(COPY_BYTES);
    // Not to the end wherever it is by then: a fast writer would be followed for ever.
    const end = fstatSync(from).size;
    let position = offset;
    while (position < end) {
      const length = readSync(from, buffer, 0, Math.min(buffer.length, end - position), position);
      if (length === 0) break;
      append(to, buffer.subarray(0, length));
      position += length;
    }
    return position;
  } finally {
    closeSync(to);
  }
}

/** Deletes all but the newest `keep` files named `<filename>.YYYY-MM-DD`, by name; no other file. Never throws. */
export function pruneArchives(dir: string, filename: string, keep: number): void {
  const prefix = `${filename}.`;
  removeFiles(dir, keep, (name) => name.startsWith(prefix) && isDay(name.slice(prefix.length)));
}

/** Deletes files whose names begin so. Never throws. */
export function removeByPrefix(dir: string, prefix: string): void {
  removeFiles(dir, 0, (name) => name.startsWith(prefix));
}

function removeFiles(dir: string, keep: number, matches: (name: string) => boolean): void {
  try {
    const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile() && matches(entry.name));
    const names = files.map((entry) => entry.name).sort();
    for (const name of names.reverse().slice(keep)) unlinkQuietly(join(dir, name));
  } catch {
    // A directory that cannot be listed: the next rotation tries again.
  }
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Whether the open file is the one that stands at the path (a symbolic link does not count). Throws what fs throws. */
export function isSameFile(fd: number, path: string): boolean {
  const one = fstatSync(fd, { bigint: true });
  const other = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return one.ino === other?.ino && one.dev === other.dev;
}
