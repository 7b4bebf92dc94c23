import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AlreadyExists, type Store, StoreUnavailable } from './store.js';

/** Files on their way: in the store itself, since a link does not cross file systems. */
const TEMPORARY = '.tmp';

/** Opens the directory, made if need be. Throws `StoreUnavailable` when nothing can be written there. */
export async function openDirectoryStore(directory: string): Promise<Store> {
  const root = resolve(directory);
  const temporary = join(root, TEMPORARY);
  await usable(mkdir(temporary, { recursive: true }));
  const probe = join(temporary, randomUUID());
  await usable(open(probe, 'wx').then((handle) => handle.close()));
  await usable(unlink(probe));
  return {
    uri: (key) => join(root, key),
    create: (key, body) => create(join(root, key), join(temporary, randomUUID()), key, body),
    read: (key) => read(join(root, key)),
    list: (prefix) => list(join(root, prefix)),
  };
}

/** Written and synced under another name, then linked: the link is exclusive and shows the whole file or none. */
async function create(path: string, temporary: string, key: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await usable(open(temporary, 'wx', 0o640));
  try {
    await fillAndSync(handle, body);
    await usable(mkdir(dirname(path), { recursive: true }));
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new AlreadyExists(key) : unavailable(error);
    });
    await syncDirectory(dirname(path));
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

async function fillAndSync(handle: FileHandle, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) await usable(handle.writeFile(chunk));
    await usable(handle.sync());
  } finally {
    await handle.close();
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
    if (error.code === 'ENOENT') return [];
    throw unavailable(error);
  });
  return names.sort();
}

async function usable<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    throw unavailable(error);
  });
}

function unavailable(error: NodeJS.ErrnoException): StoreUnavailable {
  return new StoreUnavailable(error.message, { cause: error });
}
