import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { finishedTypes } from '../lock/aftermath.js';
import { collectingCalls, openLock, standing } from '../lock/locks.js';
import { expectWhole, manifestNames, readLedger, typesOf } from './ledger.js';
import { type Env, openPlace, type Place, type Ran } from './place.js';
import { readOnly, SmallDisk } from './small-disk.js';

/** Read one after the other, in the order of the catalog. */
const RDS = ['--services', 'RDS'];
const DATABASES = 'AWS::RDS::DBInstance';
const FULL = /^The store is not available: ENOSPC: no space left on device, .*'.+'\. Check the place given by --store/;

/** The run has ended with a clear word, and nothing of it is half there. */
function expectCleanEnd(place: Place, { code, doc, log, stderr }: Ran, says = FULL): void {
  expect([code, doc.success, doc.error_code], stderr).toEqual([1, false, 'STORE_UNAVAILABLE']);
  expect(doc.error).toMatch(says);
  const [failed, ...more] = log.filter(({ event }) => event === 'run.failed');
  expect(failed).toMatchObject({ level: 'error', error_code: 'STORE_UNAVAILABLE', exit_code: 1 });
  expect(more).toEqual([]);
  expect(manifestNames(place)).toEqual([]);
}

/** Once there is room again: nothing to clean up, the lease is free, and only what is missing is read. */
async function expectRecovery(place: Place, finished: ReadonlySet<string>, env: Env = {}): Promise<void> {
  expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  const { doc } = await place.run(['lock', 'status', '--region', 'us-east-1'], env);
  expect(doc.locks.map(({ held }: { held: boolean }) => held)).toEqual([false, false]);
  const called = place.calls().length;
  const next = await place.collect(RDS, env);
  expect([next.code, next.doc.success_count], next.stderr).toEqual([0, 1]);
  const ledger = readLedger(place);
  expectWhole(place, ledger, typesOf('RDS'));
  const reused = typesOf('RDS').filter((type) => ledger[type]?.origin === 'reused');
  expect(new Set(reused)).toEqual(finished);
  expect(collectingCalls(place, called).includes('rds:DescribeDBInstances')).toBe(!finished.has(DATABASES));
  expect((await place.run(['snapshots', 'verify'])).doc).toMatchObject({ ok: true, damages: [] });
}

async function openSmall(test: TestContext): Promise<{ place: Place; disk: SmallDisk }> {
  const place = await openPlace(test);
  // Store and log.
  return { place, disk: new SmallDisk(test, place.cwd) };
}

describe('a disk that becomes full', () => {
  it.concurrent.for(['lease files', 'DynamoDB'] as const)(
    'before the run: nothing is read (%s)',
    async (lock, test) => {
      const { place, disk } = await openSmall(test);
      const env = await openLock(place, lock);
      disk.fill();
      const ran = await place.collect(RDS, env);
      expectCleanEnd(place, ran);
      expect(collectingCalls(place)).toEqual([]);
      // The log is on the same disk.
      expect(ran.log.filter(({ event }) => event === 'log.unwritable')).toMatchObject([{ error_code: 'ENOSPC' }]);
      disk.empty();
      await expectRecovery(place, new Set(), env);
    },
  );

  it.concurrent('when there is room for the probe, but not for a lease', async (test) => {
    const { place, disk } = await openSmall(test);
    // The log's first line, and the folder that the lease is in, are there already.
    await place.run(['lock', 'status', '--region', 'us-east-1']);
    disk.fill(1);
    const ran = await place.collect(RDS, { LOG_LEVEL: 'error' });
    expectCleanEnd(place, ran);
    disk.empty();
    await expectRecovery(place, finishedTypes(place));
  });

  // A unit takes a page for its records and one for its seal: each of them is the one that finds no room.
  it.concurrent.for([0, 1, 2, 3, 6])('in the middle, all but %i pages', async (leave, test) => {
    const { place, disk } = await openSmall(test);
    const running = await standing(place, test, 'rds:DescribeDBClusters', { args: RDS });
    disk.fill(leave);
    running.open();
    const ran = await running.ended;
    expectCleanEnd(place, ran);
    expect(ran.log.map(({ event }) => event)).toContain('lock.released');
    const finished = finishedTypes(place);
    expect(finished).toContain(DATABASES);
    disk.empty();
    await expectRecovery(place, finished);
  });

  it.concurrent('at the manifest: every unit is kept', async (test) => {
    const { place, disk } = await openSmall(test);
    // Lease files would have room in reserve, which the manifest could use then.
    const env = await openLock(place, 'DynamoDB');
    const running = await standing(place, test, 'rds:DescribeDBParameterGroups', { args: RDS, env });
    disk.fill(2);
    running.open();
    const ran = await running.ended;
    expectCleanEnd(place, ran);
    expect([...finishedTypes(place)].sort()).toEqual(typesOf('RDS'));
    disk.empty();
    await expectRecovery(place, new Set(typesOf('RDS')), env);
  });

  it.concurrent('what other services still read is not waited for', async (test) => {
    const { place, disk } = await openSmall(test);
    place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'hang' });
    const running = await standing(place, test, 'rds:DescribeDBClusters', { args: ['--services', 'RDS', 'Lambda'] });
    await place.sandbox.waitFor('lambda:ListFunctions');
    disk.fill();
    running.open();
    // The call would be given up after 30 seconds, and made again.
    const ran = await running.ended;
    expectCleanEnd(place, ran);
    expect(ran.doc.duration_ms).toBeLessThan(25_000);
    expect(place.calls('lambda:ListFunctions')).toHaveLength(1);
  });

  it.concurrent('only under the lease, which is then given back all the same', async (test) => {
    const { place, disk } = await openSmall(test);
    const running = await standing(place, test, 'rds:DescribeDBClusters', { args: RDS });
    disk.fill();
    running.child.kill('SIGTERM');
    const { code, doc, log } = await running.ended;
    expect([code, doc.error_code]).toEqual([143, 'INTERRUPTED']);
    expect(log.map(({ event }) => event)).toContain('lock.released');
    disk.empty();
    await expectRecovery(place, new Set([DATABASES]));
  });

  it.concurrent('the log alone: a warning, and the run goes on', async (test) => {
    const place = await openPlace(test);
    const disk = new SmallDisk(test, place.file('logs'));
    // Lines enough that they do not all fit into what is left of the file's last page.
    const env = { LOG_LEVEL: 'debug' };
    const running = await standing(place, test, 'rds:DescribeDBClusters', { args: RDS, env });
    disk.fill();
    running.open();
    const { code, doc, log, stderr } = await running.ended;
    expect([code, doc.success_count], stderr).toEqual([0, 1]);
    expect(log.filter(({ event }) => event === 'log.unwritable')).toMatchObject([
      { level: 'warn', error_code: 'ENOSPC' },
    ]);
    expect(log.at(-1)).toMatchObject({ event: 'run.completed', exit_code: 0 });
    disk.empty();
    // A line that was cut off does not swallow the first one of the next run.
    const next = await place.collect(RDS);
    const lines = readFileSync(place.file('logs/batch_execution.log'), 'utf8').split('\n');
    const whole = lines.flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
    expect(whole.filter(({ run_id }) => run_id === next.doc.run_id)).toEqual(next.log);
  });
});

describe('a disk that becomes read-only', () => {
  it.concurrent('in the middle', async (test) => {
    const place = await openPlace(test);
    const running = await standing(place, test, 'rds:DescribeDBClusters', { args: RDS });
    const end = readOnly(test, place.file('data'));
    running.open();
    expectCleanEnd(place, await running.ended, /^The store is not available: EROFS: read-only file system, /);
    expect(finishedTypes(place)).toEqual(new Set([DATABASES]));
    end();
    // Neither the temporary file nor the lease could be taken back; the next run on this host knows that nobody has them.
    const next = await place.collect(RDS);
    expect([next.code, next.doc.success_count], next.stderr).toEqual([0, 1]);
    expect(readLedger(place)[DATABASES]?.origin).toBe('reused');
    expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  });

  it.concurrent('before the commit: told at once, not when the lease has expired', async (test) => {
    const place = await openPlace(test);
    const first = await place.collect(RDS);
    expect(first.code).toBe(0);
    // Everything is reused but the last type, which is refused: nothing has to be written before the commit.
    const args = [...RDS, '--clear-cache'];
    place.sandbox.fault({ match: /^rds:Describe(?!DBParameterGroups)/, does: 'deny' });
    place.sandbox.fault({ match: 'rds:DescribeDBParameterGroups', skip: 0, does: 'deny' });
    const running = await standing(place, test, 'rds:DescribeDBParameterGroups', { args });
    const end = readOnly(test, place.file('data'));
    running.open();
    const ran = await running.ended;
    expect([ran.code, ran.doc.error_code], ran.stderr).toEqual([1, 'STORE_UNAVAILABLE']);
    expect(ran.doc.duration_ms).toBeLessThan(40_000);
    end();
    expect(manifestNames(place)).toHaveLength(1);
  });

  it.concurrent('before the run', async (test) => {
    const place = await openPlace(test);
    await place.run(['lock', 'status', '--region', 'us-east-1']);
    readOnly(test, place.file('data'));
    const ran = await place.collect(RDS);
    expectCleanEnd(place, ran, /^The store is not available: EROFS/);
    expect(collectingCalls(place)).toEqual([]);
  });
});
