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
  /** The highest share of the memory that the container may use; page cache does not count. */
  MemoryUtilization: 'Percent',
  /** How late 99 of 100 timers came at most. */
  EventLoopDelay: 'Milliseconds',
  /** The highest share in use of the file systems of store and log, of the fuller one. */
  DiskUtilization: 'Percent',
  /** Published days whose Parquet file is not that of their manifest. */
  ProjectionsLagging: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;
