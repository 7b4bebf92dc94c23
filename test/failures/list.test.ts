import { describe, expect, it } from 'vitest';
import { readLedger } from '../cli/ledger.js';
import { DAY, openPlace } from '../cli/place.js';
import { BUCKETS, CLUSTERS, listed, makeFail, redrive, SOON, typesOf, VOLUMES } from './failing.js';

describe('arv failures list', () => {
  it.concurrent('what failed, with all that it takes to understand and repeat it', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    const { code, doc } = await place.collect([], SOON);
    expect(code).toBe(3);
    const letters = await listed(place);
    const { run_id, account_id } = doc;
    const head = { schema_version: 1, tenant: 'default_tenant', account_id, date: DAY, run_id, fencing_token: 1 };
    const at = { failed_at: expect.stringMatching(/^\d{4}-.*Z$/), carried: false };
    const stack = expect.stringMatching(/^\w+: [^\n]+\n +at /);
    expect(letters).toEqual([
      {
        ...{ ...head, region: 'global', service: 'S3', resource_type: BUCKETS, status: 'failed', class: 'transient' },
        ...{ code: 'InternalError', message: 'We encountered an internal error.', stack, attempts: 2, ...at },
      },
      {
        ...{ ...head, region: 'us-east-1', service: 'EC2', resource_type: VOLUMES, status: 'throttled' },
        ...{ class: 'transient', code: 'RequestLimitExceeded', message: 'Rate exceeded', stack, attempts: 2, ...at },
      },
      {
        ...{ ...head, region: 'us-east-1', service: 'RDS', resource_type: CLUSTERS, status: 'denied' },
        ...{ class: 'permanent', code: 'AccessDenied', message: expect.stringContaining('rds:'), stack },
        ...{ attempts: 1, ...at },
      },
    ]);
    // The result tells less: its entries are a contract of their own.
    for (const error of Object.values(doc.errors).flat()) {
      expect(Object.keys(error as object).sort()).toEqual(['attempts', 'class', 'code', 'message', 'resource_type']);
    }
  });

  it.concurrent('the last day unless one is named, of every region unless one is', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    const earlier = '2026-01-29';
    await place.run(['--services', 'RDS', '--target-date', earlier, '--backfill'], SOON);
    await place.collect([], SOON);
    expect(typesOf(await listed(place))).toEqual([VOLUMES, CLUSTERS, BUCKETS].sort());
    expect(typesOf(await listed(place, '--date', earlier))).toEqual([CLUSTERS]);
    expect(typesOf(await listed(place, '--region', 'us-east-1'))).toEqual([VOLUMES, CLUSTERS].sort());
    const none = await place.run(['failures', 'list', '--date', '2020-02-02']);
    expect([none.code, none.doc]).toEqual([1, { date: '2020-02-02', snapshots: 0, count: 0, dead_letters: [] }]);
    const nowhere = await place.run(['failures', 'list', '--store', 'nowhere']);
    expect([nowhere.code, nowhere.doc.error_code]).toEqual([1, 'STORE_UNAVAILABLE']);
  });

  it.concurrent('an accepted gap and an absent service are none, whoever carries them on', async (test) => {
    const place = await openPlace(test);
    const denied = place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' });
    place.sandbox.fault({ match: 'ec2:DescribeVpcPeeringConnections', does: 'unsupported' });
    const ACCEPTED_GAPS = JSON.stringify([{ resource_type: CLUSTERS, status: 'denied' }]);
    expect((await place.collect([], { ACCEPTED_GAPS })).code).toBe(0);
    expect(await listed(place)).toEqual([]);
    expect((await place.collect(['--services', 'Lambda'])).code).toBe(0);
    expect(await listed(place)).toEqual([]);
    // Another status of the same type is not covered.
    denied();
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'throttle' });
    await place.collect(['--services', 'RDS'], { ...SOON, ACCEPTED_GAPS });
    expect(await listed(place)).toMatchObject([{ resource_type: CLUSTERS, status: 'throttled' }]);
  });

  it.concurrent('a unit that is carried because it could not be read anew is one, of the run that failed', async (test) => {
    const place = await openPlace(test);
    const first = await place.collect();
    const { clusters } = makeFail(place);
    const second = await place.collect(['--services', 'RDS', '--clear-cache']);
    expect([first.code, second.code]).toEqual([0, 3]);
    await place.collect(['--services', 'Lambda']);
    const [letter, ...others] = await listed(place);
    expect(others).toEqual([]);
    const failed = { run_id: second.doc.run_id, status: 'denied', fencing_token: 3, carried: true };
    expect(letter).toMatchObject({ resource_type: CLUSTERS, code: 'AccessDenied', ...failed });
    expect((letter?.failed_at ?? '') >= second.doc.started_at).toBe(true);
    expect(readLedger(place)[CLUSTERS]).toMatchObject({ status: 'complete', run_id: first.doc.run_id });
    clusters();
    const before = place.calls('rds:*').length;
    expect((await redrive(place)).doc).toMatchObject({ redriven: [CLUSTERS], cached: [], errors: {} });
    // Read anew: what it had before the failure would have passed for it.
    expect(
      place
        .calls('rds:*')
        .slice(before)
        .map(({ operation }) => operation),
    ).toEqual(['rds:DescribeDBClusters']);
    expect(await listed(place)).toEqual([]);
  });

  it.concurrent('as a table, in either language', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    await place.collect([], SOON);
    const table = async (lang: string) => {
      const { code, stdout, stderr } = await place.text(['failures', 'list', '--output', 'table', '--lang', lang]);
      expect([code, stderr]).toEqual([0, '']);
      for (const cell of [VOLUMES, 'RequestLimitExceeded', 'throttled']) expect(stdout).toContain(cell);
      return stdout;
    };
    expect(await table('en')).toMatch(/^2026-01-31: 3 dead letters\n┌.*\n│ Region .*Failed at/);
    expect(await table('ja')).toMatch(/^2026-01-31: デッドレター 3 件\n┌.*\n│ リージョン .*失敗時刻/);
  });
});
