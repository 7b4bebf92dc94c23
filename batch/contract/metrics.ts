/** Namespace and names of the CloudWatch metrics; alarms and the dashboard stand on them. */
export const METRIC_NAMESPACE = 'AwsResourceVisualizer';

export const METRICS = {
  RunSucceeded: 'Count',
  RunDuration: 'Milliseconds',
  ResourcesCollected: 'Count',
  UnitsFailed: 'Count',
  ApiCalls: 'Count',
  Throttles: 'Count',
  LockLost: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;
