import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it, test } from 'vitest';
import { OPTIONS } from '../../batch/config/option-table.js';
import { ALARMS, type AlarmName, alarmName, runbookSection } from '../../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { METRIC_NAMESPACE } from '../../batch/contract/metrics.js';
import { metricKey, metricsOfARun } from './metric-names.js';
import { resolved, resourcesOf, synthesized } from './synthesized.js';

const TEMPLATES = { ja: synthesized(), en: synthesized({ lang: 'en' }) };

/** Alarms of both kinds, by their names. */
function alarmsOf(template: Template) {
  const all = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    Object.values(resourcesOf(template, type)),
  );
  return Object.fromEntries(all.map(({ Properties }) => [Properties.AlarmName, resolved(Properties, template)]));
}

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** The metrics that an alarm looks at. */
function metricsOf(alarm: ReturnType<typeof alarmsOf>[string]): { key: string; period: number; stat: string }[] {
  const stats = alarm.Metrics?.flatMap(({ MetricStat }: { MetricStat?: object }) => MetricStat ?? []) ?? [];
  const all = alarm.MetricName === undefined ? stats : [{ Metric: alarm, Period: alarm.Period, Stat: alarm.Statistic }];
  return all.map(({ Metric, Period, Stat }: ReturnType<typeof JSON.parse>) => {
    const dimensions = (Metric.Dimensions ?? []).map(({ Name, Value }: Dimension) => [Name, Value]);
    return {
      key: metricKey(Metric.Namespace, Metric.MetricName, Object.fromEntries(dimensions)),
      period: Period,
      stat: Stat,
    };
  });
}

const MEMORY = { ClusterName: INFRASTRUCTURE.cluster, TaskDefinitionFamily: INFRASTRUCTURE.taskFamily };
const alarms = alarmsOf(TEMPLATES.en);
const at = (name: AlarmName, part?: string) => alarms[alarmName(name, part)];

test('every alarm is there, and those that are parts of another', () => {
  const parts = [alarmName('no-success', 'missing'), alarmName('no-success', 'watch-begun')];
  expect(Object.keys(alarms).sort()).toEqual([...ALARMS.map((name) => alarmName(name)), ...parts].sort());
});

describe.each(['ja', 'en'] as const)('in %s', (lang) => {
  const all = alarmsOf(TEMPLATES[lang]);

  test.each(ALARMS)('%s says what it means and where to read on', (name) => {
    const { AlarmDescription, AlarmName } = all[alarmName(name)];
    expect(AlarmDescription).toContain(runbookSection(name, lang));
    expect(AlarmDescription).not.toMatch(/[{}]|undefined/);
    expect(/[぀-ヿ]/.test(AlarmDescription)).toBe(lang === 'ja');
    // Limits of CloudWatch.
    expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    expect(AlarmName).toMatch(/^[\x20-\x7e]{1,255}$/);
  });
});

test('each is sent to the topic; the end only of what lasts; parts send nothing', () => {
  const topic = Object.keys(resourcesOf(TEMPLATES.en, 'AWS::SNS::Topic'));
  for (const name of ALARMS) {
    expect(at(name).AlarmActions, name).toEqual(topic);
    const lasts = ['no-success', 'queue-not-empty', 'dead-letters-waiting'].includes(name);
    expect(at(name).OKActions, name).toEqual(lasts ? topic : undefined);
  }
  for (const part of ['missing', 'watch-begun']) {
    expect(at('no-success', part)).not.toHaveProperty('AlarmActions');
    expect(at('no-success', part)).not.toHaveProperty('OKActions');
  }
});

describe('the metrics of', () => {
  it('the program are those that it really writes, with their dimensions', async (context) => {
    const emitted = await metricsOfARun(context);
    const watched = Object.values(alarms).flatMap(metricsOf);
    const own = watched.map(({ key }) => key).filter((key) => key.startsWith(METRIC_NAMESPACE));
    expect(own.sort()).toEqual(
      ['LockLost', 'ProjectionsLagging', 'RunDuration', 'RunSucceeded', 'UnitsFailed'].map((name) =>
        metricKey(METRIC_NAMESPACE, name, {}),
      ),
    );
    expect(own.filter((key) => !emitted.has(key))).toEqual([]);
  });

  test('AWS are those of the rule of the schedule, of its queue, and of the task', () => {
    const [rule] = Object.entries(resourcesOf(TEMPLATES.en, 'AWS::Events::Rule')).find(
      ([, { Properties }]) => Properties.ScheduleExpression !== undefined,
    ) ?? [''];
    const queue = Object.keys(resourcesOf(TEMPLATES.en, 'AWS::SQS::Queue')).find((id) => id.startsWith('Schedule'));
    const RuleName = rule;
    expect(metricsOf(at('invocations-failed'))[0]?.key).toBe(
      metricKey('AWS/Events', 'FailedInvocations', { RuleName }),
    );
    expect(metricsOf(at('invocations-undelivered'))[0]?.key).toBe(
      metricKey('AWS/Events', 'InvocationsSentToDlq', { RuleName }),
    );
    expect(metricsOf(at('queue-not-empty'))[0]?.key).toBe(
      metricKey('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: `${queue}.QueueName` }),
    );
    expect(metricsOf(at('memory-high')).map(({ key }) => key)).toEqual([
      metricKey('ECS/ContainerInsights', 'MemoryUtilized', MEMORY),
      metricKey('ECS/ContainerInsights', 'MemoryReserved', MEMORY),
    ]);
    // The family is the task's own, and the cluster gives these metrics.
    TEMPLATES.en.hasResourceProperties('AWS::ECS::TaskDefinition', { Family: MEMORY.TaskDefinitionFamily });
    TEMPLATES.en.hasResourceProperties('AWS::ECS::Cluster', {
      ClusterName: MEMORY.ClusterName,
      ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
    });
  });
});

test('the runbook counts what alarms cost by their metrics', () => {
  const metrics = Object.values(alarms).flatMap(metricsOf);
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  expect(runbook).toContain(`${metrics.length} metrics × 0.10 + 1 composite × 0.50`);
  TEMPLATES.en.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 1);
});

test('thresholds: one is enough, 80 % of the deadline in milliseconds, 80 % of the memory', () => {
  const thresholds: Record<Exclude<AlarmName, 'no-success'>, number> = {
    'units-failed': 1,
    'near-deadline': OPTIONS.timeout.fallback * 1000 * 0.8,
    'memory-high': 80,
    'lease-lost': 1,
    'projections-lagging': 1,
    'invocations-failed': 1,
    'invocations-undelivered': 1,
    'queue-not-empty': 1,
    'dead-letters-waiting': 48 * 3600,
  };
  for (const [name, Threshold] of Object.entries(thresholds) as [AlarmName, number][]) {
    expect(at(name), name).toMatchObject({
      Threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  }
  expect(at('memory-high').Metrics[0].Expression).toBe('100 * utilized / reserved');
  // The container's deadline is the program's own: nothing of the environment changes it.
  const [task] = Object.values(resourcesOf(TEMPLATES.en, 'AWS::ECS::TaskDefinition'));
  const names = task?.Properties.ContainerDefinitions[0].Environment.map(({ Name }: Dimension) => Name);
  expect(names).not.toContain(OPTIONS.timeout.env);
});
