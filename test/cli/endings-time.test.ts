import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, scopeFolder, typesOf } from './ledger.js';
import { openPlace, type Place } from './place.js';

const RDS = ['--services', 'RDS'];
const [DATABASES, CLUSTERS] = ['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster'];
/** Units of RDS are read one after the other, in the order of the catalog. */
const LATER = typesOf('RDS').filter((type) => type !== DATABASES);

describe('the deadline of the run', () => {
  // Seconds enough to reach the second call on a busy machine; what hangs would hang for ever.
  const TIMEOUT = '8';

  it.concurrent.for([
    ['ja', `実行時間の上限 (${TIMEOUT} 秒) に達しました。--timeout を延ばすか、再実行すると残りだけを読み取ります。`],
    ['en', `The run reached its deadline (${TIMEOUT} s). Raise --timeout, or run again to read only the rest.`],
  ])('while a call hangs: what is complete is committed (%s)', async ([ARV_LANG = '', message], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    const { code, doc, log } = await place.collect([...RDS, '--timeout', TIMEOUT], { ARV_LANG });
    expect(doc).toMatchObject({ success: true, error_code: 'TIMED_OUT', error: message, success_count: 0 });
    expect([code, doc.results]).toEqual([3, { RDS: 4 }]);
    const ledger = readLedger(place);
    expectWhole(place, ledger, [DATABASES]);
    for (const type of LATER) {
      const attempts = type === CLUSTERS ? 1 : 0;
      expect(ledger[type]).toMatchObject({ status: 'timed_out', count: null, error: { class: 'transient', attempts } });
    }
    expect(doc.errors.RDS).toHaveLength(5);
    // Nothing is begun after the deadline.
    expect(place.calls('rds:DescribeDBSnapshots')).toEqual([]);
    expect(log.at(-1)).toMatchObject({
      level: 'error',
      event: 'run.unfinished',
      error_code: 'TIMED_OUT',
      exit_code: 3,
    });
  });

  it.concurrent('in the pause before a retry', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'throttle' });
    const started = performance.now();
    const env = { INITIAL_RETRY_DELAY: '3600', MAX_RETRIES: '20' };
    const { code, doc } = await place.collect([...RDS, '--timeout', TIMEOUT], env);
    expect([code, doc.error_code]).toEqual([3, 'TIMED_OUT']);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(readLedger(place)[CLUSTERS]?.status).toBe('timed_out');
    expectWhole(place, readLedger(place), [DATABASES]);
  });

  it.concurrent('in the details: no half of a unit', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 's3:GetBucketVersioning', resource: 'sakura-payroll', does: 'hang' });
    const { code, doc } = await place.collect(['--services', 'S3', 'Lambda', '--timeout', TIMEOUT]);
    expect([code, doc.error_code, doc.results]).toEqual([3, 'TIMED_OUT', { S3: null, Lambda: 5 }]);
    expect(readLedger(place, 'global')['AWS::S3::Bucket']).toMatchObject({ status: 'timed_out', file: null });
    expectWhole(place, readLedger(place), typesOf('Lambda'));
  });

  it.concurrent('before anything was read: nothing is published', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'hang' });
    const { code, doc } = await place.collect([...RDS, '--timeout', '2']);
    expect(doc).toMatchObject({ success: false, error_code: 'TIMED_OUT', results: { RDS: null } });
    expect([code, doc.errors.RDS.length]).toEqual([1, 6]);
    for (const type of typesOf('RDS')) expect(readLedger(place)[type]).toMatchObject({ status: 'timed_out' });
  });

  it.concurrent('while STS hangs', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'hang' });
    const { code, doc } = await place.collect([...RDS, '--timeout', '1']);
    expect([code, doc.success, doc.error_code]).toEqual([1, false, 'TIMED_OUT']);
    expect(place.has('data')).toBe(false);
  });
});

describe('the limit of one call', () => {
  it.concurrent('a call that hangs costs its unit only', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    const { code, doc, log } = await place.collect([...RDS, '--call-timeout', '1.5', '--max-retries', '0']);
    expect([code, doc.success, doc.results]).toEqual([3, true, { RDS: 4 }]);
    expect(doc).not.toHaveProperty('error_code');
    expect(doc.errors.RDS).toEqual([
      { resource_type: CLUSTERS, code: 'CALL_TIMEOUT', class: 'transient', message: expect.any(String), attempts: 1 },
    ]);
    const ledger = readLedger(place);
    expect(ledger[CLUSTERS]).toMatchObject({ status: 'timed_out', file: null });
    expectWhole(
      place,
      ledger,
      typesOf('RDS').filter((type) => type !== CLUSTERS),
    );
    expect(log.find(({ event }) => event === 'unit.failed')).toMatchObject({ error_code: 'CALL_TIMEOUT' });
  });

  it.concurrent('is of one try: a slow answer is asked for again', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: 'hang' });
    const { code, doc } = await place.collect(['--services', 'Lambda', '--call-timeout', '1.5']);
    expect([code, doc.results]).toEqual([0, { Lambda: 5 }]);
    expect(place.calls('lambda:ListFunctions')).toHaveLength(2);
  });
});

describe('told to end', () => {
  /** The types that have a whole unit file. */
  const finished = (place: Place) => {
    const folder = scopeFolder(place, 'units', 'us-east-1');
    const types = existsSync(folder) ? readdirSync(folder) : [];
    return types.filter((type) => readdirSync(join(folder, type)).some((name) => name.endsWith('.json')));
  };

  it.concurrent.for([
    ['SIGTERM', 143, 'en', 'Interrupted (SIGTERM). What was finished is kept; the same command can be run again.'],
    ['SIGINT', 130, 'ja', '中断されました (SIGINT)。完了した分は保持されています。同じコマンドを再実行できます。'],
  ] as const)(
    '%s: no commit, what was finished stays and is reused',
    async ([signal, exit, ARV_LANG, message], test) => {
      const place = await openPlace(test);
      const remove = place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
      const first = place.startCollect(RDS, { ARV_LANG });
      await place.sandbox.waitFor('rds:DescribeDBClusters');
      first.child.kill(signal);
      const { code, doc, log } = await first.ended;
      expect(doc).toMatchObject({ success: false, error_code: 'INTERRUPTED', error: message, services: ['RDS'] });
      expect(code).toBe(exit);
      expect(log.map(({ event }) => event)).toContain('lock.released');
      expect(log.at(-1)).toMatchObject({ level: 'error', event: 'run.failed', exit_code: exit });
      expect(manifestNames(place)).toEqual([]);
      expect(finished(place)).toEqual(['AWS-RDS-DBInstance']);

      remove();
      const second = await place.collect(RDS);
      expect([second.code, second.doc.results, second.doc.cached]).toEqual([0, { RDS: 4 }, []]);
      expect(place.calls('rds:DescribeDBInstances')).toHaveLength(1);
      const ledger = readLedger(place);
      expectWhole(place, ledger, typesOf('RDS'));
      expect(ledger[DATABASES]).toMatchObject({ origin: 'reused', run_id: doc.run_id });
      for (const type of LATER) expect(ledger[type]).toMatchObject({ origin: 'fetched', run_id: second.doc.run_id });
    },
  );

  it.concurrent('before the identity is known', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'hang' });
    const { child, ended } = place.startCollect(RDS);
    await place.sandbox.waitFor('sts:GetCallerIdentity');
    child.kill('SIGTERM');
    const { code, doc } = await ended;
    expect([code, doc.error_code]).toEqual([143, 'INTERRUPTED']);
    expect(place.has('data')).toBe(false);
  });

  it.concurrent('a second time: it ends at once, whatever it was still waiting for', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    // Nobody takes what it writes to stdout, so that the first signal does not end it.
    const stuck = 'process.stdout.write = () => true; setInterval(() => {}, 1e6)';
    const { child, ended } = place.startCollect(RDS, {}, ['--import', `data:text/javascript,${stuck}`]);
    const gone = ended.catch(() => {});
    await place.sandbox.waitFor('rds:DescribeDBClusters');
    const told = new Promise<void>((resolve) =>
      child.stderr?.on('data', (text: string) => text.includes('run.failed') && resolve()),
    );
    child.kill('SIGINT');
    await told;
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    await gone;
    expect(child.exitCode).toBe(143);
    expect(manifestNames(place)).toEqual([]);
  });
});
