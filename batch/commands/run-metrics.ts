import type { MetricName } from '../contract/metrics.js';
import type { RunOutcome } from '../core/result.js';
import { embeddedMetrics, type MetricPoint } from '../logging/metrics.js';
import type { Host } from './host.js';

/** Metrics of the run as a whole that were measured besides; absent: not known. */
type Measured = Readonly<Partial<Record<MetricName, number>>>;

/** On ECS, the metrics of a run as lines of the log, which CloudWatch reads; elsewhere nobody would. */
export function writeMetrics(
  outcome: RunOutcome,
  runType: string | undefined,
  host: Host,
  measured: Measured = {},
): void {
  if (runType !== 'ecs') return;
  const lines = embeddedMetrics(metricPoints(outcome, measured), host.clock.now(), outcome.document.run_id);
  for (const line of lines) host.stderr.write(`${line}\n`);
}

function metricPoints({ document, counts, lagging }: RunOutcome, measured: Measured): MetricPoint[] {
  const point = (name: MetricName, value: number, service?: string): MetricPoint => ({
    name,
    value,
    ...(service === undefined ? {} : { service }),
  });
  if (document.skipped === true) return [];
  const points = [
    point('RunSucceeded', document.success ? 1 : 0),
    point('RunDuration', document.duration_ms ?? 0),
    point('LockLost', document.error_code === 'LOCK_LOST' ? 1 : 0),
    ...(lagging === undefined ? [] : [point('ProjectionsLagging', lagging)]),
    ...Object.entries(measured).map(([name, value]) => point(name as MetricName, value)),
  ];
  if (counts === null) return points;
  points.push(
    point('UnitsFailed', counts.unitsFailed),
    point('ApiCalls', counts.apiCalls),
    point('Throttles', counts.throttles),
  );
  for (const [service, count] of Object.entries(counts.resourcesByService)) {
    points.push(point('ResourcesCollected', count, service));
  }
  return points;
}
