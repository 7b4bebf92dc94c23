import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isGoneHere, thisProcess } from '../process/identity.js';
import { AlreadyExists, type Store, StoreUnavailable } from './store.js';

/** Files on their way: in the store itself, since a link does not cross file systems. */
const TEMPORARY = '.tmp';
const BLOCK_BYTES = 4096;
/** No file takes a day to write: a run ends within its deadline. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

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
  await sweep(temporary);
  await probe(temporaryName(root));
  return storeAt(root);
}

function storeAt(root: string): Store {
  return {
    uri: (key) => join(root, key),
    create: (key, body) => create(join(root, key), temporaryName(root), key, body),
    read: (key) => read(join(root, key)),
    list: (prefix) => list(join(root, prefix)),
  };
}

/** Found out now rather than after the first unit was read: no permission, or no space for as much as a block. */
async function probe(path: string): Promise<void> {
  const handle = await usable(open(path, 'wx'), path);
  const writing = fillAndSync(handle, [Buffer.alloc(BLOCK_BYTES)], path);
  await writing.finally(() => usable(unlink(path)));
}

/** Named for its process, so that the next run knows it for abandoned when the process is gone. */
function temporaryName(root: string): string {
  return join(root, TEMPORARY, `${encodeURIComponent(thisProcess())}~${randomUUID()}`);
}

/** Files of a process that is gone, or of another host and old: what a killed run was writing. */
async function sweep(temporary: string): Promise<void> {
  for (const name of await usable(readdir(temporary))) {
    const path = join(temporary, name);
    const owner = ownerOf(name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (isGoneHere(owner) || age > ABANDONED_MS) await unlink(path).catch(() => {});
  }
}

/** The process that a temporary file is named for; empty for a name that is none of ours. */
function ownerOf(name: string): string {
  try {
    return decodeURIComponent(name.split('~')[0] ?? '');
  } catch {
    return '';
  }
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Written and synced under another name, then linked: the link is exclusive and shows the whole file or none. */
async function create(path: string, temporary: string, key: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await usable(open(temporary, 'wx', 0o640));
  try {
    await fillAndSync(handle, body, path);
    await usable(makeFolder(dirname(path)));
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new AlreadyExists(key) : unavailable(error);
    });
    await syncDirectory(dirname(path));
  } finally {
    await unlink(temporary).catch(() => {});
  }
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

async function read(path: string): Promise<AsyncIterable<Uint8Array> | null> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw unavailable(error);
  });
  return handle === null ? null : contentOf(handle);
}

async function* contentOf(handle: FileHandle): AsyncIterable<Uint8Array> {
  try {
    yield* handle.createReadStream();
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
