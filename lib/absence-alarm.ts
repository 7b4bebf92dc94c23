import { Annotations, type CfnElement, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { OPTIONS } from '../batch/config/option-table.js';
import { alarmName } from '../batch/contract/alarms.js';
import { fill, type Lang } from '../batch/contract/text.js';
import { alarmText, PART_TEXTS, TOO_RARE } from './alarm-texts.js';
import { ruleMetric, runMetric } from './batch-metrics.js';

/** EventBridge tries to start the task for so long (`ScheduleRule`). */
const RETRY_HOURS = 2;
const RUN_HOURS = OPTIONS.timeout.fallback / 3600;
/** An alarm of CloudWatch sees no further back. */
const LONGEST_WATCH_HOURS = 7 * 24;

interface AbsenceAlarmProps {
  /** The longest time between two firings of the schedule, in hours. */
  readonly gapHours: number;
  readonly lang: Lang;
}

/**
 * `no-success`: no run has succeeded for a period of the schedule and the grace that retries and the run itself take.
 * It is a composite of two alarms, so that it is quiet while there could not have been a run yet. Why:
 * docs/adr/0005-absence-alarm.md.
 */
export class AbsenceAlarm extends Construct {
  /** null: the schedule is too rare to be watched. */
  readonly alarm: cloudwatch.CompositeAlarm | null;

  constructor(scope: Construct, id: string, { gapHours, lang }: AbsenceAlarmProps) {
    super(scope, id);
    // One more, since an alarm's periods begin on the hour, whenever the run was.
    const hours = Math.ceil(gapHours + RETRY_HOURS + RUN_HOURS) + 1;
    if (hours > LONGEST_WATCH_HOURS) {
      Annotations.of(this).addWarningV2('arv:schedule-too-rare', fill(TOO_RARE[lang], { gap: gapHours }));
      this.alarm = null;
      return;
    }
    const missing = this.missing(hours, lang);
    const begun = this.begun(missing, hours, lang);
    this.alarm = new cloudwatch.CompositeAlarm(this, 'NoSuccess', {
      compositeAlarmName: alarmName('no-success'),
      alarmDescription: alarmText('no-success', lang, { hours }),
      alarmRule: missing,
      actionsSuppressor: begun,
      // The sign that the watch has begun comes through EventBridge and a metric: minutes after the alarm.
      actionsSuppressorWaitPeriod: Duration.minutes(15),
      actionsSuppressorExtensionPeriod: Duration.minutes(1),
    });
  }

  /** In ALARM when no hour of so many had a successful run. */
  private missing(hours: number, lang: Lang): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Missing', {
      alarmName: alarmName('no-success', 'missing'),
      alarmDescription: fill(PART_TEXTS.missing[lang], { hours }),
      metric: everyHour(runMetric('RunSucceeded', 'Sum')),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: hours,
      datapointsToAlarm: hours,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /** In ALARM for so many hours after `missing` was made or its hours were changed. */
  private begun(missing: cloudwatch.Alarm, hours: number, lang: Lang): cloudwatch.Alarm {
    const stack = Stack.of(this);
    const rule = new events.Rule(this, 'WatchBegun', {
      description: PART_TEXTS.rule[lang],
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Resource Status Change'],
        detail: {
          'stack-id': [stack.stackId],
          'logical-resource-id': [stack.getLogicalId(missing.node.defaultChild as CfnElement)],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] },
        },
      },
    });
    // The rule has to be there when the alarm comes.
    missing.node.addDependency(rule);
    return new cloudwatch.Alarm(this, 'Begun', {
      alarmName: alarmName('no-success', 'watch-begun'),
      alarmDescription: fill(PART_TEXTS.begun[lang], { hours }),
      metric: everyHour(ruleMetric('TriggeredRules', rule)),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: hours,
      datapointsToAlarm: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}

/** With zeros for what is missing: an alarm would look further back for points that are there, by hours. */
function everyHour(metric: cloudwatch.Metric): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'FILL(m, 0)',
    usingMetrics: { m: metric },
    period: Duration.hours(1),
    label: metric.metricName,
  });
}
