import { RECORD_COLUMNS } from '../contract/record-columns.js';

/** The relations that a query may name, each with what it needs. */
export const VIEWS = ['resources', 'resources_all', 'tags', 'relations', 'changes'] as const;

export type View = (typeof VIEWS)[number];

/** The views whose names stand in the SQL, in whatever sense: one too many costs time, one too few an answer. */
export function viewsNamedIn(sql: string): ReadonlySet<View> {
  return new Set(VIEWS.filter((view) => new RegExp(`\\b${view}\\b`, 'i').test(sql)));
}

/** As Athena has them: in UTC, without a zone. */
const COLUMNS = RECORD_COLUMNS.map(({ name, type }) =>
  type === 'timestamp' ? `${name} AT TIME ZONE 'UTC' AS ${name}` : name,
).join(', ');

/** @param files whose names begin with their day */
export function viewOfRecords(view: 'resources' | 'resources_all', files: readonly string[]): string {
  const list = files.map(quoted).join(', ');
  const day = view === 'resources_all' ? ', parse_filename(filename)[:10] AS day' : '';
  return `CREATE VIEW ${view} AS SELECT ${COLUMNS}${day} FROM read_parquet([${list}], filename = true)`;
}

/** What is made from `resources`. */
export const VIEWS_OF_RESOURCES = `
CREATE VIEW tags AS
  SELECT account_id, region, resource_type, resource_id, tag.key AS key, tag.value AS value
  FROM (SELECT *, unnest(map_entries(tags)) AS tag FROM resources);
CREATE VIEW relations AS
  SELECT account_id, region, resource_type, resource_id,
    relation.kind AS kind, relation.resource_type AS target_type, relation.resource_id AS target_id
  FROM (SELECT *, unnest(relations) AS relation FROM resources);`;

/** A line of the file that `changes` is made from, and its columns: all text. */
export const CHANGE_COLUMNS = [
  ...['change', 'account_id', 'region', 'resource_type', 'resource_id', 'name', 'path', 'before', 'after'],
] as const;

export function tableOfChanges(file: string): string {
  const columns = CHANGE_COLUMNS.map((column) => `"${column}": 'VARCHAR'`).join(', ');
  return `CREATE TABLE changes AS SELECT * FROM read_json(${quoted(file)}, format = 'newline_delimited', columns = {${columns}})`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Names that Athena has and DuckDB has not, so that one text of a query does for both. Athena gives null for an object
 * or a list where it is asked for a scalar.
 */
export const ATHENA_NAMES = `
CREATE MACRO json_extract_scalar(document, path) AS
  CASE WHEN json_type(document, path) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(document, path) END;
CREATE MACRO json_format(document) AS CAST(document AS VARCHAR);
CREATE MACRO date_format(instant, pattern) AS strftime(instant, pattern);`;
