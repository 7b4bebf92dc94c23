import { mkdtempSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { disksOf, diskUse } from '../../batch/process/disk.js';

const MIB = 1024 * 1024;
/** 1000 blocks, of which 100 are kept for root. */
const STATS = { type: 0, bsize: MIB, blocks: 1000, bfree: 300, bavail: 200, files: 5000, ffree: 4000 };

test('as df counts: what is kept for root is neither used nor free', () => {
  const use = diskUse('/store', STATS);
  expect(use).toMatchObject({ folder: '/store', freeBytes: 200 * MIB, freeFiles: 4000 });
  expect(use?.percent).toBeCloseTo((700 / 900) * 100);
});

test('a disk that can have no more files is as full as one without bytes', () => {
  expect(diskUse('/store', { ...STATS, ffree: 50 })?.percent).toBeCloseTo(99);
});

test('where the number of files is not limited, only bytes count', () => {
  expect(diskUse('/store', { ...STATS, files: 0, ffree: 0 })).toMatchObject({ freeFiles: null });
});

test('a file system that tells no size is not known, rather than empty', () => {
  expect(diskUse('/proc', { ...STATS, blocks: 0, bfree: 0, bavail: 0 })).toBeNull();
});

test('a folder that is yet to be made, and one entry for each file system', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arv-disk-'));
  const [use, ...more] = await disksOf([join(folder, 'not/yet'), folder]);
  expect(more).toEqual([]);
  const { bsize, blocks } = await statfs(folder);
  expect(use?.freeBytes).toBeLessThan(blocks * bsize);
  expect(use?.percent).toBeGreaterThan(0);
});

test('what cannot be asked is left out', async () => {
  expect(await disksOf(['/dev/null/store'])).toEqual([]);
});
