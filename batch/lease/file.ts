import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../core/ports.js';
import { StoreUnavailable } from '../store/store.js';
import { type LeaseRow, LockUnavailable } from './lease.js';
import { isSameLease, isSameRow, type LeaseReading, type LeaseTable } from './lease-table.js';
import type { Reserve } from './reserve.js';

/**
 * Files kept below the highest. A process that stood still between looking and linking may find its number used and
 * tidied away, and link it once more; listing afterwards shows it that there are higher ones. With only one of them, a
 * listing during which that one is replaced by the next could show neither.
 */
const KEPT = 8;

/** How far a time stamp may be behind: a tick of the kernel's clock, or where whole seconds are kept up to two. */
const STAMP_LAG_MS = { fine: 10, whole: 2000 };

const TEMPORARY = '.new-';

/** How often the highest file may be gone when it is opened: each time at least KEPT changes have come in between. */
const LOOKS = 100;

const NO_SPACE = ['ENOSPC', 'EDQUOT'];
const UNWRITABLE = [...NO_SPACE, 'EROFS'];

const rowSchema = z.object({
  key: z.string(),
  token: z.number().int().positive(),
  owner: z.string(),
  runId: z.string(),
  acquiredAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

interface FileLeaseOptions {
  /** Room for the change of a lease that is held, should the disk become full. */
  readonly reserve?: Reserve;
  /** The folders lie in the store: a full disk is the store's trouble then (`StoreUnavailable`). */
  readonly inStore?: boolean;
}

/**
 * Leases as files: a folder per key, in it numbered files of which the highest is the row. Every change, renewals too,
 * is a new file linked under the next number, which one of many can do; nothing is ever replaced. (A renewal that
 * replaced its file could come after another process has found that lease expired and before it takes over: both would
 * hold it.) The lock's clock is the file system's: the time stamp of a file just made.
 */
export function fileLeaseTable(folderOf: (key: string) => string, options: FileLeaseOptions = {}): LeaseTable {
  const { reserve, inStore = true } = options;
  return {
    read: (key) => usable(read(folderOf(key)), folderOf(key), inStore),
    swap: (row, over, signal) =>
      usable(swap(folderOf(row.key), row, over, signal, reserve), folderOf(row.key), inStore),
  };
}

/**
 * The row of a key and the clock of this host, which may differ from the lock's: for showing, not for taking. Writes
 * nothing.
 */
export async function lookAtLeaseFile(folder: string, clock: Clock): Promise<LeaseReading> {
  const found = await usable(unlessGone(highest(folder)), folder, false);
  const now = clock.now().getTime();
  return { row: found?.row ?? null, notBefore: now, notAfter: now };
}

async function read(folder: string): Promise<LeaseReading> {
  await mkdir(folder, { recursive: true });
  const stamp = await stampOfNewFile(folder);
  const lag = stamp % 1000 === 0 ? STAMP_LAG_MS.whole : STAMP_LAG_MS.fine;
  const found = await highest(folder);
  return { row: found?.row ?? null, notBefore: Math.floor(stamp), notAfter: Math.ceil(stamp) + lag };
}

async function swap(
  folder: string,
  row: LeaseRow,
  over: LeaseRow | null,
  signal: AbortSignal,
  reserve: Reserve | undefined,
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const before = await highest(folder);
  if (!isSameRow(before?.row ?? null, over)) return false;
  const number = (before?.number ?? 0) + 1;
  const isNewOwner = over === null || !isSameLease(row, over);
  // What could not be given back is not taken.
  if (isNewOwner) reserve?.hold(join(folder, `${TEMPORARY}${randomUUID()}`));
  const put = () => linkNew(folder, fileName(number), JSON.stringify(row), signal);
  const linked = await put().catch((error: unknown) => {
    if (NO_SPACE.includes(codeOf(error)) && reserve?.free()) return put();
    throw error;
  });
  if (!linked) return false;
  const names = await readdir(folder);
  if (highestOf(names) !== fileName(number)) return false;
  await tidy(folder, names, (old) => old <= number - KEPT, isNewOwner);
  return true;
}

/** Makes the file whole under another name, then links it. False: the name is taken. */
async function linkNew(folder: string, name: string, content: string, signal: AbortSignal): Promise<boolean> {
  const temporary = join(folder, `${TEMPORARY}${randomUUID()}`);
  try {
    const handle = await open(temporary, 'wx', 0o640);
    try {
      await handle.writeFile(content);
      // A power cut must not leave the name of a file without its content: nobody could take such a lease.
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    await link(temporary, join(folder, name));
    return true;
  } catch (error) {
    // EEXIST: somebody was faster. ENOENT: and has tidied up already.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

async function stampOfNewFile(folder: string): Promise<number> {
  const path = join(folder, `${TEMPORARY}${randomUUID()}`);
  const handle = await open(path, 'wx', 0o640);
  try {
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
    await unlink(path).catch(() => {});
  }
}

interface Found {
  readonly number: number;
  readonly row: LeaseRow;
}

async function highest(folder: string): Promise<Found | null> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const name = highestOf(await readdir(folder));
    if (name === null) return null;
    const path = join(folder, name);
    const number = Number.parseInt(name, 10);
    // No other number would be above it.
    if (number >= Number.MAX_SAFE_INTEGER) throw noLease(path);
    // null: many changes have passed in between, and it was tidied away.
    const row = await unlessGone(readRow(path));
    if (row !== null) return { number, row };
  }
  throw new Error(`the highest file in ${folder} cannot be opened`);
}

async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}

/** Opens nothing but files: opening a pipe would wait for its other end. */
async function readRow(path: string): Promise<LeaseRow> {
  if (!(await lstat(path)).isFile()) throw noLease(path);
  const text = await readFile(path, 'utf8');
  try {
    return rowSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw noLease(path, cause);
  }
}

function noLease(path: string, cause?: unknown): Error {
  return new Error(`${path} is no lease; remove it when no run is under way`, { cause });
}

/** A new owner also removes what killed processes left; a living one whose file goes that way finds itself too late. */
async function tidy(
  folder: string,
  names: readonly string[],
  isOld: (number: number) => boolean,
  isNewOwner: boolean,
): Promise<void> {
  for (const name of names) {
    const goes = isLeaseName(name) ? isOld(Number.parseInt(name, 10)) : isNewOwner && name.startsWith(TEMPORARY);
    if (goes) await unlink(join(folder, name)).catch(() => {});
  }
}

function highestOf(names: readonly string[]): string | null {
  return names.filter(isLeaseName).sort().at(-1) ?? null;
}

function isLeaseName(name: string): boolean {
  return /^\d{20}\.json$/.test(name);
}

function fileName(number: number): string {
  return `${String(number).padStart(20, '0')}.json`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

async function usable<T>(work: Promise<T>, folder: string, inStore: boolean): Promise<T> {
  return work.catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    // A disk that nothing can be written to is not the lock's own trouble.
    if (inStore && UNWRITABLE.includes(codeOf(error)))
      throw new StoreUnavailable(`${message} '${folder}'`, { cause: error });
    throw new LockUnavailable(message, { cause: error });
  });
}
