import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { athenaSql } from '../../batch/contract/athena-queries.js';
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
  const { stdout } = await bench.run('export', '--format', 'ndjson');
  records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
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
    const end = await bench.run('query', '--name', name, ...(option === null ? [] : ['--param', option]));
    expect(end.code, end.stderr).toBe(0);
    const known = knownAnswer(name, records, vpc);
    expect(known.length).toBeGreaterThan(0);
    expect(given(end.json)).toEqual(known);

    const { parameters }: NamedQuery = NAMED_QUERIES[name];
    const [, value = ''] = option?.split('=') ?? [];
    // As a person edits it at the top.
    const edited = athenaSql(name).replace(String(parameters[0]?.value ?? ''), value);
    const rows = await inDuckDb(ATHENA_NAMES, glueTable(), inTheWordsOfDuckDb(edited));
    expect(rows.map(comparable)).toEqual(end.json.map(comparable));
  });
});

describe('the day that the words of Athena choose', () => {
  const NOW = '2027-01-03';
  /** One row a day, from nine days before to two days after a new year. */
  const days = Array.from({ length: 12 }, (_, index) =>
    new Date(Date.parse(NOW) + (2 - index) * 86_400_000).toISOString().slice(0, 10),
  );
  const lastOf = async (there: readonly string[]) => {
    const rows = there.map((day) => `('${day.slice(0, 4)}', '${day.slice(5, 7)}', '${day.slice(8)}', '${day}')`);
    const [row] = await inDuckDb(
      ATHENA_NAMES,
      `CREATE TABLE resources AS SELECT *, 'AWS::EC2::Instance' AS resource_type, '{}' AS properties, '' AS account_id, '' AS region
       FROM (VALUES ${rows.join(', ')}) AS days (year, month, day, state)`,
      athenaSql('instances-by-type').replaceAll('current_date', `DATE '${NOW}'`),
    );
    return row?.state ?? null;
  };

  test('is the last one, up to tomorrow and from seven days ago', async () => {
    const chosen = [];
    for (const index of days.keys()) chosen.push(await lastOf(days.slice(index)));
    const tomorrow = '2027-01-04';
    expect(chosen).toEqual(days.map((day) => (day > tomorrow ? tomorrow : day < '2026-12-27' ? null : day)));
  });
});
