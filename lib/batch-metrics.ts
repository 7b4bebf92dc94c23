import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IRule } from 'aws-cdk-lib/aws-events';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { METRIC_NAMESPACE, type MetricName } from '../batch/contract/metrics.js';

const PERIOD = Duration.minutes(5);

/** A metric of the run as a whole, which has no dimension; or of one service. */
export function runMetric(name: MetricName, statistic: 'Sum' | 'Maximum', service?: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    statistic,
    period: PERIOD,
    ...(service === undefined ? {} : { dimensionsMap: { Service: service }, label: service }),
  });
}

/** Metrics of EventBridge that come with the name of a rule. `MatchedEvents` does not. */
type RuleMetric = 'Invocations' | 'FailedInvocations' | 'InvocationsSentToDlq' | 'TriggeredRules';

export function ruleMetric(metricName: RuleMetric, rule: IRule): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Events',
    metricName,
    dimensionsMap: { RuleName: rule.ruleName },
    statistic: 'Sum',
    period: PERIOD,
  });
}

/** Share of the task's memory that is in use, in percent. Source: metrics of Container Insights. */
export function memoryPercent(): cloudwatch.MathExpression {
  const memory = (metricName: string) =>
    new cloudwatch.Metric({
      namespace: 'ECS/ContainerInsights',
      metricName,
      dimensionsMap: { ClusterName: INFRASTRUCTURE.cluster, TaskDefinitionFamily: INFRASTRUCTURE.taskFamily },
      statistic: 'Maximum',
    });
  return new cloudwatch.MathExpression({
    expression: '100 * utilized / reserved',
    usingMetrics: { utilized: memory('MemoryUtilized'), reserved: memory('MemoryReserved') },
    // A run may be over in a minute or two.
    period: Duration.minutes(1),
    label: 'MemoryUtilized / MemoryReserved (%)',
  });
}
