import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { LedgerUnit } from '../../batch/core/model.js';
import { renderProjection } from '../../batch/core/projection.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { manifestNames, scopeFolder } from '../cli/ledger.js';
import { DAY, openPlace, type Place, type Ran } from '../cli/place.js';
import { commit, NEVER } from './days.js';

const LAMBDA = ['--services', 'Lambda'];
const EARLIER = ['--target-date', '2026-01-30', '--backfill'];

/** The Parquet file of a day. */
function parquet(place: Place, region = 'us-east-1', day = DAY): string {
  const [year, month, date] = day.split('-');
  const name = `resources_${year}${month}${date}_482915730164_${region}.parquet`;
  return place.file(`data/default_tenant/analytics/resources/year=${year}/month=${month}/day=${date}/${name}`);
}

/** The token of the manifest that a Parquet file was made from, and how many rows it has; null: there is no file. */
function facts(path: string): { token: number; rows: number } | null {
  if (!existsSync(path)) return null;
  const { num_rows, key_value_metadata = [] } = parquetMetadata(readFileSync(path));
  const token = key_value_metadata.find(({ key }) => key === 'fencing_token')?.value;
  return { token: Number(token), rows: Number(num_rows) };
}

const events = ({ log }: Ran, name: string) => log.filter(({ event }) => event === name);
const verify = async (place: Place) => (await place.run(['snapshots', 'verify'])).doc;

/** Runs this when a file is about to get its name under `analytics`: `made` tells how often that was before. */
function atPublishing(does: string): string[] {
  const script = `
    import fs from 'node:fs/promises';
    import { writeFileSync } from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    for (const name of ['link', 'rename']) {
      const original = fs[name];
      fs[name] = async (from, to) => {
        if (String(to).includes('/analytics/')) { ${does} }
        return original(from, to);
      };
    }
    syncBuiltinESMExports();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

describe('a run renders what it committed', () => {
  it.concurrent('and tells where it is; nothing lags', async (test) => {
    const place = await openPlace(test);
    const ran = await place.collect(['--services', 'Lambda', 'S3'], { BATCH_RUN_TYPE: 'ecs' });
    expect([ran.code, ran.doc.warnings], ran.stderr).toEqual([0, []]);
    const [region, account] = events(ran, 'projection.published');
    for (const [event, where] of [
      [region, 'us-east-1'],
      [account, 'global'],
    ] as const) {
      const uri = parquet(place, where);
      const { size: bytes } = statSync(uri);
      const count = facts(uri)?.rows;
      expect(event).toMatchObject({ level: 'info', uri, date: DAY, region: where, count, bytes });
      expect(event.duration_ms).toBeGreaterThanOrEqual(0);
    }
    expect(ran.metrics.find((line) => 'RunSucceeded' in line)).toMatchObject({ ProjectionsLagging: 0 });
    // Under the manifest's own conditions: the same again renders the new manifest.
    const again = await place.collect(LAMBDA);
    expect([events(again, 'projection.published').length, facts(parquet(place))?.token]).toEqual([1, 2]);
  });

  it.concurrent('also when the run as a whole failed after the commit of the buckets', async (test) => {
    const place = await openPlace(test);
    mkdirSync(scopeFolder(place, 'manifests', 'us-east-1'), { recursive: true });
    writeFileSync(join(scopeFolder(place, 'manifests', 'us-east-1'), `${'1'.padStart(20, '0')}.json`), '{');
    const ran = await place.collect(['--services', 'Lambda', 'S3'], { BATCH_RUN_TYPE: 'ecs' });
    expect([ran.code, ran.doc.error_code, ran.doc.snapshot.length]).toEqual([1, 'STORE_UNAVAILABLE', 1]);
    expect([facts(parquet(place, 'global'))?.token, facts(parquet(place))]).toEqual([1, null]);
    expect(ran.metrics.find((line) => 'RunSucceeded' in line)).toMatchObject({ ProjectionsLagging: 0 });
  });

  it.concurrent.for([
    ['en', /^The Parquet file of 2026-01-31, us-east-1, is behind its ledger: .*arv snapshots repair/],
    ['ja', /^2026-01-31 の us-east-1 の Parquet .*arv snapshots repair/],
  ] as const)('where it cannot, the snapshot is published all the same: %s', async ([lang, message], test) => {
    const place = await openPlace(test);
    mkdirSync(place.file('data/default_tenant'), { recursive: true });
    writeFileSync(place.file('data/default_tenant/analytics'), 'a file in the place of a folder');
    const ran = await place.collect(LAMBDA, { BATCH_RUN_TYPE: 'ecs', ARV_LANG: lang });
    expect([ran.code, ran.doc.success, ran.doc.results], ran.stderr).toEqual([0, true, { Lambda: 5 }]);
    expect(ran.doc.warnings).toEqual([
      { resource_type: null, code: 'PROJECTION_LAGGING', message: expect.stringMatching(message) },
    ]);
    const [event, ...others] = events(ran, 'projection.lagging');
    expect([event, others]).toMatchObject([{ level: 'warn', uri: parquet(place), region: 'us-east-1' }, []]);
    expect(event.reason).toMatch(/ENOTDIR|EEXIST/);
    expect(ran.metrics.find((line) => 'RunSucceeded' in line)).toMatchObject({
      ProjectionsLagging: 1,
      RunSucceeded: 1,
    });
    rmSync(place.file('data/default_tenant/analytics'));
    const lag = { date: DAY, region: 'us-east-1', problem: 'the file is missing' };
    expect(await verify(place)).toMatchObject({ ok: true, damages: [], lagging: [lag] });
    const repaired = await place.run(['snapshots', 'repair']);
    const row = { date: DAY, account_id: '482915730164', region: 'us-east-1', uri: parquet(place), count: 11 };
    expect([repaired.code, repaired.doc]).toMatchObject([0, { repaired: [row], lagging: [], checked: 1 }]);
    expect(await verify(place)).toMatchObject({ ok: true, damages: [], lagging: [] });
  });
});

describe('a run looks at the days before', () => {
  it.concurrent('and renders what lags there, of its own region', async (test) => {
    const place = await openPlace(test);
    const store = await openDirectoryStore(place.file('data'));
    const scope = { tenant: 'default_tenant', accountId: '482915730164', region: 'us-east-1' };
    const days = ['01', '22', '23', '24', '25', '26', '27', '28', '29'].map((day) => `2026-01-${day}`);
    for (const date of days) await commit(store, 1, [], { scope, date });
    await commit(store, 1, [], { scope: { ...scope, region: 'global' }, date: '2026-01-29' });
    await renderProjection(store, { scope, date: '2026-01-27' }, NEVER);
    const ran = await place.collect(LAMBDA);
    expect([ran.code, ran.doc.warnings]).toEqual([0, []]);
    const paths = events(ran, 'projection.published').map(({ uri }) => uri);
    const lagged = ['23', '24', '25', '26', '28', '29'].map((day) => parquet(place, 'us-east-1', `2026-01-${day}`));
    expect(paths).toEqual([parquet(place), ...lagged]);
    // The eighth day before is left to `repair`, as are the buckets.
    const { doc } = await place.run(['snapshots', 'repair']);
    const left = [parquet(place, 'us-east-1', '2026-01-01'), parquet(place, 'us-east-1', '2026-01-22')];
    const rendered = doc.repaired.map(({ uri }: { uri: string }) => uri);
    expect([rendered, doc.checked]).toEqual([[...left, parquet(place, 'global', '2026-01-29')], 11]);
    // When all is well, a run renders its own.
    expect(events(await place.collect(LAMBDA), 'projection.published')).toHaveLength(1);
  });

  it.concurrent('on which other regions published, but not its own: nothing lags', async (test) => {
    const place = await openPlace(test);
    expect((await place.run(['--services', 'Lambda', 'S3', ...EARLIER])).code).toBe(0);
    const ran = await place.collect([...LAMBDA, '--region', 'eu-west-1'], { BATCH_RUN_TYPE: 'ecs' });
    expect([ran.code, ran.doc.warnings, events(ran, 'projection.lagging')]).toEqual([0, [], []]);
    expect(ran.metrics.find((line) => 'RunSucceeded' in line)).toMatchObject({ ProjectionsLagging: 0 });
  });

  it.concurrent('one that cannot be rendered is told by every run', async (test) => {
    const place = await openPlace(test);
    expect((await place.run([...LAMBDA, ...EARLIER])).code).toBe(0);
    rmSync(parquet(place, 'us-east-1', '2026-01-30'));
    const units = place.file('data/default_tenant/units/2026-01-30/482915730164/us-east-1/AWS-Lambda-Function');
    for (const name of readdirSync(units)) if (name.endsWith('.gz')) writeFileSync(join(units, name), 'damaged');
    const ran = await place.collect(LAMBDA);
    const message = expect.stringMatching(/2026-01-30.*AWS-Lambda-Function.*cannot be read/);
    expect(ran.doc.warnings).toEqual([{ resource_type: null, code: 'PROJECTION_LAGGING', message }]);
    const repaired = await place.run(['snapshots', 'repair']);
    const row = expect.objectContaining({ date: '2026-01-30', reason: expect.stringMatching(/cannot be read/) });
    expect([repaired.code, repaired.doc]).toEqual([1, { repaired: [], lagging: [row], checked: 2 }]);
    expect(facts(parquet(place, 'us-east-1', '2026-01-30'))).toBeNull();
    // What does not lag is repaired all the same, and can be asked for alone.
    const other = await place.run(['snapshots', 'repair', '--date', DAY]);
    expect([other.code, other.doc.checked]).toEqual([0, 1]);
    const table = await place.text(['snapshots', 'repair', '--output', 'table']);
    expect([table.code, table.stdout]).toEqual([1, expect.stringMatching(/│ 2 +│ 0 +│ 1 +│[\s\S]*2026-01-30/)]);
  });
});

describe('a run that ends while it renders', () => {
  it.concurrent('killed: nothing of it is visible, and the next one renders', async (test) => {
    const place = await openPlace(test);
    const killed = place.startCollect(LAMBDA, {}, atPublishing("process.kill(process.pid, 'SIGKILL');"));
    await killed.ended.catch(() => {});
    expect([killed.child.signalCode, manifestNames(place).length]).toEqual(['SIGKILL', 1]);
    expect([facts(parquet(place)), readdirSync(place.file('data/.tmp')).length]).toEqual([null, 1]);
    expect(await verify(place)).toMatchObject({ ok: true, damages: [], lagging: [{ region: 'us-east-1' }] });
    expect((await place.collect(LAMBDA)).code).toBe(0);
    expect([facts(parquet(place))?.token, readdirSync(place.file('data/.tmp'))]).toEqual([2, []]);
  });

  it.concurrent('told to: it ends at once, with what it published', async (test) => {
    const place = await openPlace(test);
    const does = "process.kill(process.pid, 'SIGTERM'); await new Promise(() => {});";
    const ran = await place.startCollect(LAMBDA, {}, atPublishing(does)).ended;
    expect([ran.code, ran.doc.success, ran.doc.results], ran.stderr).toEqual([0, true, { Lambda: 5 }]);
    expect(ran.doc.warnings).toMatchObject([{ code: 'PROJECTION_LAGGING', message: expect.stringMatching(/SIGTERM/) }]);
    expect(facts(parquet(place))).toBeNull();
    expect((await place.run(['snapshots', 'repair'])).doc.repaired).toHaveLength(1);
  });

  it.concurrent('at its deadline: it renders what it committed', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListLayers', does: 'hang' });
    const ran = await place.collect([...LAMBDA, '--timeout', '2', '--max-retries', '0', '--call-timeout', '30']);
    expect([ran.code, ran.doc.error_code], ran.stderr).toEqual([3, 'TIMED_OUT']);
    expect(facts(parquet(place))?.token).toBe(1);
  });

  it.concurrent.for([
    ['the first of the day', 0],
    ['over an earlier one', 1],
  ] as const)('standing still: it comes back to a newer one and leaves it, %s', async ([, before], test) => {
    const place = await openPlace(test);
    for (let runs = 0; runs < before; runs++) expect((await place.collect(LAMBDA)).code).toBe(0);
    const does = "writeFileSync('stopped', ''); process.kill(process.pid, 'SIGSTOP');";
    const zombie = place.startCollect(LAMBDA, {}, atPublishing(does));
    await expect.poll(() => place.has('stopped'), { timeout: 30_000 }).toBe(true);
    const next = await place.collect([...LAMBDA, '--clear-cache']);
    expect([next.code, facts(parquet(place))?.token], next.stderr).toEqual([0, before + 2]);
    const { ino } = statSync(parquet(place));
    zombie.child.kill('SIGCONT');
    const back = await zombie.ended;
    expect([back.code, back.doc.warnings], back.stderr).toEqual([0, []]);
    expect([facts(parquet(place))?.token, statSync(parquet(place)).ino]).toEqual([before + 2, ino]);
  });
});

/** By them, readers pass over whole row groups. */
function flipInStatistics(file: Buffer): void {
  const at = file.lastIndexOf('us-east-1');
  file[at] = (file[at] ?? 0) ^ 4;
}

/** A footer as earlier versions wrote it, but `tags` has -2 columns below it. */
function spoilSchema(file: Buffer): void {
  file.write('other', file.lastIndexOf('footer_bytes_sha256'));
  const tags = Buffer.from('\x18\x04tags\x15\x02', 'latin1');
  file[file.lastIndexOf(tags) + tags.length - 1] = 3;
}

describe('verify looks at the Parquet files too', () => {
  it.concurrent.for([
    ['a bit is flipped in its pages', (file: Buffer) => (file[60] = (file[60] ?? 0) ^ 4), /cannot be read/],
    ['a bit is flipped in its statistics', flipInStatistics, /the footer is damaged/],
    ['its schema is one to search forever, and it has no hash', spoilSchema, /cannot be read/],
    ['it is cut', (file: Buffer) => file.subarray(0, 200), /cannot be read/],
    ['it has no footer', () => Buffer.alloc(500), /cannot be read/],
  ] as const)('one that is damaged can be made again: %s', async ([, damage, problem], test) => {
    const place = await openPlace(test);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    const sound = readFileSync(parquet(place));
    const stored = Buffer.from(sound);
    const changed = damage(stored);
    writeFileSync(parquet(place), changed instanceof Buffer ? changed : stored);
    const file = parquet(place).slice(place.file('data').length + 1);
    const damaged = { date: DAY, region: 'us-east-1', file, problem: expect.stringMatching(problem) };
    const counts = { snapshots: 1, files_checked: 5, expired: 0 };
    const found = await place.run(['snapshots', 'verify']);
    expect([found.code, found.doc]).toEqual([0, { ok: true, ...counts, damages: [], lagging: [damaged] }]);
    const { code, doc } = await place.run(['snapshots', 'repair']);
    expect([code, doc]).toMatchObject([0, { repaired: [{ date: DAY, count: 11 }], lagging: [], checked: 1 }]);
    expect(readFileSync(parquet(place)).equals(sound)).toBe(true);
    expect(await verify(place)).toEqual({ ok: true, ...counts, damages: [], lagging: [] });
  });

  it.concurrent('one that is damaged like a unit file of its own is lost', async (test) => {
    const place = await openPlace(test);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    const stored = readFileSync(parquet(place));
    stored[60] = (stored[60] ?? 0) ^ 4;
    writeFileSync(parquet(place), stored);
    const units = join(scopeFolder(place, 'units', 'us-east-1'), 'AWS-Lambda-Function');
    for (const name of readdirSync(units)) if (name.endsWith('.gz')) writeFileSync(join(units, name), 'damaged');
    const { code, doc } = await place.run(['snapshots', 'verify']);
    const problem = expect.stringMatching(/cannot be read: .*, and unit files that it was made from are damaged$/);
    expect([code, doc]).toMatchObject([1, { ok: false, damages: [{}, { problem }], lagging: [] }]);
    const repaired = await place.run(['snapshots', 'repair']);
    expect([repaired.code, repaired.doc.lagging.length]).toEqual([1, 1]);
    expect(readFileSync(parquet(place)).equals(stored)).toBe(true);
  });

  it.concurrent('a manifest that is gone, and what is no file, hide nothing of the rest', async (test) => {
    const place = await openPlace(test);
    for (const args of [EARLIER, EARLIER]) expect((await place.run([...LAMBDA, ...args])).code).toBe(0);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    rmSync(parquet(place));
    mkdirSync(parquet(place));
    const manifests = place.file('data/default_tenant/manifests/2026-01-30/482915730164/us-east-1');
    rmSync(join(manifests, readdirSync(manifests).sort().at(-1) ?? ''));
    const { code, doc } = await place.run(['snapshots', 'verify']);
    expect([code, doc]).toMatchObject([1, { ok: false, snapshots: 2, lagging: [] }]);
    expect(doc.damages).toMatchObject([
      { date: '2026-01-30', problem: 'the file is of token 2, the last manifest has 1: a manifest is missing' },
      { date: DAY, problem: expect.stringMatching(/^the file cannot be read: EISDIR/) },
    ]);
  });

  it.concurrent.for([
    ['out of the store', '../outside.ndjson.gz'],
    ['another tenant', 'other/units/2026-01-31/482915730164/us-east-1/AWS-Lambda-Function/run.ndjson.gz'],
    [
      'back out of its folder',
      'default_tenant/units/2026-01-31/482915730164/us-east-1/AWS-Lambda-Function/../a.ndjson.gz',
    ],
  ] as const)('a ledger that names a file of %s is damaged', async ([, key], test) => {
    const place = await openPlace(test);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    const [name = ''] = manifestNames(place);
    const path = join(scopeFolder(place, 'manifests', 'us-east-1'), name);
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    const unit = manifest.units.find(({ resource_type }: LedgerUnit) => resource_type === 'AWS::Lambda::Function');
    mkdirSync(dirname(place.file(`data/${key}`)), { recursive: true });
    copyFileSync(place.file(`data/${unit.file}`), place.file(`data/${key}`));
    unit.file = key;
    writeFileSync(path, JSON.stringify(manifest));
    const { damages } = await verify(place);
    expect(damages).toMatchObject([
      { problem: expect.stringContaining(`the file ${key} does not lie in default_tenant/`) },
    ]);
    const exported = await place.text(['export', '--format', 'json']);
    expect([exported.code, exported.stdout]).toEqual([1, '']);
  });

  it.concurrent('a folder that is no day of the calendar is none of ours', async (test) => {
    const place = await openPlace(test);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    const days = place.file('data/default_tenant/manifests');
    for (const none of ['2026-13-45', '2026-02-30', '2025-02-29'])
      cpSync(join(days, DAY), join(days, none), { recursive: true });
    expect(await verify(place)).toMatchObject({ ok: true, snapshots: 1, damages: [] });
    expect((await place.run(['snapshots', 'list'])).doc.snapshots).toHaveLength(1);
  });

  it.concurrent('a ledger that was changed since: it lags, and repair renders it anew', async (test) => {
    const place = await openPlace(test);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    const [name = ''] = manifestNames(place);
    const manifest = join(scopeFolder(place, 'manifests', 'us-east-1'), name);
    writeFileSync(manifest, `${readFileSync(manifest, 'utf8')} `);
    expect((await verify(place)).lagging).toMatchObject([{ problem: expect.stringMatching(/same token/) }]);
    expect((await place.run(['snapshots', 'repair'])).doc.repaired).toHaveLength(1);
    expect((await verify(place)).lagging).toEqual([]);
  });
});

it('repair that is told to end says so, not that the file lags', async (test) => {
  const place = await openPlace(test);
  expect((await place.collect(LAMBDA)).code).toBe(0);
  rmSync(parquet(place));
  const does = "process.kill(process.pid, 'SIGTERM'); await new Promise((wake) => setTimeout(wake, 60_000));";
  const { code, doc } = await place.start(['snapshots', 'repair'], {}, atPublishing(does)).ended;
  expect([code, doc.error_code]).toEqual([143, 'INTERRUPTED']);
});

it('repair of what is not there says so', async (test) => {
  const place = await openPlace(test);
  const none = await place.run(['snapshots', 'repair']);
  expect([none.code, none.doc.error_code, place.has('data')]).toEqual([1, 'STORE_UNAVAILABLE', false]);
  mkdirSync(place.file('data'));
  const empty = await place.run(['snapshots', 'repair', '--region', 'eu-west-1'], { AWS_REGION: undefined });
  expect([empty.code, empty.doc]).toMatchObject([1, { repaired: [], lagging: [], checked: 0 }]);
  expect(empty.doc.error).toMatch(/has no snapshot .*eu-west-1/);
});
