import { createHash } from 'node:crypto';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { parquetMetadata } from 'hyparquet';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../batch/commands/host.js';
import { toParquet } from '../../batch/core/parquet.js';
import { readFooter } from '../../batch/core/parquet-file.js';
import { renderProjection } from '../../batch/core/projection.js';
import { publishProjections } from '../../batch/core/publish-projections.js';
import { RunStopped } from '../../batch/core/stop.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { type Store, StoreUnavailable } from '../../batch/store/store.js';
import { temporaryFolder } from '../program.js';
import { commit, DATE, KEY, NEVER, recordOf, SCOPE, tokenThere, writeUnit } from './days.js';

const DAY = { scope: SCOPE, date: DATE };

async function open(): Promise<Store> {
  const dir = temporaryFolder();
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return openDirectoryStore(dir);
}

/** Of all that is behind the pages, but the hash itself. */
function hashOfFooter(file: Uint8Array): string {
  const footer = Buffer.from(file.subarray(-parquetMetadata(file).metadata_length - 8)).toString('latin1');
  const [before = '', after = ''] = footer.split(/(?<=footer_bytes_sha256..)[0-9a-f]{64}/s);
  return createHash('sha256')
    .update(Buffer.from(before + after, 'latin1'))
    .digest('hex');
}

const render = (store: Store, signal = NEVER) => renderProjection(store, DAY, signal);

async function bytesOf(store: Store): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read(KEY)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

it('lies where the contract says, and its footer names the manifest', async () => {
  expect(KEY).toBe('t/analytics/resources/year=2026/month=01/day=31/resources_20260131_111122223333_us-east-1.parquet');
  const store = await open();
  await commit(store, 7, [await writeUnit(store, 'A', [recordOf('A', '1'), recordOf('A', '2')])]);
  const rendering = await render(store);
  const bytes = await bytesOf(store);
  expect(rendering).toEqual({ state: 'published', count: 2, bytes: bytes.length });
  const manifest = readFileSync(store.uri(`t/manifests/${DATE}/111122223333/us-east-1/${'7'.padStart(20, '0')}.json`));
  expect(parquetMetadata(bytes).key_value_metadata).toEqual([
    { key: 'fencing_token', value: '7' },
    { key: 'manifest_sha256', value: createHash('sha256').update(manifest).digest('hex') },
    { key: 'footer_bytes_sha256', value: hashOfFooter(bytes) },
  ]);
  // Once it is there, nothing is to be done.
  const version = await store.version(KEY);
  expect([await render(store), await store.version(KEY)]).toEqual([{ state: 'current' }, version]);
});

it('the highest manifest is rendered, over a lower one only', async () => {
  const store = await open();
  const unit = await writeUnit(store, 'A', [recordOf('A', '1')]);
  await commit(store, 2, [unit]);
  await render(store);
  await commit(store, 3, []);
  expect([await render(store), await tokenThere(store)]).toEqual([
    { state: 'published', count: 0, bytes: expect.any(Number) },
    3,
  ]);
  // The manifest of 3 was taken away by hand: 2 is not put over it.
  rmSync(store.uri(`t/manifests/${DATE}/111122223333/us-east-1/${'3'.padStart(20, '0')}.json`));
  const reason = 'the file is of token 3, the last manifest has 2';
  expect([await render(store), await tokenThere(store)]).toEqual([{ state: 'lagging', reason }, 3]);
});

it('another manifest under the same token is rendered anew', async () => {
  const store = await open();
  const unit = await writeUnit(store, 'A', [recordOf('A', '1')]);
  await commit(store, 2, [unit]);
  await render(store);
  rmSync(store.uri(`t/manifests/${DATE}/111122223333/us-east-1/${'2'.padStart(20, '0')}.json`));
  await commit(store, 2, []);
  expect(await render(store)).toMatchObject({ state: 'published', count: 0 });
});

it.for([
  ['cut', (path: string) => truncateSync(path, 40), /us.*A.*(unexpected end|SHA-256)/],
  ['another one', (path: string) => writeFileSync(path, 'x'), /cannot be read/],
  ['missing', (path: string) => rmSync(path), /is missing/],
] as const)('a unit file that is %s never becomes a wrong Parquet file', async ([, damage, reason]) => {
  const store = await open();
  const units = [await writeUnit(store, 'A', [recordOf('A', '1')]), await writeUnit(store, 'B', [recordOf('B', '1')])];
  await commit(store, 1, units);
  await render(store);
  await commit(store, 2, units);
  damage(store.uri(units[0]?.file ?? ''));
  expect(await render(store)).toEqual({ state: 'lagging', reason: expect.stringMatching(reason) });
  expect(await tokenThere(store)).toBe(1);
});

it.for([
  ['hash', { sha256: '0'.repeat(64) }, /SHA-256/],
  ['size', { bytes: 1 }, /SHA-256/],
  ['count', { count: 5 }, /has 1 records, the ledger says 5/],
] as const)('nor does one whose %s is not that of the ledger', async ([, wrong, reason]) => {
  const store = await open();
  await commit(store, 1, [{ ...(await writeUnit(store, 'A', [recordOf('A', '1')])), ...wrong }]);
  expect(await render(store)).toEqual({ state: 'lagging', reason: expect.stringMatching(reason) });
  expect(await store.version(KEY)).toBeNull();
});

it.for([
  ['cut', (path: string) => truncateSync(path, 100)],
  ['empty', (path: string) => truncateSync(path)],
  ['something else', (path: string) => writeFileSync(path, 'PAR1 but not quite')],
] as const)('a Parquet file that is %s is replaced', async ([, damage]) => {
  const store = await open();
  await commit(store, 1, [await writeUnit(store, 'A', [recordOf('A', '1')])]);
  await render(store);
  damage(store.uri(KEY));
  expect(await render(store)).toMatchObject({ state: 'published', count: 1 });
});

it('a file that others keep replacing is left to them', async () => {
  const store = await open();
  await commit(store, 1, [await writeUnit(store, 'A', [recordOf('A', '1')])]);
  let puts = 0;
  const contested: Store = {
    ...store,
    put: async (key, body, replaces) => {
      puts += 1;
      return store.put(key, body, replaces === null ? 'not there' : `not ${replaces}`);
    },
  };
  expect([await render(contested), puts]).toEqual([{ state: 'lagging', reason: 'others keep replacing the file' }, 5]);
});

it('is stopped in the middle, and leaves nothing', async () => {
  const store = await open();
  await commit(store, 1, [await writeUnit(store, 'A', [recordOf('A', '1')])]);
  const stop = new AbortController();
  const stopped: Store = {
    ...store,
    read: async (key, range) => {
      if (key.includes('/units/')) stop.abort(new RunStopped('SIGTERM'));
      return store.read(key, range);
    },
  };
  expect(await render(stopped, stop.signal)).toEqual({ state: 'lagging', reason: 'the run was stopped (SIGTERM)' });
  await expect.poll(() => store.list('.tmp')).toEqual([]);
  expect(await store.version(KEY)).toBeNull();
});

it('a footer that is longer than what is read of it at first', async () => {
  const store = await open();
  async function* none() {}
  const footer = { padding: 'x'.repeat(100_000), fencing_token: '4', manifest_sha256: 'of the manifest' };
  await store.put(KEY, toParquet(none(), footer), null);
  expect(await readFooter(store, KEY)).toEqual({ token: 4, manifestSha256: 'of the manifest', rows: 0 });
});

it('a store that hangs does not keep the run for ever', async () => {
  const store = await open();
  const manifest = await commit(store, 1, [await writeUnit(store, 'A', [recordOf('A', '1')])]);
  const hanging: Store = { ...store, version: () => new Promise(() => {}), list: () => new Promise(() => {}) };
  const waiting: { ms: number; wake: () => void }[] = [];
  const clock = {
    ...systemClock,
    sleep: (ms: number) => new Promise<void>((wake) => waiting.push({ ms, wake })),
  };
  const log: unknown[][] = [];
  const deadline = new AbortController();
  deadline.abort(new RunStopped('deadline'));
  const publishing = publishProjections(
    { clock, log: { write: (...line) => log.push(line) } },
    hanging,
    [{ manifest, uri: 'of the manifest' }],
    { signal: deadline.signal, interrupted: NEVER },
  );
  await expect.poll(() => waiting[0]?.ms).toBe(15 * 60_000);
  waiting[0]?.wake();
  const reason = 'the run was stopped (deadline)';
  expect(await publishing).toEqual([{ date: DATE, region: SCOPE.region, reason }]);
  expect(log).toMatchObject([
    ['warn', 'projection.lagging', { reason }],
    ['warn', 'projection.unchecked', { reason }],
  ]);
});

it('a day before whose file cannot be read does not hide the others', async () => {
  const store = await open();
  const days = ['2026-01-28', '2026-01-29', '2026-01-30'];
  for (const date of days) await commit(store, 1, [], { date });
  const manifest = await commit(store, 2, []);
  const denied: Store = {
    ...store,
    read: async (key, range) => {
      if (key.includes('day=29')) throw new StoreUnavailable('EACCES: permission denied');
      return store.read(key, range);
    },
  };
  const log: unknown[][] = [];
  const deps = { clock: systemClock, log: { write: (...line: unknown[]) => log.push(line) } };
  const signals = { signal: NEVER, interrupted: NEVER };
  expect(await publishProjections(deps, denied, [{ manifest, uri: 'of the manifest' }], signals)).toEqual([]);
  const published = (date: string) => ['info', 'projection.published', { date }];
  const reason = 'EACCES: permission denied';
  expect(log).toMatchObject([
    ...[DATE, '2026-01-28', '2026-01-30'].map(published),
    ['warn', 'projection.unchecked', { region: SCOPE.region, reason }],
  ]);
});
