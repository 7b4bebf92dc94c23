import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../batch/commands/host.js';
import { fileLeaseTable, lookAtLeaseFile } from '../../batch/lease/file.js';
import { type LeaseRow, LockUnavailable } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';

/** Files that are listed and gone when they are opened. */
let gone = '';
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const lstat = async (path: string) => real.lstat(gone !== '' && path.endsWith(gone) ? `${path}.gone` : path);
  return { ...real, lstat };
});

const signal = new AbortController().signal;

function row(token: number, n = 0): LeaseRow {
  const expiresAt = new Date(Date.UTC(2025, 0, 31, 23, 1, n)).toISOString();
  return { key: 'k', token, owner: 'o', runId: `run-${token}`, acquiredAt: '2025-01-31T23:00:00.000Z', expiresAt };
}

describe('lease files', () => {
  let folder: string;
  let table: LeaseTable;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'arv-lease-'));
    table = fileLeaseTable((key) => join(folder, key));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const names = () => readdirSync(join(folder, 'k')).sort();

  test('what a killed process left goes with the next owner, not with a renewal', async () => {
    await table.swap(row(1), null, signal);
    const left = join(folder, 'k', '.new-0123');
    writeFileSync(left, 'half a ro');
    expect(await table.swap(row(1, 1), row(1), signal)).toBe(true);
    expect(names()).toContain('.new-0123');
    expect(await table.swap(row(2), row(1, 1), signal)).toBe(true);
    expect(names()).not.toContain('.new-0123');
  });

  test('a long life leaves few files, readable by the group', async () => {
    await table.swap(row(1), null, signal);
    for (let n = 1; n <= 40; n++) expect(await table.swap(row(1, n), row(1, n - 1), signal)).toBe(true);
    expect(names().length).toBeLessThanOrEqual(10);
    expect(names().at(-1)).toBe('00000000000000000041.json');
    expect(statSync(join(folder, 'k', names().at(-1) ?? '')).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test.each(['', '{"token": 1', '{"token": 1}'])(
    'a file that is no lease (%j) is not taken for a free one',
    async (text) => {
      await table.swap(row(1), null, signal);
      const path = join(folder, 'k', '00000000000000000002.json');
      writeFileSync(path, text);
      const message = `${path} is no lease; remove it when no run is under way`;
      await expect(table.read('k', signal)).rejects.toThrow(new LockUnavailable(message));
      await expect(table.swap(row(2), null, signal)).rejects.toBeInstanceOf(LockUnavailable);
    },
  );

  test.each<[name: string, file: string, make: (path: string) => void]>([
    ['a folder', '2', (path) => mkdirSync(path)],
    ['a pipe', '2', (path) => spawnSync('mkfifo', [path])],
    ['a link to nothing', '2', (path) => symlinkSync('nowhere', path)],
    [
      'the last number there is',
      String(Number.MAX_SAFE_INTEGER),
      (path) => writeFileSync(path, JSON.stringify(row(9))),
    ],
    ['a number past it', '9'.repeat(20), (path) => writeFileSync(path, JSON.stringify(row(9)))],
  ])('%s in the place of the highest file is told, and nothing is written', async (_name, file, make) => {
    await table.swap(row(1), null, signal);
    const path = join(folder, 'k', `${file.padStart(20, '0')}.json`);
    make(path);
    const before = names();
    const message = `${path} is no lease; remove it when no run is under way`;
    await expect(table.read('k', signal)).rejects.toThrow(new LockUnavailable(message));
    await expect(table.swap(row(2), row(1), signal)).rejects.toThrow(new LockUnavailable(message));
    expect(names()).toEqual(before);
  });

  test('a highest file that never opens is told', async () => {
    await table.swap(row(1), null, signal);
    gone = '00000000000000000001.json';
    const message = `the highest file in ${join(folder, 'k')} cannot be opened`;
    await expect(table.read('k', signal)).rejects.toThrow(new LockUnavailable(message));
    gone = '';
    expect((await table.read('k', signal)).row).toEqual(row(1));
  });

  test('to look at a lease writes nothing', async () => {
    const clock = { ...systemClock, now: () => new Date('2025-01-31T23:00:30.000Z') };
    const path = join(folder, 'k');
    expect(await lookAtLeaseFile(path, clock)).toMatchObject({ row: null });
    expect(readdirSync(folder)).toEqual([]);
    await table.swap(row(1), null, signal);
    const { mtimeMs } = statSync(path);
    const now = clock.now().getTime();
    expect(await lookAtLeaseFile(path, clock)).toEqual({ row: row(1), notBefore: now, notAfter: now });
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });
});
