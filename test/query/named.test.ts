import { rmSync } from 'node:fs';
import { Runtime } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { athenaSql } from '../../batch/contract/athena-queries.js';
import { LAMBDA_RUNTIMES } from '../../batch/contract/lambda-runtimes.js';
import { NAMED_QUERIES, type NamedQuery, type QueryName } from '../../batch/contract/named-queries.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { ATHENA_NAMES } from '../../batch/query/views.js';
import { DAYS, given, knownAnswer } from './known-answers.js';
import { inDuckDb, openWorkbench, type Workbench } from './workbench.js';

const NAMES = Object.keys(NAMED_QUERIES) as QueryName[];

let bench: Workbench;
let records: ResourceRecord[];
/** Many resources refer to it. */
let vpc: string;

beforeAll(async () => {
  bench = await openWorkbench();
  records = (await bench.ask('export', '--format', 'json')).json;
  vpc = String(records.find(({ resource_type }) => resource_type === 'AWS::EC2::VPC')?.resource_id);
}, 60_000);
afterAll(() => rmSync(bench.cwd, { recursive: true, force: true }));

function parameter(name: QueryName): string | null {
  if (name === 'dependents') return `id=${vpc}`;
  return name in DAYS ? `days=${DAYS[name as keyof typeof DAYS]}` : null;
}

/**
 * Where DuckDB does not speak as Athena does, and what is done about it:
 * - `json_extract_scalar`, `json_format`, `date_format` have other names: macros, the same that `arv query` has;
 * - UNNEST of a list of structs makes one column there, a column for each field here: its text is replaced;
 * - a timestamp that is adjusted to UTC has a zone there, none here: the view takes it away, as a Glue table does;
 * - the partition columns would be numbers, where they look like some: `hive_types`, as the Glue table declares them.
 */
function inTheWordsOfDuckDb(sql: string): string {
  return sql.replace('UNNEST(r.relations)', '(SELECT unnest(r.relations, recursive := true))');
}

const glueTable = () => `CREATE VIEW resources AS
  SELECT * REPLACE (created_at AT TIME ZONE 'UTC' AS created_at, collected_at AT TIME ZONE 'UTC' AS collected_at)
  FROM read_parquet('${bench.cwd}/data/default_tenant/analytics/resources/*/*/*/*.parquet', hive_partitioning = true,
    hive_types = {'year': VARCHAR, 'month': VARCHAR, 'day': VARCHAR})`;

/** Without how a time and a large number are written. */
function comparable(row: Readonly<Record<string, unknown>>): object {
  const { created_at, instances } = row;
  return {
    ...row,
    ...(typeof created_at === 'string' && { created_at: Date.parse(created_at.replace(/[zZ]?$/, 'Z')) }),
    ...('instances' in row && { instances: Number(instances) }),
  };
}

describe.concurrent('a query with a name gives what is known, in arv query and in the words of Athena', () => {
  test.each(NAMES)('%s', async (name) => {
    const option = parameter(name);
    const end = await bench.ask('query', '--name', name, ...(option === null ? [] : ['--param', option]));
    expect(end.code, end.stdout).toBe(0);
    const known = knownAnswer(name, records, vpc);
    expect(known.length).toBeGreaterThan(0);
    expect(given(end.json)).toEqual(known);

    const { parameters }: NamedQuery = NAMED_QUERIES[name];
    const [, value = ''] = option?.split('=') ?? [];
    // As a person edits it at the top.
    const edited = athenaSql(name, 0).replace(String(parameters[0]?.value ?? ''), value);
    const rows = await inDuckDb(ATHENA_NAMES, glueTable(), inTheWordsOfDuckDb(edited));
    expect(rows.map(comparable)).toEqual(end.json.map(comparable));
  });
});

test('a deprecated runtime is one that is known, each on its day', () => {
  const known = new Map(LAMBDA_RUNTIMES);
  // Previews: AWS has set no day.
  const without = Object.values(Runtime).filter((runtime) => !known.has(runtime));
  expect(without.sort()).toEqual(['nodejs26.x', 'python3.15']);
  expect([...known.values()]).toEqual([...known.values()].sort());
  // Of Amazon Linux 2, and still supported a year after it.
  for (const runtime of ['java8.al2', 'java11', 'java17', 'python3.11']) expect(known.get(runtime)).toBe('2027-06-30');
});

describe.each([0, -7, 7])('the day that the words of Athena choose, with days filed %i days from today', (offset) => {
  const dayOf = (now: string, days: number) =>
    new Date(Date.parse(now) + (offset + days) * 86_400_000).toISOString().slice(0, 10);
  const lastOf = async (now: string, there: readonly string[]) => {
    const rows = there.map((day) => `('${day.slice(0, 4)}', '${day.slice(5, 7)}', '${day.slice(8)}', '${day}')`);
    const [row] = await inDuckDb(
      ATHENA_NAMES,
      `CREATE TABLE resources AS SELECT *, 'AWS::EC2::Instance' AS resource_type, '{}' AS properties, '' AS account_id, '' AS region
       FROM (VALUES ${rows.join(', ')}) AS days (year, month, day, state)`,
      athenaSql('instances-by-type', offset).replaceAll('current_date', `DATE '${now}'`),
    );
    return row?.state ?? null;
  };

  test('is the last one, up to the day after and from 31 days before', async () => {
    const now = '2027-01-03';
    /** One row a day, about the ends of what is looked through. */
    const days = [2, 1, 0, -6, -30, -31, -32].map((one) => dayOf(now, one));
    const chosen = [];
    for (const index of days.keys()) chosen.push(await lastOf(now, days.slice(index)));
    const [first, last] = [dayOf(now, -31), dayOf(now, 1)];
    expect(chosen).toEqual(days.map((day) => (day > last ? last : day < first ? null : day)));
  });

  // The ends of months and years, and a February that lies wholly between the first and the last day.
  test.each(['2026-03-01', '2026-03-02', '2027-01-01', '2026-12-31'])(
    'is never one with a later day after it, nor one from long ago: %s',
    async (now) => {
      for (const nothingFor of [0, 9, 27, 31, 32]) {
        const days = Array.from({ length: 400 }, (_, index) => dayOf(now, -nothingFor - index));
        expect(await lastOf(now, days), String(nothingFor)).toBe(nothingFor > 31 ? null : days[0]);
      }
    },
  );
});
