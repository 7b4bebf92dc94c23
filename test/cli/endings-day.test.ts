import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, scopeFolder, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const BOTH = ['--services', 'RDS', 'Lambda'];
const DATABASES = 'AWS::RDS::DBInstance';
const tokens = (...numbers: number[]) => numbers.map((token) => `${String(token).padStart(20, '0')}.json`);

describe('the second run of a day', () => {
  it.concurrent('reuses what is there', async (test) => {
    const place = await openPlace(test);
    const first = await place.collect(BOTH);
    const calls = place.calls().length;
    const { code, doc, log } = await place.collect(BOTH);
    expect([code, doc.results, doc.cached, doc.api_calls]).toEqual([0, { RDS: 4, Lambda: 5 }, ['RDS', 'Lambda'], 0]);
    expect(place.calls().length).toBe(calls + 1);
    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('RDS', 'Lambda'));
    for (const unit of Object.values(ledger))
      expect(unit).toMatchObject({ origin: 'reused', run_id: first.doc.run_id });
    expect(log.filter(({ event }) => event === 'unit.reused')).toHaveLength(9);
    expect(manifestNames(place)).toEqual(tokens(1, 2));
  });

  it.concurrent.for([
    [['--clear-cache'], {}],
    [['--cache-ttl', '0'], {}],
    [[], { SCHEDULED_AT: '2999-01-01T00:00:00Z' }],
  ] as const)('reads anew with %o %o', async ([args, env], test) => {
    const place = await openPlace(test);
    await place.collect(['--services', 'Lambda']);
    const { code, doc } = await place.collect(['--services', 'Lambda', ...args], env);
    expect([code, doc.cached, doc.api_calls > 0]).toEqual([0, [], true]);
    for (const unit of Object.values(readLedger(place))) expect(unit).toMatchObject({ origin: 'fetched' });
    expectWhole(place, readLedger(place), typesOf('Lambda'));
  });

  it.concurrent('a damaged cache is a warning and a fetch', async (test) => {
    const place = await openPlace(test);
    await place.collect(['--services', 'Lambda']);
    const folder = join(scopeFolder(place, 'units', 'us-east-1'), 'AWS-Lambda-Function');
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.gz')) writeFileSync(join(folder, name), 'not what was written');
    }
    const { code, doc, log } = await place.collect(['--services', 'Lambda']);
    expect([code, doc.results]).toEqual([0, { Lambda: 5 }]);
    const warning = log.find(({ event }) => event === 'cache.damaged');
    expect(warning).toMatchObject({ level: 'warn', resource_type: 'AWS::Lambda::Function' });
    expectWhole(place, readLedger(place), typesOf('Lambda'));
    expect(readLedger(place)['AWS::Lambda::Function']?.origin).toBe('fetched');
  });

  it.concurrent('reads only what failed before', async (test) => {
    const place = await openPlace(test);
    const remove = place.sandbox.fault({ match: 'rds:DescribeDBInstances', does: 'deny' });
    expect((await place.collect(BOTH)).code).toBe(3);
    remove();
    const before = place.calls().length;
    const { code, doc } = await place.collect(BOTH);
    expect([code, doc.results, doc.cached]).toEqual([0, { RDS: 4, Lambda: 5 }, ['Lambda']]);
    const operations = place
      .calls()
      .slice(before)
      .map(({ operation }) => operation);
    expect(operations).toEqual(['sts:GetCallerIdentity', 'rds:DescribeDBInstances']);
    expectWhole(place, readLedger(place), typesOf('RDS', 'Lambda'));
  });

  it.concurrent('a unit that fails now is carried, with the new error', async (test) => {
    const place = await openPlace(test);
    const first = await place.collect(BOTH);
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', does: 'deny' });
    const { code, doc, log } = await place.collect([...BOTH, '--clear-cache']);
    expect(doc).toMatchObject({ success: true, success_count: 1, total_count: 2, results: { RDS: null, Lambda: 5 } });
    expect([code, doc.resources[DATABASES]]).toEqual([3, null]);
    expect(doc.errors).toEqual({ RDS: [expect.objectContaining({ resource_type: DATABASES, code: 'AccessDenied' })] });
    const ledger = readLedger(place);
    expect(ledger[DATABASES]).toMatchObject({
      ...{ status: 'complete', origin: 'carried', run_id: first.doc.run_id, count: 4 },
      error: { code: 'AccessDenied', class: 'permanent' },
    });
    expect(ledger[DATABASES]?.records).toHaveLength(4);
    expectWhole(
      place,
      ledger,
      typesOf('RDS', 'Lambda').filter((type) => type !== DATABASES),
    );
    const line = log.find(({ event }) => event === 'unit.carried');
    expect(line).toMatchObject({ resource_type: DATABASES, count: 4, from_run_id: first.doc.run_id });
  });

  it.concurrent('that fails in everything keeps the day: published, partial', async (test) => {
    const place = await openPlace(test);
    await place.collect(['--services', 'Lambda']);
    place.sandbox.fault({ match: 'lambda:*', does: 'deny' });
    const { code, doc } = await place.collect(['--services', 'Lambda', '--clear-cache']);
    expect(doc).toMatchObject({ success: true, success_count: 0, results: { Lambda: null } });
    expect([code, doc.errors.Lambda.length]).toEqual([3, 3]);
    const ledger = readLedger(place);
    for (const type of typesOf('Lambda')) {
      expect(ledger[type]).toMatchObject({ status: 'complete', origin: 'carried', error: { class: 'permanent' } });
    }
    expect(ledger['AWS::Lambda::Function']?.records).toHaveLength(5);
  });

  it.concurrent('of other services carries the rest, in its own state', async (test) => {
    const place = await openPlace(test);
    const remove = place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' });
    const first = await place.collect(['--services', 'RDS', 'S3']);
    expect(first.code).toBe(3);
    remove();
    const { code, doc } = await place.collect(['--services', 'Lambda']);
    // What this run was asked for is complete.
    expect([code, doc.success_count, doc.total_count, doc.errors]).toEqual([0, 1, 1, {}]);
    const ledger = readLedger(place);
    expect(Object.keys(ledger)).toEqual(typesOf('Lambda', 'RDS'));
    expectWhole(
      place,
      ledger,
      typesOf('RDS', 'Lambda').filter((type) => type !== 'AWS::RDS::DBCluster'),
    );
    for (const type of typesOf('RDS'))
      expect(ledger[type]).toMatchObject({ origin: 'carried', run_id: first.doc.run_id });
    expect(ledger['AWS::RDS::DBCluster']).toMatchObject({ status: 'denied', count: null });
    // The account's scope had nothing to commit.
    expect(manifestNames(place, 'global')).toEqual(tokens(1));
    expectWhole(place, readLedger(place, 'global'), typesOf('S3'));
  });
});

it.concurrent('two regions and two tenants of a day do not meet', async (test) => {
  const place = await openPlace(test);
  await place.collect(['--services', 'RDS']);
  const tokyo = await place.collect(['--services', 'RDS', '--region', 'ap-northeast-1']);
  expect([tokyo.code, tokyo.doc.results, tokyo.doc.cached]).toEqual([0, { RDS: 1 }, []]);
  const other = await place.collect(['--services', 'RDS', '--tenant', 'other']);
  expect([other.code, other.doc.results, other.doc.cached]).toEqual([0, { RDS: 4 }, []]);
  expect([manifestNames(place), manifestNames(place, 'ap-northeast-1')]).toEqual([tokens(1), tokens(1)]);
  expectWhole(place, readLedger(place), typesOf('RDS'));
});
