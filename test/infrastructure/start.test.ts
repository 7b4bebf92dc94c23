import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { openPlace, type Place, type Ran } from '../cli/place.js';
import { gate, openLock } from '../lock/locks.js';
import {
  type Container,
  containerIn,
  environmentIn,
  optionOf,
  overridden,
  scheduledEvent,
  transformed,
  wordsOf,
} from './container.js';
import { resolved } from './resolved.js';
import { type Context, type Json, onlyOf, READY, synthesize, VARIANTS } from './templates.js';

/** What the stack starts, and what it prints, with the names that the template gives. */
function stackOf(context: Context = READY) {
  const { template } = synthesize(context);
  const definition = resolved(template, onlyOf(template, 'AWS::ECS::TaskDefinition')[1]);
  const [rule, { Targets }] = onlyOf(template, 'AWS::Events::Rule', 'Schedule');
  const [target] = resolved(template, Targets);
  const container = containerIn(definition);
  const outputs = Object.entries<Json>(template.Outputs).map(([name, { Value }]) => [name, resolved(template, Value)]);
  return {
    outputs: Object.fromEntries(outputs) as Readonly<Record<string, string>>,
    container,
    /** The container of the rule's task in that slot. */
    fired: (time: string) => overridden(container, transformed(target.InputTransformer, scheduledEvent(time, rule))),
    /** The container of the task that a printed command starts. */
    printed(name: string): Container {
      return overridden(container, JSON.parse(optionOf(this.outputs[name] ?? '', '--overrides')));
    },
  };
}

const stack = stackOf();

/** A sandbox with the stack's lease table, in which containers run. */
async function openAccount(test: TestContext) {
  const place = await openPlace(test);
  const env = await openLock(place, 'DynamoDB', stack.container.environment.LOCK_TABLE_NAME);
  const environment = (container: Container) => ({
    ...{ LOCK_TABLE_NAME: undefined, ARV_LANG: undefined, INITIAL_RETRY_DELAY: '0.01' },
    ...environmentIn(place.cwd, container),
    // The sandbox keeps no objects and no messages: those of the deployed stack are in `deploy.test.ts`.
    ...{ SNAPSHOT_STORE: join(place.cwd, 'data'), DLQ_QUEUE_URL: undefined },
  });
  const start = (container: Container) => place.start(container.command, environment(container));
  expect(env.LOCK_TABLE_NAME).toBe('AwsResourceVisualizer-leases');
  return { place, start, run: (container: Container) => start(container).ended };
}

/** The days that something was published under, by region. */
function published(place: Place): Record<string, string[]> {
  const root = join(place.cwd, 'data', 'default_tenant', 'manifests');
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const days: Record<string, string[]> = {};
  for (const { parentPath } of entries) {
    const [day = '', , region = ''] = parentPath.slice(root.length + 1).split('/');
    days[region] = [...(days[region] ?? []), day].sort();
  }
  return days;
}

const called = (place: Place) => [...new Set(place.calls().map(({ operation }) => operation.split(':')[0]))].sort();
const metric = ({ metrics }: Ran, name: string) =>
  metrics.map((line) => line[name]).filter((value) => value !== undefined);

describe('as the rule starts it', () => {
  it.concurrent('a whole run, filed under the day of the slot; log and metrics go to the console only', async (test) => {
    const { place, run } = await openAccount(test);
    const ran = await run(stack.fired('2026-01-31T17:00:00Z'));
    expect(ran.code, ran.stderr).toBe(0);
    const { doc, log, metrics } = ran;
    expect(doc).toMatchObject({
      success: true,
      target_date: '2026-01-31',
      region: 'us-east-1',
      errors: {},
      warnings: [],
    });
    expect(doc.results).toEqual({ EC2: 12, RDS: 4, S3: 12, Lambda: 5 });
    expect(published(place)).toEqual({ 'us-east-1': ['2026-01-31'], global: ['2026-01-31'] });
    expect(called(place)).toEqual(['dynamodb', 'ec2', 'lambda', 'rds', 's3', 'sts']);

    expect(place.names()).toEqual(['data']);
    expect(log.at(-1)).toMatchObject({ event: 'run.completed', message: expect.stringMatching(/収集が完了しました/) });
    expect(metrics.length).toBeGreaterThan(1);
    for (const line of metrics) {
      expect(line._aws.CloudWatchMetrics[0].Namespace).toBe('AwsResourceVisualizer');
      expect(JSON.stringify(line._aws.CloudWatchMetrics[0].Dimensions)).not.toContain('run_id');
    }
    expect([metric(ran, 'RunSucceeded'), metric(ran, 'UnitsFailed')]).toEqual([[1], [0]]);
  });

  it.concurrent('the settings reach it: time zone, offset, services, tenant, language, region', async (test) => {
    const { place, run } = await openAccount(test);
    const set = stackOf({
      ...{ ...READY, timeZone: 'Asia/Tokyo', services: 'EC2,Lambda', tenantId: 'team-a', lang: 'en' },
      ...{ targetDateOffset: -1, region: 'ap-northeast-1' },
    });
    // 02:00 of the first of February in Tokyo: filed under the day before.
    const { code, doc, log } = await run(set.fired('2026-01-31T17:00:00Z'));
    expect([code, doc.tenant, doc.target_date, doc.region]).toEqual([0, 'team-a', '2026-01-31', 'ap-northeast-1']);
    expect(doc.services).toEqual(['EC2', 'Lambda']);
    expect(log.at(-1).message).toMatch(/^Collection completed/);
    expect(called(place)).toEqual(['dynamodb', 'ec2', 'lambda', 'sts']);
    // The lease table is the stack's, wherever is collected.
    const regions = (kind: string) => new Set(place.calls(kind).map(({ region }) => region));
    expect([...regions('ec2:*'), ...regions('dynamodb:GetItem')]).toEqual(['ap-northeast-1', 'us-east-1']);
    expect(readdirSync(join(place.cwd, 'data'))).toContain('team-a');
  });

  it.concurrent('fired twice for a slot: the second one is skipped, ends with 0 and counts as nothing', async (test) => {
    const { place, start, run } = await openAccount(test);
    const { until, open } = gate(test);
    place.sandbox.fault({ match: 'ec2:DescribeVpcs', times: 1, does: { kind: 'hold', until } });
    const first = start(stack.fired('2026-01-31T17:00:00Z'));
    await place.sandbox.waitFor('ec2:DescribeVpcs');
    const second = await run(stack.fired('2026-01-31T17:00:00Z'));
    expect([second.code, second.doc]).toEqual([
      0,
      expect.objectContaining({ success: true, skipped: true, error_code: 'LOCKED', results: {} }),
    ]);
    expect(second.metrics).toEqual([]);
    open();
    expect((await first.ended).code).toBe(0);
    expect(published(place)['us-east-1']).toEqual(['2026-01-31']);
  });

  it.concurrent('accepted gaps of the settings are accepted', async (test) => {
    const { place, run } = await openAccount(test);
    const acceptedGaps = [{ resource_type: 'AWS::RDS::DBCluster', status: 'denied' }];
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' });
    const ran = await run(stackOf({ ...READY, services: 'RDS', acceptedGaps }).fired('2026-01-31T17:00:00Z'));
    expect([ran.code, ran.doc.errors, metric(ran, 'UnitsFailed')]).toEqual([0, {}, [0]]);
  });
});

describe('as a printed command starts it', () => {
  it.concurrent('the rerun: everything, with no slot of its own', async (test) => {
    const { run } = await openAccount(test);
    expect(wordsOf(stack.outputs.RunCommand ?? '')).not.toContain('--overrides');
    const before = new Date().toISOString().slice(0, 10);
    const { code, doc } = await run(stack.container);
    expect([code, doc.success_count]).toEqual([0, 4]);
    expect([before, new Date().toISOString().slice(0, 10)]).toContain(doc.target_date);
  });

  it.concurrent('the forced one: EC2 and RDS only, taking over the lease of a run that is still there', async (test) => {
    const { place, start, run } = await openAccount(test);
    const forced = stack.printed('ForceCommand');
    expect(forced.command).toEqual(['collect', '--region', 'us-east-1', '--services', 'EC2', 'RDS', '--force']);
    const { until, open } = gate(test);
    place.sandbox.fault({ match: 'lambda:ListLayers', times: 1, does: { kind: 'hold', until } });
    const standing = start(stackOf({ ...READY, services: 'Lambda' }).fired('2026-01-31T17:00:00Z'));
    await place.sandbox.waitFor('lambda:ListLayers');

    const { code, doc } = await run(forced);
    expect([code, doc.services, Object.keys(doc.results)]).toEqual([0, ['EC2', 'RDS'], ['EC2', 'RDS']]);
    expect(called(place).filter((service) => service === 's3')).toEqual([]);
    open();
    expect((await standing.ended).doc).toMatchObject({ success: false, error_code: 'LOCK_LOST' });
  });

  it('each is one command that any shell takes as it stands', () => {
    for (const context of Object.values(VARIANTS)) {
      const { outputs } = stackOf(context);
      const commands = Object.entries(outputs).filter(([name]) => name.endsWith('Command'));
      expect(commands.length).toBeGreaterThanOrEqual(3);
      for (const [name, command] of commands) {
        expect(command, name).toMatch(/^aws (ecs|logs|athena) \S+ --region us-east-1 /);
        // Outside of quotes there is nothing that a shell reads its own way; zsh would refuse `[]` as a pattern.
        const bare = command.replace(/'[^']*'/g, '').replace('$(( ($(date +%s) - 86400) * 1000 ))', '');
        // What one of them asks another for is such a command too; in double quotes its answer stays one word.
        expect(bare.replace(/"\$\((aws [^()"]+)\)"/, '$1'), name).toMatch(/^[\w /.:=-]+$/);
      }
    }
  });
});
