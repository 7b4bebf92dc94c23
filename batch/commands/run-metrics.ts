import type { MetricName } from '../contract/metrics.js';
import type { RunOutcome } from '../core/result.js';
import { embeddedMetrics, type MetricPoint } from '../logging/metrics.js';
import type { Host } from './host.js';

/** On ECS, the metrics of a run as lines of the log, which CloudWatch reads; elsewhere nobody would. */
export function writeMetrics(outcome: RunOutcome, runType: string | undefined, host: Host): void {
  if (runType !== 'ecs') return;
  const lines = embeddedMetrics(metricPoints(outcome), host.clock.now(), outcome.document.run_id);
  for (const line of lines) host.stderr.write(`${line}\n`);
}

function metricPoints({ document, counts }: RunOutcome): MetricPoint[] {
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
