import { fstatSync, readSync } from 'node:fs';

/** Enough for the timestamp, which is a line's first key. */
const HEAD_BYTES = 96;

/** The day of a time in the process's time zone: `YYYY-MM-DD`. Days compare as text. */
function localDay(at: Date): string {
  const parts = [String(at.getFullYear()).padStart(4, '0'), at.getMonth() + 1, at.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

/**
 * Whether a file that holds the day `held` must make room for a line of the time `at`: when its day is over, or when it
 * is more than a day ahead (written under a wrong clock). One day ahead is normal: the line was made just before
 * midnight, and another process was faster.
 */
export function isOver(held: string, at: Date): boolean {
  const tomorrow = localDay(new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, 12));
  return held < localDay(at) || held > tomorrow;
}

/** The day that an open file holds: of its first line's timestamp, else of its last change; null when it is empty. */
export function heldDay(fd: number): string | null {
  const { size, mtime } = fstatSync(fd);
  if (size === 0) return null;
  const head = Buffer.alloc(HEAD_BYTES);
  const length = readSync(fd, head, 0, HEAD_BYTES, 0);
  const stamp = /^\{"timestamp":"([^"]+)"/.exec(head.toString('utf8', 0, length))?.[1];
  const at = new Date(stamp ?? Number.NaN);
  return localDay(Number.isNaN(at.getTime()) ? mtime : at);
}
