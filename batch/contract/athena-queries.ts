import { NAMED_QUERIES, type NamedQuery, type QueryName } from './named-queries.js';

/** How far back from the day that is filed today the last one is looked for: a schedule may be once a month. */
const DAYS_BACK = 31;
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

/** The date so many days from today, or a part of it. */
function date(format: string, days: number): string {
  return `date_format(current_date ${days < 0 ? '-' : '+'} INTERVAL '${Math.abs(days)}' DAY, '${format}')`;
}

/**
 * The days that the last one is looked for among. `year` and `month` are compared by themselves, with constants, so that
 * other partitions are left out before anything is listed or read. That alone lets in days of these months that are
 * older, without those between: so the day as a whole is compared too.
 */
function recent(dateOffset: number): string {
  const [first, last] = [dateOffset - DAYS_BACK, dateOffset + DAYS_AHEAD];
  // Half as many days are less than a month: none is stepped over.
  const middle = Math.round((first + last) / 2);
  const months = [first, middle, last].map((days) => date('%m', days));
  return `recent AS (
  SELECT *
  FROM resources
  WHERE year IN (${date('%Y', first)}, ${date('%Y', last)})
    AND month IN (
      ${months.join(',\n      ')})
    AND concat(year, '-', month, '-', day) BETWEEN ${date('%Y-%m-%d', first)}
      AND ${date('%Y-%m-%d', last)}
)`;
}

/** Joined by the partition columns as they are, so that Trino can leave the files of the other days unread. */
const LAST_DAY = `resources AS (
  SELECT *
  FROM recent
  JOIN (SELECT year, month, day FROM recent ORDER BY year DESC, month DESC, day DESC LIMIT 1) AS last_day
    USING (year, month, day)
)`;

/** Of a row that is unnested Athena makes columns. */
const RELATIONS = `relations AS (
  SELECT r.account_id, r.region, r.resource_type, r.resource_id, relation.kind, relation.target_type, relation.target_id
  FROM resources r
  CROSS JOIN UNNEST(r.relations) AS relation (kind, target_type, target_id)
)`;
