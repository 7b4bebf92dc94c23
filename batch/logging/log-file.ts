import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';

/** Of the log file and its archives, whatever the umask. */
const MODE = 0o640;

/** Waits without giving the event loop away: what is awaited here is another process's few milliseconds. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Opens for reading and appending, mode 0640. Log directories may be shared, so a symbolic link is not followed and
 * anything but a regular file is refused (a pipe would block). `created`: it must not exist yet. Throws what fs throws.
 */
export function openLog(path: string, how: 'existing' | 'any' | 'created'): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  const create = { existing: 0, any: O_CREAT, created: O_CREAT | O_EXCL }[how];
  const fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | create, MODE);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw Object.assign(new Error(`not a regular file: ${path}`), { code: 'ENOTSUP' });
    if ((stat.mode & 0o7777) !== MODE) chmodIfOurs(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Appends the whole text. Lines of one write are not mixed with other processes' (O_APPEND). */
export function append(fd: number, text: string | Buffer): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** Whether the file's last line has no end: its writer was killed in the middle, or the disk was full. */
export function endsInside(fd: number): boolean {
  const last = Buffer.alloc(1);
  const { size } = fstatSync(fd);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

/** Deletes a file if it is there and may be deleted. Never throws. */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or it stays: the next rotation tries again.
  }
}

function chmodIfOurs(fd: number): void {
  try {
    fchmodSync(fd, MODE);
  } catch {
    // The file is another user's, who has given it its mode. That it can be written is enough.
  }
}
