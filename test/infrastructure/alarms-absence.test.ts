import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test, vi } from 'vitest';
import { ALARMS, alarmName } from '../../batch/contract/alarms.js';
import type { Lang } from '../../batch/contract/text.js';
import { AbsenceAlarm } from '../../lib/absence-alarm.js';
import { HOUR, MINUTE, notices, slotOf } from './absence-days.js';
import { matchesPattern } from './event-pattern.js';
import { resolved, resourcesOf, synthesized } from './synthesized.js';

const schedule = vi.hoisted(() => ({ gapHours: null as number | null }));
vi.mock(import('../../batch/contract/schedule-times.js'), async (original) => {
  const module = await original();
  return {
    ...module,
    longestGapHours: (given: Parameters<typeof module.longestGapHours>[0]) =>
      schedule.gapHours ?? module.longestGapHours(given),
  };
});

function absence(gapHours: number, lang: Lang = 'en') {
  const stack = new Stack(new App(), 'S');
  new Topic(stack, 'Any');
  const { alarm } = new AbsenceAlarm(stack, 'Absence', { gapHours, lang });
  return { stack, alarm, template: Template.fromStack(stack) };
}

function partsOf(template: Template) {
  const all = Object.entries(resourcesOf(template, 'AWS::CloudWatch::Alarm'));
  const part = (name: string) =>
    all.find(([, { Properties }]) => Properties.AlarmName === alarmName('no-success', name));
  const [missingId = '', missing] = part('missing') ?? [];
  const [composite] = Object.values(resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm'));
  return {
    missingId,
    missing,
    begun: part('watch-begun')?.[1].Properties,
    composite: resolved(composite?.Properties, template),
  };
}

describe('of the default schedule', () => {
  const template = synthesized({ lang: 'en' });
  const { missing, missingId, begun, composite } = partsOf(template);

  test('the grace is what EventBridge tries again for, and what a run may take', () => {
    const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
    const schedule = rules.find(({ Properties }) => Properties.ScheduleExpression !== undefined)?.Properties;
    const retryHours = schedule.Targets[0].RetryPolicy.MaximumEventAgeInSeconds / 3600;
    const hours = 24 + retryHours + 1 + 1;
    expect(missing?.Properties).toMatchObject({
      EvaluationPeriods: hours,
      DatapointsToAlarm: hours,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(begun).toMatchObject({
      EvaluationPeriods: hours,
      DatapointsToAlarm: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(composite.AlarmDescription).toContain(`${hours} hours`);
    for (const { Metrics } of [missing?.Properties, begun]) {
      expect(Metrics[0]).toMatchObject({ Expression: 'FILL(m, 0)', ReturnData: true });
      expect(Metrics[1].MetricStat).toMatchObject({ Period: 3600, Stat: 'Sum' });
    }
  });

  test('no-success is one part, silenced by the other, with time for its sign to arrive', () => {
    const arn = (part: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${alarmName('no-success', part)}`;
    expect(composite).toMatchObject({
      AlarmRule: `ALARM("${arn('missing')}")`,
      ActionsSuppressor: arn('watch-begun'),
      ActionsSuppressorWaitPeriod: 900,
      ActionsSuppressorExtensionPeriod: 60,
    });
  });

  test('the watch begins when CloudFormation has made or changed the first part', () => {
    const ruleId = begun.Metrics[1].MetricStat.Metric.Dimensions[0].Value.Ref;
    expect(begun.Metrics[1].MetricStat.Metric).toMatchObject({ Namespace: 'AWS/Events', MetricName: 'TriggeredRules' });
    const rule = resourcesOf(template, 'AWS::Events::Rule')[ruleId];
    expect(missing?.DependsOn).toContain(ruleId);
    const pattern = resolved(rule?.Properties.EventPattern, template);
    const stackId = pattern.detail['stack-id'][0];
    // The form that AWS documents: "Resource Status Change event detail", AWS CloudFormation.
    const event = (logicalId: string, status: string, stack = stackId) => ({
      version: '0',
      id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      'detail-type': 'CloudFormation Resource Status Change',
      source: 'aws.cloudformation',
      account: '123456789012',
      time: '2026-01-31T10:43:48Z',
      region: 'us-east-1',
      resources: [stack],
      detail: {
        'stack-id': stack,
        'logical-resource-id': logicalId,
        'physical-resource-id': alarmName('no-success', 'missing'),
        'status-details': { status, 'status-reason': '' },
        'resource-type': 'AWS::CloudWatch::Alarm',
        'client-request-token': '',
      },
    });
    expect(matchesPattern(pattern, event(missingId, 'CREATE_COMPLETE'))).toBe(true);
    expect(matchesPattern(pattern, event(missingId, 'UPDATE_COMPLETE'))).toBe(true);
    expect(matchesPattern(pattern, event(missingId, 'CREATE_IN_PROGRESS'))).toBe(false);
    expect(matchesPattern(pattern, event('BatchDefinition145C5C98', 'UPDATE_COMPLETE'))).toBe(false);
    expect(matchesPattern(pattern, event(missingId, 'CREATE_COMPLETE', `${stackId}1`))).toBe(false);
  });
});

describe('a schedule that is rarer than an alarm can watch', () => {
  test('164 hours are the most: 168 with the grace and the hour that is begun', () => {
    expect(partsOf(absence(164).template).missing?.Properties.EvaluationPeriods).toBe(168);
    expect(absence(164.1).alarm).toBeNull();
  });

  test.each([
    ['ja', 'schedule の間隔（最長 168 時間）'],
    ['en', 'The schedule \\(up to 168 hours'],
  ] as const)('is said at synth in %s, and the alarm is left out', (lang, text) => {
    const { stack, alarm, template } = absence(168, lang);
    expect(alarm).toBeNull();
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    template.resourceCountIs('AWS::Events::Rule', 0);
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp(text));
  });

  test('leaves the other alarms as they are, and the dashboard without this one', () => {
    schedule.gapHours = 744;
    const template = synthesized();
    schedule.gapHours = null;
    const names = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    expect(names.sort()).toEqual(
      ALARMS.slice(1)
        .map((name) => alarmName(name))
        .sort(),
    );
    const [dashboard] = Object.values(resourcesOf(template, 'AWS::CloudWatch::Dashboard'));
    const body = resolved(dashboard?.Properties.DashboardBody, template);
    expect(body).toContain(alarmName('units-failed'));
    expect(body).not.toContain('no-success');
  });
});

const PARTS = (() => {
  const { missing, begun, composite } = partsOf(synthesized());
  return { missing: missing?.Properties, begun, composite };
})();

/** Deployments and slots at different minutes of the hour, before and after the slot of the day. */
const TIMES = [0, 1, 29, 59].flatMap((slot) =>
  [0, 7, 31, 59].flatMap((minute) =>
    [9, 10, 11, 23].map((hour) => ({ slot: slot * MINUTE, deployed: hour * HOUR + minute * MINUTE })),
  ),
);
const ON_TIME = () => 3 * MINUTE;
/** Every other day at the very end of the retries and the run. */
const NOW_AND_THEN_LATE = (day: number) => (day % 2 === 0 ? 3 * MINUTE : 3 * HOUR);

describe('over days', () => {
  test('nothing is said after a deployment, nor while runs succeed, however late', () => {
    for (const time of TIMES) {
      for (const late of [ON_TIME, NOW_AND_THEN_LATE]) {
        expect(notices({ ...time, late, until: null }, PARTS, 5), JSON.stringify(time)).toEqual([]);
      }
    }
  });

  test('a first run that never comes is told once, when it could no longer come', () => {
    for (const time of TIMES) {
      const [at = 0, ...more] = notices({ ...time, late: ON_TIME, until: -1 }, PARTS, 5);
      expect(more).toEqual([]);
      const hours = (at - time.deployed) / HOUR;
      expect(hours).toBeGreaterThanOrEqual(27);
      expect(hours).toBeLessThanOrEqual(29);
    }
  });

  test('a run that is missed later is told within five hours of its slot', () => {
    for (const time of TIMES) {
      const [at = 0, ...more] = notices({ ...time, late: ON_TIME, until: 2 }, PARTS, 6);
      expect(more).toEqual([]);
      const slot = slotOf(3, time.slot);
      expect(at - slot).toBeGreaterThanOrEqual(3 * HOUR);
      expect(at - slot).toBeLessThanOrEqual(5 * HOUR);
    }
  });
});
