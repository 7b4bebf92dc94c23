import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it, test } from 'vitest';
import { ALARMS, alarmName } from '../../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { LOG_QUERIES } from '../../batch/contract/log-queries.js';
import { METRIC_NAMESPACE } from '../../batch/contract/metrics.js';
import { metricKey, metricsOfARun } from './metric-names.js';
import { ACCOUNT, REGION, resolved, resourcesOf, synthesized } from './synthesized.js';

interface Widget {
  readonly type: 'alarm' | 'metric' | 'log';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: ReturnType<typeof JSON.parse>;
}

function widgetsOf(template: Template): Widget[] {
  const [dashboard] = Object.values(resourcesOf(template, 'AWS::CloudWatch::Dashboard'));
  // Dashboards share one space of names in all regions of an account.
  expect(dashboard?.Properties.DashboardName).toEqual({
    'Fn::Join': ['', [`${INFRASTRUCTURE.stack}-`, { Ref: 'AWS::Region' }]],
  });
  return JSON.parse(resolved(dashboard?.Properties.DashboardBody, template)).widgets;
}

/** The metrics of a widget. CloudWatch writes them as `[namespace, name, dimension, value, …, options]`. */
function metricsOf({ properties }: Widget): string[] {
  return (properties.metrics ?? [])
    .filter(([first]: unknown[]) => typeof first === 'string')
    .map(([namespace, name, ...rest]: string[]) => {
      const pairs = rest.filter((part) => typeof part === 'string');
      const dimensions = pairs.flatMap((part, index) => (index % 2 === 0 ? [[part, pairs[index + 1]]] : []));
      return metricKey(namespace ?? '', name ?? '', Object.fromEntries(dimensions));
    });
}

const english = widgetsOf(synthesized({ lang: 'en' }));
const titled = (title: string) => english.filter(({ properties }) => properties.title === title);

describe('the dashboard', () => {
  test('shows the state of every alarm', () => {
    const [widget] = titled('Alarms');
    const arns = ALARMS.map((name) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${alarmName(name)}`);
    expect(widget?.properties.alarms).toEqual(arns);
  });

  it('shows metrics that the program really writes, with their dimensions', async (context) => {
    const emitted = await metricsOfARun(context);
    const own = english.flatMap(metricsOf).filter((key) => key.startsWith(METRIC_NAMESPACE));
    expect(own.filter((key) => !emitted.has(key))).toEqual([]);
    // All of them: what is measured is seen.
    expect([...emitted].filter((key) => !own.includes(key))).toEqual([]);
  });

  test('compares invocations with successes, and shows the queue and the memory', () => {
    const others = english.flatMap(metricsOf).filter((key) => !key.startsWith(METRIC_NAMESPACE));
    expect(others.map((key) => key.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'AWS/Events Invocations',
      'AWS/SQS ApproximateNumberOfMessagesVisible',
      'ECS/ContainerInsights MemoryReserved',
      'ECS/ContainerInsights MemoryUtilized',
    ]);
  });

  test('has tables of the last runs and the recent errors: the saved queries on the log group', () => {
    const tables = english.filter(({ type }) => type === 'log').map(({ properties }) => properties);
    expect(tables.map(({ view }) => view)).toEqual(['table', 'table']);
    expect(tables.map(({ query }) => query)).toEqual(
      (['last-runs', 'recent-errors'] as const).map(
        (name) => `SOURCE '${INFRASTRUCTURE.logGroup}' | ${LOG_QUERIES[name]}`,
      ),
    );
  });

  test('only of the services that are collected', () => {
    const widgets = widgetsOf(synthesized({ services: 'S3,RDS' }));
    const services = widgets.flatMap(metricsOf).flatMap((key) => /Service=(\w+)/.exec(key)?.[1] ?? []);
    expect(services.sort()).toEqual(['RDS', 'S3']);
  });

  test('fits the width, nothing over something else', () => {
    const cells = english.flatMap(({ x, y, width, height }) => {
      expect(x + width).toBeLessThanOrEqual(24);
      return Array.from({ length: width * height }, (_, n) => `${x + (n % width)},${y + Math.floor(n / width)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('has a title for everything, in the language of the settings', () => {
    const japanese = widgetsOf(synthesized());
    expect(japanese).toHaveLength(english.length);
    for (const { properties } of japanese) expect(properties.title).toMatch(/[぀-ヿ]|所要時間/);
    for (const { properties } of english) expect(properties.title).toMatch(/^[\x20-\x7e]+$/);
  });
});
