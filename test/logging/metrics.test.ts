import { expect, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../batch/contract/metrics.js';
import { embeddedMetrics } from '../../batch/logging/metrics.js';

const at = new Date('2024-05-10T03:04:05.678Z');
const parse = (lines: string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

it('puts the points of the run in one line and those of each service in another', () => {
  const lines = embeddedMetrics(
    [
      { name: 'RunSucceeded', value: 1 },
      { name: 'ResourcesCollected', value: 5, service: 'EC2' },
      { name: 'RunDuration', value: 1234.5 },
      { name: 'ResourcesCollected', value: 0, service: 'S3' },
      { name: 'ApiCalls', value: 9, service: 'EC2' },
    ],
    at,
    'run-1',
  );
  const directive = (dimensions: string[], ...metrics: MetricName[]) => ({
    Timestamp: 1715310245678,
    CloudWatchMetrics: [
      {
        Namespace: METRIC_NAMESPACE,
        Dimensions: [dimensions],
        Metrics: metrics.map((name) => ({ Name: name, Unit: METRICS[name] })),
      },
    ],
  });
  expect(parse(lines)).toEqual([
    { _aws: directive([], 'RunSucceeded', 'RunDuration'), run_id: 'run-1', RunSucceeded: 1, RunDuration: 1234.5 },
    {
      _aws: directive(['Service'], 'ResourcesCollected', 'ApiCalls'),
      Service: 'EC2',
      run_id: 'run-1',
      ResourcesCollected: 5,
      ApiCalls: 9,
    },
    { _aws: directive(['Service'], 'ResourcesCollected'), Service: 'S3', run_id: 'run-1', ResourcesCollected: 0 },
  ]);
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
});

it('never makes the run a dimension, and stays without it when it is not given', () => {
  const [line] = embeddedMetrics([{ name: 'LockLost', value: 1, service: 'EC2' }], at, 'run-1');
  expect(line).toContain('"Dimensions":[["Service"]]');
  expect(embeddedMetrics([{ name: 'LockLost', value: 1 }], at)[0]).not.toContain('run_id');
});

it('gives repeated points as a list of at most 100 values, the rest on a further line', () => {
  const points = Array.from({ length: 250 }, (_, value) => ({ name: 'Throttles' as const, value }));
  const values = parse(embeddedMetrics([...points, { name: 'ApiCalls', value: 1 }], at)).map((line) => line.Throttles);
  expect(values.map((list) => (list as number[]).length)).toEqual([100, 100, 50]);
  expect(values.flat()).toEqual(points.map(({ value }) => value));
});

it('declares each metric of a line once, and all names fit one directive', () => {
  const names = Object.keys(METRICS) as MetricName[];
  const lines = parse(
    embeddedMetrics(
      [...names, ...names].map((name) => ({ name, value: 1 })),
      at,
    ),
  );
  expect(lines).toHaveLength(1);
  const directives = lines[0]?._aws as { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
  expect(directives.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name)).toEqual(names);
  expect(names.length).toBeLessThanOrEqual(100);
});

it('leaves out what is no finite number, and gives no line for no point', () => {
  expect(embeddedMetrics([], at)).toEqual([]);
  expect(embeddedMetrics([{ name: 'ApiCalls', value: Number.NaN }], at)).toEqual([]);
});
