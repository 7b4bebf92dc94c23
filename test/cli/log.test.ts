import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../batch/contract/metrics.js';
import { typesOf } from './ledger.js';
import { type Env, openPlace, type Ran } from './place.js';

const LOG = 'logs/batch_execution.log';
const eventsOf = ({ log }: Ran) => log.map(({ event }) => event as string);
const lineOf = ({ log }: Ran, event: string) => log.find((line) => line.event === event);

describe('the log of a whole run', () => {
  it.concurrent('every line has its head, every event its fields; the file has the same lines', async (test) => {
    const place = await openPlace(test);
    const before = new Date().toISOString();
    const ran = await place.collect();
    expect(ran.code).toBe(0);
    for (const line of ran.log) {
      expect(Object.keys(line).slice(0, 5)).toEqual(['timestamp', 'level', 'event', 'message', 'run_id']);
      expect([line.run_id, line.level]).toEqual([ran.doc.run_id, 'info']);
      expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(line.timestamp >= before).toBe(true);
      // A place in the template that nobody filled.
      expect(line.message).not.toMatch(/\{\w+\}|undefined/);
    }
    const accountId = place.sandbox.estate.accountId;
    expect(ran.log[0]).toMatchObject({ event: 'run.started', services: ['EC2', 'RDS', 'S3', 'Lambda'] });
    expect(ran.log[1]).toMatchObject({ event: 'run.identified', account_id: accountId });
    expect(ran.log[1].arn).toMatch(/^arn:aws:iam::/);
    const keys = ran.log.filter(({ event }) => event === 'lock.acquired').map(({ lock_key }) => lock_key);
    expect(keys).toEqual(['us-east-1', 'global'].map((region) => `default_tenant/${accountId}/${region}`));
    expect(lineOf(ran, 'lock.acquired').fencing_token).toBe(1);
    expect(eventsOf(ran).filter((event) => event === 'lock.released')).toHaveLength(2);

    const units = ran.log.filter(({ event }) => event === 'unit.completed');
    expect(units.map((line) => line.resource_type).sort()).toEqual(typesOf('EC2', 'RDS', 'S3', 'Lambda').sort());
    for (const line of units) {
      expect(line).toMatchObject({ service: line.resource_type.split('::')[1], duration_ms: expect.any(Number) });
      expect(line.region).toBe(line.service === 'S3' ? 'global' : 'us-east-1');
      expect(line.count).toBe(ran.doc.resources[line.resource_type]);
      expect(line.message).toBe(`${line.resource_type}: ${line.count} in ${line.duration_ms} ms`);
    }
    const uris = ran.log.filter(({ event }) => event === 'snapshot.published').map(({ uri }) => uri);
    expect(uris.sort()).toEqual([...ran.doc.snapshot].sort());
    const { success_count, total_count, duration_ms, api_calls, results } = ran.doc;
    const end = { success_count, total_count, api_calls, results, exit_code: 0, duration_ms: expect.any(Number) };
    expect(ran.log.at(-1)).toMatchObject({ event: 'run.completed', ...end });
    expect(duration_ms).toBeGreaterThan(0);

    expect(readFileSync(place.file(LOG), 'utf8')).toBe(ran.stderr);
    expect(statSync(place.file(LOG)).mode & 0o777).toBe(0o640);
  });

  it.concurrent('in Japanese: other messages, the same events and keys', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' });
    place.sandbox.fault({ match: 'rds:DescribeDBSnapshots', does: 'unsupported' });
    const args = ['--services', 'RDS', '--clear-cache'];
    const en = await place.collect(args);
    const ja = await place.collect(args, { ARV_LANG: undefined });
    expect([en.code, ja.code]).toEqual([3, 3]);
    expect(eventsOf(ja).filter((event) => event !== 'unit.carried')).toEqual(eventsOf(en));
    for (const line of ja.log) expect(line.message).toMatch(/[\u3040-\u30ff]|: \d+ 件/);
    expect(lineOf(ja, 'run.started').message).toBe('収集を開始します: RDS (us-east-1)');
    const account = place.sandbox.estate.accountId;
    expect(lineOf(ja, 'run.identified').message).toBe(
      `アカウント ${account} を arn:aws:iam::${account}:user/sandbox として読み取ります`,
    );
    expect(lineOf(ja, 'unit.completed').message).toMatch(/^AWS::RDS::DBInstance: 4 件 \(\d+ ms\)$/);
    expect(lineOf(ja, 'unit.denied').message).toBe(
      'AWS::RDS::DBCluster: 権限がなく読み取れません (AccessDenied)。必要な権限: rds:DescribeDBClusters',
    );
    expect(lineOf(en, 'unit.denied').message).toBe(
      'AWS::RDS::DBCluster: access denied (AccessDenied). Actions needed: rds:DescribeDBClusters',
    );
    expect(lineOf(ja, 'unit.unsupported').message).toBe(
      'AWS::RDS::DBSnapshot: このリージョンでは提供されていません (InvalidAction)',
    );
    expect(lineOf(ja, 'run.completed').message).toMatch(/^収集が完了しました: 0\/1 サービス、\d+ ms$/);
    expect(Object.keys(lineOf(ja, 'unit.denied'))).toEqual(Object.keys(lineOf(en, 'unit.denied')));
  });
});

describe('how much is logged', () => {
  const LAMBDA = ['--services', 'Lambda', '--clear-cache'];

  it.concurrent('debug: each call and the beginning of each unit', async (test) => {
    const place = await openPlace(test);
    const ran = await place.collect([...LAMBDA, '--log-level', 'debug']);
    const calls = ran.log.filter(({ event }) => event === 'api.called');
    expect(calls.length).toBe(place.calls().length);
    for (const line of calls) {
      expect(line).toMatchObject({
        level: 'debug',
        region: 'us-east-1',
        status: 'ok',
        duration_ms: expect.any(Number),
      });
      expect(line.message).toMatch(/^\w+ \(ok, \d+ ms\)$/);
    }
    const operations = new Set(calls.map(({ operation }) => operation));
    expect(operations).toContain('ListFunctions');
    expect(eventsOf(ran).filter((event) => event === 'unit.started')).toHaveLength(3);
    expect(readFileSync(place.file(LOG), 'utf8')).toBe(ran.stderr);
  });

  it.concurrent('warn and error, from the flag, the environment and the config file', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListLayers', does: 'deny' });
    place.sandbox.fault({ match: 'lambda:ListEventSourceMappings', does: 'cut' });
    place.file('log.json', '{"log": {"level": "error"}}');
    place.file('both.json', '{"log": {"level": "error"}, "log-level": "warn"}');
    const once = [...LAMBDA, '--max-retries', '0'];
    const warn = await place.collect([...once, '--log-level', 'warn'], { LOG_LEVEL: 'debug' });
    expect(eventsOf(warn)).toEqual(['unit.denied', 'unit.failed']);
    const error = await place.collect(once, { LOG_LEVEL: 'error' });
    expect(eventsOf(error)).toEqual(['unit.failed']);
    expect(eventsOf(await place.collect([...once, '--config', 'log.json']))).toEqual(['unit.failed']);
    expect(eventsOf(await place.collect([...once, '--config', 'both.json']))).toEqual(['unit.denied', 'unit.failed']);
    // Four runs, one file: appended, and not more than the console got.
    const events = readFileSync(place.file(LOG), 'utf8').match(/"event":"[\w.]+"/g);
    expect(events).toHaveLength(6);
  });

  it.concurrent('into another file', async (test) => {
    const place = await openPlace(test);
    place.file('c.json', '{"log": {"dir": "./elsewhere/deep", "filename": "arv.log"}}');
    const ran = await place.collect([...LAMBDA, '--config', 'c.json']);
    expect(readFileSync(place.file('elsewhere/deep/arv.log'), 'utf8')).toBe(ran.stderr);
    const env = { AWS_RESOURCE_VISUALIZER_LOG_DIR: './by-environment' };
    const second = await place.collect([...LAMBDA, '--config', 'c.json'], env);
    expect(readFileSync(place.file('by-environment/arv.log'), 'utf8')).toBe(second.stderr);
    expect(place.has('logs')).toBe(false);
  });
});

describe('in a container', () => {
  it.concurrent.for(['docker', 'ecs'])('%s: to the console only', async (BATCH_RUN_TYPE, test) => {
    const place = await openPlace(test);
    const { code, metrics } = await place.collect(['--services', 'Lambda'], { BATCH_RUN_TYPE });
    expect([code, place.names(), metrics.length > 0]).toEqual([0, ['data'], BATCH_RUN_TYPE === 'ecs']);
  });
});

const ECS: Env = { BATCH_RUN_TYPE: 'ecs' };
const RDS = ['--services', 'RDS', 'Lambda', '--max-retries', '2'];

/** The values of a run's metrics, those of a service under `Name Service`. Checks the form of each line. */
function valuesOf({ metrics, doc }: Ran): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of metrics) {
    const [directive, ...more] = line._aws.CloudWatchMetrics;
    expect(more).toEqual([]);
    expect(Math.abs(line._aws.Timestamp - Date.now())).toBeLessThan(60_000);
    expect([directive.Namespace, line.run_id]).toEqual(['AwsResourceVisualizer', doc.run_id]);
    // Never the run: each would be a metric of its own.
    expect(directive.Dimensions).toEqual([line.Service === undefined ? [] : ['Service']]);
    for (const { Name, Unit } of directive.Metrics) {
      expect(Unit).toBe(METRICS[Name as keyof typeof METRICS]);
      expect(line[Name]).toEqual(expect.any(Number));
      values[line.Service === undefined ? Name : `${Name} ${line.Service}`] = line[Name];
    }
  }
  return values;
}

describe('metrics of', () => {
  it.concurrent('a complete run', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', times: 2, does: 'throttle' });
    const ran = await place.collect(RDS, ECS);
    expect(ran.code).toBe(0);
    const count = (service: string) => typesOf(service).reduce((sum, type) => sum + ran.doc.resources[type], 0);
    expect(valuesOf(ran)).toEqual({
      ...{ RunSucceeded: 1, RunDuration: ran.doc.duration_ms, LockLost: 0, UnitsFailed: 0, Throttles: 2 },
      ...{
        ApiCalls: ran.doc.api_calls,
        'ResourcesCollected RDS': count('RDS'),
        'ResourcesCollected Lambda': count('Lambda'),
        ProjectionsLagging: 0,
      },
      ...{ MemoryUtilization: expect.any(Number), EventLoopDelay: expect.any(Number) },
      DiskUtilization: expect.any(Number),
    });
  });

  it.concurrent('a partial run is a success with failed units', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'deny' });
    const gap = { resource_type: 'AWS::RDS::DBCluster', status: 'denied' };
    const ran = await place.collect(RDS, { ...ECS, ACCEPTED_GAPS: JSON.stringify([gap]) });
    expect(ran.code).toBe(3);
    // Six units are denied, one of them is accepted.
    expect(valuesOf(ran)).toMatchObject({ RunSucceeded: 1, UnitsFailed: 5, Throttles: 0, 'ResourcesCollected RDS': 0 });
  });

  it.concurrent('a run of which nothing is published', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /^(rds|lambda):/, does: 'throttle' });
    const ran = await place.collect(RDS, ECS);
    expect(ran.code).toBe(1);
    expect(valuesOf(ran)).toMatchObject({ RunSucceeded: 0, UnitsFailed: 9, Throttles: 27, ApiCalls: 27 });
  });

  it.concurrent.for<[name: string, env: Env]>([
    ['without credentials', { AWS_ACCESS_KEY_ID: undefined }],
    ['whose store is not there', { SNAPSHOT_STORE: '/dev/null/store' }],
  ])('a run %s', async ([, env], test) => {
    const place = await openPlace(test);
    const ran = await place.collect(RDS, { ...ECS, ...env });
    expect(ran.code).toBe(1);
    expect(valuesOf(ran)).toMatchObject({ RunSucceeded: 0, LockLost: 0 });
  });

  it.concurrent('a run that is interrupted is no success', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    const { child, ended } = place.startCollect(RDS, ECS);
    await place.sandbox.waitFor('rds:DescribeDBClusters');
    child.kill('SIGTERM');
    const ran = await ended;
    expect([ran.code, valuesOf(ran).RunSucceeded]).toEqual([143, 0]);
  });
});
