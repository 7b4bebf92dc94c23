import type { Problem } from '../config/problems.js';
import { NAMED_QUERIES, type NamedQuery, type QueryName, type QueryParameter } from '../contract/named-queries.js';
import type { Parameters } from '../query/database.js';

export interface QueryWanted {
  readonly sql: string | null;
  readonly list: boolean;
  readonly name: string | undefined;
  /** `name=value`, as given: nothing, once, or more often. */
  readonly param: string | readonly string[] | undefined;
  readonly date: string | undefined;
  readonly region: string | undefined;
}

/** What is to be run. */
export interface QueryPlan {
  readonly sql: string;
  /** Of a query with a name: the row of `parameters`. */
  readonly named: Parameters;
  /** Of SQL as given: what `$name` stands for. */
  readonly bound: Parameters;
}

/** SQL without a statement: DuckDB has no words for that. */
const NOTHING = /^(?:[\s;]|--[^\n]*|\/\*.*?\*\/)*$/s;
const WAYS = '"<SQL>", --name, --list';
/** Days of a hundred years: what a date can still be counted from. */
const MOST = 36_500;

/** The query that the words ask for, `list` for what there is, or all that is wrong with the words. */
export function planQuery(wanted: QueryWanted): QueryPlan | 'list' | { readonly problems: readonly Problem[] } {
  const { sql, name, list } = wanted;
  const { values, problems } = parseParameters([wanted.param ?? []].flat());
  const ways = [sql !== null, name !== undefined, list].filter((given) => given);
  if (ways.length !== 1 || (sql !== null && NOTHING.test(sql))) problems.push({ kind: 'oneOf', option: WAYS });
  else if (name !== undefined && !isQueryName(name))
    problems.push({ kind: 'value', option: '--name', value: name, accepts: Object.keys(NAMED_QUERIES).join(', ') });
  const named = ways.length === 1 && isQueryName(name) ? namedValues(NAMED_QUERIES[name], values, problems) : {};
  if (problems.length > 0) return { problems };
  if (isQueryName(name)) return { sql: NAMED_QUERIES[name].sql, named, bound: {} };
  return sql === null ? 'list' : { sql, named, bound: values };
}

function isQueryName(name: string | undefined): name is QueryName {
  return name !== undefined && Object.hasOwn(NAMED_QUERIES, name);
}

function parseParameters(given: readonly string[]): { readonly values: Parameters; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const values = new Map<string, string>();
  for (const word of given) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    if (name === '') problems.push({ kind: 'value', option: '--param', value: word, accepts: 'name=value' });
    else if (values.has(name)) problems.push({ kind: 'repeated', option: `--param ${name}` });
    else values.set(name, value);
  }
  return { values: Object.fromEntries(values), problems };
}

/** The parameters of a named query in their types, with the defaults of those that are not given. */
function namedValues({ parameters }: NamedQuery, given: Parameters, problems: Problem[]): Parameters {
  const names = parameters.map(({ name }) => name);
  for (const value of Object.keys(given).filter((name) => !names.includes(name)))
    problems.push({ kind: 'unknownParameter', option: '--param', value, accepts: names.join(', ') || '–' });
  const values = parameters.map((parameter) => [parameter.name, parameterValue(parameter, given, problems)]);
  return Object.fromEntries(values);
}

function parameterValue(parameter: QueryParameter, given: Parameters, problems: Problem[]): number | string {
  const { name, value: fallback, required } = parameter;
  const option = `--param ${name}`;
  const value = given[name];
  if (value === undefined || value === '') {
    const accepts = { ja: `例: ${name}=${fallback}`, en: `such as ${name}=${fallback}` };
    if (required || value === '') problems.push({ kind: 'missing', option, accepts });
    return fallback;
  }
  if (typeof fallback === 'string') return value;
  if (/^\d{1,5}$/.test(String(value)) && Number(value) <= MOST) return Number(value);
  const accepts = { ja: `0〜${MOST} の整数`, en: `a whole number from 0 to ${MOST}` };
  problems.push({ kind: 'value', option, value, accepts });
  return fallback;
}
