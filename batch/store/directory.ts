import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { goneAtExit } from '../process/gone-at-exit.js';
import { replaceFile, versionOf } from './replace.js';
import { type ByteRange, type Store, StoreUnavailable, VersionConflict } from './store.js';
import { nameOfMine, sweep } from './temporary.js';

/** Files on their way: in the store itself, since a link does not cross file systems. */
const TEMPORARY = '.tmp';
const BLOCK_BYTES = 4096;

/** Opens a directory that is there, for reading. Throws `StoreUnavailable` when it is not. */
export async function openExistingStore(directory: string): Promise<Store> {
  const root = resolve(directory);
  await usable(readdir(root));
  return storeAt(root);
}

/** Opens the directory, made if need be. Throws `StoreUnavailable` when nothing can be written there. */
export async function openDirectoryStore(directory: string): Promise<Store> {
  const root = resolve(directory);
  const temporary = join(root, TEMPORARY);
  await usable(makeFolder(temporary));
  await usable(sweep(temporary, { prefix: '', old: true }));
  await probe(temporaryName(root));
  return storeAt(root);
}

function storeAt(root: string): Store {
  return {
    uri: (key) => join(root, key),
    put: (key, body, replaces) => put({ path: join(root, key), temporary: temporaryName(root), key, replaces }, body),
    read: (key, range) => read(join(root, key), range),
    version: (key) => usable(versionOf(join(root, key))),
    list: (prefix) => list(join(root, prefix)),
  };
}

/** Found out now rather than after the first unit was read: no permission, or no space for as much as a block. */
async function probe(path: string): Promise<void> {
  const done = goneAtExit(path);
  try {
    const handle = await usable(open(path, 'wx'), path);
    const writing = fillAndSync(handle, [Buffer.alloc(BLOCK_BYTES)], path);
    await writing.finally(() => usable(unlink(path)));
  } finally {
    done();
  }
}

function temporaryName(root: string): string {
  return join(root, TEMPORARY, nameOfMine(randomUUID()));
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

interface Place {
  readonly path: string;
  readonly temporary: string;
  readonly key: string;
  readonly replaces: string | null;
}

/** Written and synced under another name first: what then takes its place shows the whole file or none. */
async function put({ path, temporary, key, replaces }: Place, body: AsyncIterable<Uint8Array>): Promise<void> {
  const gone = goneAtExit(temporary);
  try {
    const handle = await usable(open(temporary, 'wx', 0o640));
    await fillAndSync(handle, body, path);
    const done = replaces === null ? create(temporary, path) : replaceFile(temporary, path, key, replaces);
    if (!(await usable(done))) throw new VersionConflict(key, replaces);
    await syncDirectory(dirname(path));
  } finally {
    await unlink(temporary).catch(() => {});
    gone();
  }
}

/** A link is exclusive. False: the name is taken. */
async function create(temporary: string, path: string): Promise<boolean> {
  await makeFolder(dirname(path));
  return link(temporary, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
}

async function fillAndSync(handle: FileHandle, body: Chunks, path: string): Promise<void> {
  try {
    for await (const chunk of body) await usable(handle.writeFile(chunk), path);
    await usable(handle.sync(), path);
  } finally {
    await usable(handle.close(), path);
  }
}

/** With those above it. Node calls it ENOENT when the disk is read-only; one folder by itself tells the reason. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** Without it a power cut could take the name away again. Not every file system allows it on a directory. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await usable(open(path, 'r'));
  await handle.sync().catch(() => {});
  await handle.close();
}

async function read(path: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw unavailable(error);
  });
  return handle === null ? null : contentOf(handle, range);
}

async function* contentOf(handle: FileHandle, range: ByteRange = { start: 0 }): AsyncIterable<Uint8Array> {
  try {
    const start = range.start < 0 ? Math.max(0, (await handle.stat()).size + range.start) : range.start;
    // A stream includes its end.
    const end = range.end === undefined ? Number.POSITIVE_INFINITY : range.end - 1;
    yield* handle.createReadStream({ start, end });
  } catch (error) {
    throw unavailable(error as NodeJS.ErrnoException);
  }
}

async function list(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    // ENOTDIR: a file in its place.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw unavailable(error);
  });
  return names.sort();
}

async function usable<T>(work: Promise<T>, path?: string): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    throw unavailable(error, path);
  });
}

/** What is done to an open file does not say which one it was. */
function unavailable(error: NodeJS.ErrnoException, path?: string): StoreUnavailable {
  const where = error.path === undefined && path !== undefined ? ` '${path}'` : '';
  return new StoreUnavailable(`${error.message}${where}`, { cause: error });
}
