import { describe, expect, it } from 'vitest';
import { readLedger } from '../cli/ledger.js';
import { DAY, openPlace } from '../cli/place.js';
import { CLUSTERS, listed, makeFail, operations, redrive, SOON, standingAtSecond, VOLUMES } from './failing.js';

describe('arv failures redrive', () => {
  it.concurrent('runs exactly the units that failed, and carries the others over', async (test) => {
    const place = await openPlace(test);
    const causes = makeFail(place);
    const first = await place.collect(['--services', 'EC2', 'RDS', 'Lambda'], SOON);
    for (const end of Object.values(causes)) end();
    const before = place.calls().length;
    const { code, doc } = await redrive(place, [], { SERVICES: 'Lambda' });
    expect(operations(place, before).sort()).toEqual([
      ...['ec2:DescribeVolumes', 'rds:DescribeDBClusters', 'sts:GetCallerIdentity'],
    ]);
    expect(code).toBe(0);
    expect(doc).toMatchObject({
      ...{ success: true, services: ['EC2', 'RDS'], success_count: 2, total_count: 2, target_date: DAY },
      ...{ redriven: [VOLUMES, CLUSTERS], resources: { [VOLUMES]: 12, [CLUSTERS]: 1 }, errors: {}, warnings: [] },
    });
    // Nothing is said of what was not run.
    expect(doc.results).toEqual({});
    const ledger = readLedger(place);
    for (const [type, unit] of Object.entries(ledger)) {
      const redriven = doc.redriven.includes(type);
      const { run_id } = redriven ? doc : first.doc;
      const origin = redriven ? 'fetched' : 'carried';
      expect(unit, type).toMatchObject({ status: 'complete', origin, run_id, error: null });
    }
    expect(await listed(place)).toEqual([]);
  });

  it.concurrent('what fails again stays a dead letter, of this run', async (test) => {
    const place = await openPlace(test);
    const { volumes, buckets } = makeFail(place);
    await place.collect([], SOON);
    volumes();
    buckets();
    const { code, doc } = await redrive(place);
    expect(code).toBe(3);
    expect(doc).toMatchObject({ success_count: 2, total_count: 3, results: { S3: 12 } });
    expect(Object.keys(doc.errors)).toEqual(['RDS']);
    expect(await listed(place)).toMatchObject([{ resource_type: CLUSTERS, run_id: doc.run_id, fencing_token: 2 }]);
  });

  it.concurrent('with nothing to do it succeeds and says so', async (test) => {
    const place = await openPlace(test);
    await place.collect(['--services', 'Lambda']);
    const before = place.calls().length;
    const whole = await redrive(place);
    const none = { success: true, services: [], redriven: [], total_count: 0, results: {}, errors: {}, snapshot: [] };
    expect([whole.code, whole.doc]).toEqual([0, expect.objectContaining(none)]);
    expect(whole.doc.notes).toEqual([expect.stringMatching(/^There are no dead letters of 2026-01-31 .*redrive\.$/)]);
    const never = await place.run(['failures', 'redrive']);
    expect([never.code, never.doc.notes]).toEqual([0, [expect.stringContaining('no snapshot')]]);
    expect(new Set(operations(place, before))).toEqual(new Set(['sts:GetCallerIdentity']));
    const table = await place.text(['failures', 'redrive', '--output', 'table', '--lang', 'ja', '--quiet']);
    expect([table.code, table.stdout]).toEqual([0, expect.stringContaining('再実行するものはありません')]);
    const nowhere = await redrive(place, ['--store', 'nowhere']);
    expect([nowhere.code, nowhere.doc.error_code, place.has('nowhere')]).toEqual([1, 'STORE_UNAVAILABLE', false]);
  });

  it.concurrent('a redrive that was killed is continued: what it had finished is reused', async (test) => {
    const place = await openPlace(test);
    const { hangs, standing } = await standingAtSecond(place);
    const { child, ended } = place.start(['failures', 'redrive', '--date', DAY, '--backfill'], SOON);
    await standing();
    child.kill('SIGKILL');
    await ended.catch(() => {});
    hangs();
    const from = place.calls().length;
    const { code, doc } = await redrive(place);
    expect([code, doc.redriven]).toEqual([0, [VOLUMES, 'AWS::EC2::Snapshot']]);
    expect(operations(place, from)).toEqual(['sts:GetCallerIdentity', 'ec2:DescribeSnapshots']);
    expect(readLedger(place)[VOLUMES]).toMatchObject({ status: 'complete', origin: 'reused' });
  });

  it.concurrent('a day that is neither today nor yesterday is refused', async (test) => {
    const place = await openPlace(test);
    const { code, doc } = await place.run(['failures', 'redrive', '--date', DAY]);
    expect([code, doc.problems]).toEqual([2, [expect.stringMatching(/^--date: "2026-01-31" is neither today/)]]);
    expect(place.calls()).toEqual([]);
  });

  it.concurrent('a duplicate is locked out, and no cause is gone', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    await place.collect([], SOON);
    place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'hang' });
    const running = place.startCollect(['--services', 'Lambda', '--clear-cache'], SOON);
    await place.sandbox.waitFor('lambda:ListFunctions', 2);
    const { code, doc } = await redrive(place);
    expect([code, doc.error_code, doc.redriven]).toEqual([4, 'LOCKED', []]);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });
});
