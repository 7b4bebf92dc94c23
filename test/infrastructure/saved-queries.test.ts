import { describe, expect, it, test } from 'vitest';
import { LOG_QUERIES, type LogQueryName, savedQueryName } from '../../batch/contract/log-queries.js';
import { ask, discovered, fieldsNamed } from './insights.js';
import { realRuns } from './real-lines.js';
import { resourcesOf, synthesized } from './synthesized.js';

test('every query is saved for the log group', () => {
  const template = synthesized();
  const [logGroup] = Object.keys(resourcesOf(template, 'AWS::Logs::LogGroup'));
  const saved = Object.values(resourcesOf(template, 'AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);
  const names = Object.keys(LOG_QUERIES) as LogQueryName[];
  expect(saved).toEqual(
    names.map((name) => ({
      Name: savedQueryName(name),
      QueryString: LOG_QUERIES[name],
      LogGroupNames: [{ Ref: logGroup }],
    })),
  );
});

describe('asked of the lines of real runs', () => {
  it('they answer what they promise', async (context) => {
    const { partial, complete, withoutCredentials, wrongUsage, lines } = await realRuns(context);
    expect([partial, complete, withoutCredentials, wrongUsage].map(({ code }) => code)).toEqual([3, 0, 1, 2]);

    const known = new Set(lines.flatMap((line) => Object.keys(discovered(line))));
    for (const query of Object.values(LOG_QUERIES)) {
      expect(fieldsNamed(query).filter((field) => !known.has(field))).toEqual([]);
    }

    const runIds = [wrongUsage, withoutCredentials, complete, partial].map(({ doc }) => doc.run_id);
    const lastRuns = ask(LOG_QUERIES['last-runs'], lines);
    expect(lastRuns.map(({ run_id }) => run_id)).toEqual(runIds);
    expect(lastRuns.map(({ success, error_code }) => [success, error_code])).toEqual([
      [0, 'USAGE'],
      [0, 'NO_CREDENTIALS'],
      [1, undefined],
      [1, undefined],
    ]);
    const { success_count, total_count, duration_ms, api_calls, target_date } = partial.doc;
    expect(lastRuns[3]).toMatchObject({ success_count, total_count, duration_ms, api_calls, target_date });
    expect(success_count).toBe(2);

    const recent = ask(LOG_QUERIES['recent-errors'], lines);
    expect(recent.map(({ error_code }) => error_code)).toEqual(['USAGE', 'NO_CREDENTIALS', expect.any(String)]);
    expect(recent[0]?.error).toBe(wrongUsage.doc.error);
    expect(recent[2]).toMatchObject({ event: 'unit.failed', resource_type: 'AWS::Lambda::EventSourceMapping' });

    const failures = ask(LOG_QUERIES['failures-with-stacks'], lines);
    expect(failures.map(({ event }) => event).sort()).toEqual(['run.failed', 'unit.denied', 'unit.failed']);
    const byEvent = Object.fromEntries(failures.map((row) => [row.event, row]));
    expect(byEvent['unit.failed']?.stack).toMatch(/^\w+: .*\n {4}at /);
    expect(byEvent['unit.failed']).toMatchObject({ region: 'us-east-1', attempts: 1, run_id: partial.doc.run_id });
    expect(byEvent['unit.denied']?.message).toContain('rds:DescribeDBClusters');

    const slowest = ask(LOG_QUERIES['slowest-units'], lines);
    const units = [...partial.log, ...complete.log].filter(({ event }) =>
      /^unit\.(completed|failed|denied)$/.test(event),
    );
    expect(slowest).toHaveLength(Math.min(30, units.length));
    const durations = slowest.map(({ duration_ms }) => duration_ms);
    expect(durations).toEqual(
      units
        .map((line) => line.duration_ms)
        .sort((a, b) => b - a)
        .slice(0, 30),
    );
    expect(slowest.every(({ resource_type }) => typeof resource_type === 'string')).toBe(true);
    expect(slowest.some(({ count }) => typeof count === 'number')).toBe(true);

    const day = new Date(lines[0]?.timestamp ?? 0).toISOString().slice(0, 10);
    const counted = ask(LOG_QUERIES['counts-by-service'], lines).filter((row) => row.day === day);
    const resources = Object.entries<number>(complete.doc.resources);
    const total = (service: string) =>
      resources.filter(([type]) => type.split('::')[1] === service).reduce((sum, [, count]) => sum + count, 0);
    expect(counted).toEqual(
      ['EC2', 'Lambda', 'RDS', 'S3'].map((Service) => ({ day, Service, resources: total(Service) })),
    );

    const { run_id } = partial.doc;
    const oneRun = ask(LOG_QUERIES['one-run'].replace('RUN_ID', run_id), lines);
    expect(oneRun.map(({ event, message }) => [event, message])).toEqual(
      partial.log.map(({ event, message }) => [event, message]),
    );
  });
});

describe('the evaluator of these tests', () => {
  it.each([
    'fields a | dedup a',
    'fields a | filter a like /b/',
    'filter a = "b" || c = 1',
    'stats count(*) by a',
    'fields a |',
  ])('refuses what it does not know: %s', (query) => expect(() => ask(query, [])).toThrow());
});
