import { NAMED_QUERIES, type NamedQuery, type QueryName } from './named-queries.js';

/** How far back from the day that is filed today the last one is looked for. */
const DAYS_BACK = 7;
/** And how far ahead: east of UTC a file may lie under tomorrow's date already. */
const DAYS_AHEAD = 1;

/**
 * The saved query as Athena takes it, in a database whose table `resources` is partitioned by `year`, `month` and `day`
 * (strings: `2026`, `01`, `09`): the parameters at the top, to be edited, the last day there is, then the query itself.
 *
 * @param dateOffset days from today to the day that a run files under
 */
export function athenaSql(name: QueryName, dateOffset: number): string {
  const { parameters, sql }: NamedQuery = NAMED_QUERIES[name];
  const tables = [
    ...(parameters.length > 0 ? [parametersOf(parameters)] : []),
    ...[recent(dateOffset), LAST_DAY],
    ...(sql.includes('FROM relations') ? [RELATIONS] : []),
  ];
  return `WITH ${tables.join(',\n')}\n${sql}\n`;
}

function parametersOf(parameters: NamedQuery['parameters']): string {
  const columns = parameters.map(({ name, value }) => `${literal(value)} AS ${name}`);
  return `parameters AS (SELECT ${columns.join(', ')})`;
}

function literal(value: number | string): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** A part of the date so many days from today. */
function part(format: string, days: number): string {
  const date = `current_date ${days < 0 ? '-' : '+'} INTERVAL '${Math.abs(days)}' DAY`;
  return `date_format(${date}, '${format}')`;
}

/** The formats of the partition columns. */
const PARTITIONS = { year: '%Y', month: '%m', day: '%d' } as const;

/** Each column is compared with constants: only so are partitions left out before anything is listed or read. */
const withinDays = (days: readonly number[]) =>
  Object.entries(PARTITIONS)
    .map(([column, format]) => {
      // So few days are in two months and two years at most.
      const some = column === 'day' ? days : [days.at(0) ?? 0, days.at(-1) ?? 0];
      return `${column} IN (\n      ${some.map((day) => part(format, day)).join(',\n      ')})`;
    })
    .join('\n    AND ');

const WINDOW = Array.from({ length: DAYS_BACK + 1 + DAYS_AHEAD }, (_, index) => index - DAYS_BACK);

const recent = (dateOffset: number) => `recent AS (
  SELECT *, concat(year, '-', month, '-', day) AS snapshot_date
  FROM resources
  WHERE ${withinDays(WINDOW.map((days) => days + dateOffset))}
)`;

const LAST_DAY = `resources AS (
  SELECT * FROM recent WHERE snapshot_date = (SELECT max(snapshot_date) FROM recent)
)`;

/** Of a row that is unnested Athena makes columns. */
const RELATIONS = `relations AS (
  SELECT r.account_id, r.region, r.resource_type, r.resource_id, relation.kind, relation.target_type, relation.target_id
  FROM resources r
  CROSS JOIN UNNEST(r.relations) AS relation (kind, target_type, target_id)
)`;
