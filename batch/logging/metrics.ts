import { METRIC_NAMESPACE, METRICS, type MetricName } from '../contract/metrics.js';

export interface MetricPoint {
  readonly name: MetricName;
  /** In the unit that METRICS names. A value that is no finite number is left out: CloudWatch refuses it. */
  readonly value: number;
  /** The service that the value belongs to; absent for the run as a whole. */
  readonly service?: string;
}

/** Limits of the format: values of one metric in one line, and metrics of one directive. */
const MAX_VALUES = 100;
const MAX_METRICS = 100;

/**
 * Lines in CloudWatch's Embedded Metric Format, without newlines: one for the run as a whole (no dimension) and one for
 * each service (dimension `Service`); more when a limit of the format is passed. `run_id` is a plain property and never
 * a dimension: each run would be a metric of its own.
 */
export function embeddedMetrics(points: readonly MetricPoint[], at: Date, runId?: string): string[] {
  const groups = new Map<string | undefined, MetricPoint[]>();
  for (const point of points) {
    if (!Number.isFinite(point.value)) continue;
    groups.set(point.service, [...(groups.get(point.service) ?? []), point]);
  }
  return [...groups].flatMap(([service, group]) =>
    linesOf(group).map((metrics) => line(metrics, { at, service, runId })),
  );
}

type Metrics = ReadonlyMap<MetricName, readonly number[]>;

/** Puts each point in the first line that still has room for it. */
function linesOf(points: readonly MetricPoint[]): Metrics[] {
  const lines: Map<MetricName, number[]>[] = [];
  for (const { name, value } of points) {
    const room = lines.find((metrics) => {
      const values = metrics.get(name);
      return values === undefined ? metrics.size < MAX_METRICS : values.length < MAX_VALUES;
    });
    const values = room?.get(name);
    if (values !== undefined) values.push(value);
    else if (room !== undefined) room.set(name, [value]);
    else lines.push(new Map([[name, [value]]]));
  }
  return lines;
}

interface LineOptions {
  readonly at: Date;
  readonly service: string | undefined;
  readonly runId: string | undefined;
}

function line(metrics: Metrics, { at, service, runId }: LineOptions): string {
  const directive = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [service === undefined ? [] : ['Service']],
    Metrics: [...metrics.keys()].map((name) => ({ Name: name, Unit: METRICS[name] })),
  };
  const values = [...metrics].map(([name, list]) => [name, list.length === 1 ? list[0] : list] as const);
  return JSON.stringify({
    _aws: { Timestamp: at.getTime(), CloudWatchMetrics: [directive] },
    ...(service === undefined ? {} : { Service: service }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...Object.fromEntries(values),
  });
}
