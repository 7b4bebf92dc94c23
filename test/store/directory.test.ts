import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { StoreUnavailable } from '../../batch/store/store.js';
import { storeContract } from '../contract/store-contract.js';
import { temporaryFolder } from '../program.js';

storeContract('directory', async () => {
  const folder = temporaryFolder();
  const reopen = () => openDirectoryStore(folder);
  return { store: await reopen(), reopen };
});

async function* one(text: string) {
  yield Buffer.from(text);
}

test('the directory is made, and nothing temporary stays in it', async () => {
  const folder = join(temporaryFolder(), 'made', 'of', 'three');
  const store = await openDirectoryStore(folder);
  await store.put('a/b', one('x'), null);
  expect(readdirSync(join(folder, '.tmp'))).toEqual([]);
  expect(readFileSync(store.uri('a/b'), 'utf8')).toBe('x');
  expect(statSync(store.uri('a/b')).nlink).toBe(1);
});

test.each([
  ['a file in its place', (folder: string) => folder],
  ['a file above it', (folder: string) => join(folder, 'below')],
])('cannot be opened: %s', async (_name, pathOf) => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'kept');
  await expect(openDirectoryStore(pathOf(file))).rejects.toBeInstanceOf(StoreUnavailable);
  expect(readFileSync(file, 'utf8')).toBe('kept');
});

test('a fault of the file system while writing is the store’s, not the source’s', async () => {
  const folder = temporaryFolder();
  const store = await openDirectoryStore(folder);
  writeFileSync(join(folder, 'blocked'), 'a file where a folder is needed');
  await expect(store.put('blocked/key', one('x'), null)).rejects.toBeInstanceOf(StoreUnavailable);
  mkdirSync(join(folder, 'folder'));
  const content = await store.read('folder').catch((error: unknown) => error);
  const reading = async () => {
    for await (const _ of content as AsyncIterable<Uint8Array>);
  };
  await expect(reading()).rejects.toBeInstanceOf(StoreUnavailable);
});
