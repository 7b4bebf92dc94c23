import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OPTIONS } from '../batch/config/option-table.js';
import { type AlarmName, alarmName } from '../batch/contract/alarms.js';
import type { Lang } from '../batch/contract/text.js';
import { AbsenceAlarm } from './absence-alarm.js';
import { alarmText } from './alarm-texts.js';
import { memoryPercent, ruleMetric, runMetric } from './batch-metrics.js';
import type { ScheduleRule } from './schedule-rule.js';

/** Above so much of what there is, someone should know before it is used up. */
const HIGH_PERCENT = 80;
/** That units failed is told at once; that nobody saw to them, after this. */
const WAITING_HOURS = 48;
const LIMIT_SECONDS = OPTIONS.timeout.fallback;

interface AlarmRow {
  readonly metric: cloudwatch.IMetric;
  /** From here on it is an alarm; default 1. */
  readonly threshold?: number;
  /** Places in the alarm's text. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The end of the trouble is news: for what lasts, unlike for what one run said. */
  readonly tellsEnd?: true;
}

interface AlarmsProps {
  readonly deadLetters: sqs.IQueue;
  readonly topic: sns.ITopic;
  readonly schedule: ScheduleRule;
  readonly gapHours: number;
  readonly lang: Lang;
}

/** What speaks up by itself when something is wrong that no message about a task tells. */
export class Alarms extends Construct {
  /** Those that there are: a schedule may be too rare for one. */
  readonly names: AlarmName[] = [];

  constructor(scope: Construct, id: string, { topic, schedule, deadLetters, gapHours, lang }: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(topic);
    const absence = new AbsenceAlarm(this, 'Absence', { gapHours, lang }).alarm;
    if (absence !== null) {
      absence.addAlarmAction(action);
      absence.addOkAction(action);
      this.names.push('no-success');
    }
    for (const [name, row] of Object.entries(rows(schedule, deadLetters)) as [
      Exclude<AlarmName, 'no-success'>,
      AlarmRow,
    ][]) {
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: alarmName(name),
        alarmDescription: alarmText(name, lang, row.fields),
        metric: row.metric,
        threshold: row.threshold ?? 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 1,
        // Between runs there is nothing to measure.
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      if (row.tellsEnd) alarm.addOkAction(action);
      this.names.push(name);
    }
  }
}

function rows(
  { rule, undelivered }: ScheduleRule,
  deadLetters: sqs.IQueue,
): Record<Exclude<AlarmName, 'no-success'>, AlarmRow> {
  return {
    'units-failed': { metric: runMetric('UnitsFailed', 'Maximum') },
    'near-deadline': {
      metric: runMetric('RunDuration', 'Maximum'),
      // The metric is in milliseconds.
      threshold: LIMIT_SECONDS * 1000 * (HIGH_PERCENT / 100),
      fields: { limit: LIMIT_SECONDS, percent: HIGH_PERCENT },
    },
    'memory-high': { metric: memoryPercent(), threshold: HIGH_PERCENT, fields: { percent: HIGH_PERCENT } },
    'lease-lost': { metric: runMetric('LockLost', 'Maximum') },
    // Like those above, said by a run: each that still finds one tells it anew, and silence is no end of it.
    'projections-lagging': { metric: runMetric('ProjectionsLagging', 'Maximum') },
    'invocations-failed': { metric: ruleMetric('FailedInvocations', rule) },
    'invocations-undelivered': { metric: ruleMetric('InvocationsSentToDlq', rule) },
    'queue-not-empty': {
      metric: undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      tellsEnd: true,
    },
    'dead-letters-waiting': {
      metric: deadLetters.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      threshold: WAITING_HOURS * 3600,
      fields: { hours: WAITING_HOURS },
      tellsEnd: true,
    },
  };
}
