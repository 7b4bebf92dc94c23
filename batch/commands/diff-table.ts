import Table from 'cli-table3';
import { fill, type Lang, type Text } from '../contract/text.js';
import type { Change } from '../core/diff.js';
import { type Row, tablesOf } from './snapshot-tables.js';
import { cut, folded, harmless, tableOf } from './table.js';

/** Lines of each kind of change: nobody reads more, and a table has to be held whole. */
const LINES = 1000;
/** What each may take: then tables have 120 columns at most, but for ids longer than most, which stay whole. */
const COLUMNS = { name: 28, path: 36, value: 36, reason: 28 };

const MORE: Text = {
  ja: 'ほかに {count} 行あります。すべて見るには --output json を使ってください。',
  en: 'There are {count} more lines: --output json has them all.',
};

/** Where it changed, and what: in `place` the cells that every kind has, in `cells` its own. */
interface Line {
  readonly place: { readonly account_id: string; readonly region: string; readonly resource_type: string };
  readonly cells: Readonly<Record<string, string>>;
  /** Of a changed resource: path, before and after of a value. */
  readonly value?: readonly string[];
}

/**
 * A table each for what was created or deleted, for what changed, and for what is unknown. Of a changed resource there
 * is a line that names it and below it one for each value.
 */
export async function diffTable(changes: AsyncIterable<Change>, lang: Lang): Promise<string> {
  const lines: Record<Change['kind'], Line[]> = { created: [], deleted: [], changed: [], unknown: [] };
  let more = 0;
  for await (const change of changes) {
    const own = linesOf(change);
    const room = Math.max(0, LINES - lines[change.kind].length);
    lines[change.kind].push(...own.slice(0, room));
    more += Math.max(0, own.length - room);
  }
  const accounts = new Set(Object.values(lines).flatMap((some) => some.map(({ place }) => place.account_id)));
  const rowsOf = (kind: Change['kind']): Row[] =>
    lines[kind].map(({ place: { account_id, ...place }, cells }) => {
      return { change: kind, ...(accounts.size > 1 && { account_id }), ...place, ...cells };
    });
  const values = lines.changed.map(({ value }) => value ?? []);
  const tables = [
    tablesOf([[...rowsOf('created'), ...rowsOf('deleted')]]),
    values.length === 0 ? '' : changedTable(rowsOf('changed'), values),
    tablesOf([rowsOf('unknown')]),
    more === 0 ? '' : `${fill(MORE[lang], { count: more })}\n`,
  ];
  return tables.join('') || tableOf([], ['change', 'region', 'resource_type', 'resource_id', 'name']);
}

function changedTable(resources: readonly Row[], values: readonly (readonly string[])[]): string {
  const table = new Table({ head: ['path', 'before', 'after'], style: { head: [], border: [], compact: true } });
  let last = '';
  for (const [index, value] of values.entries()) {
    const content = Object.values(resources[index] ?? {}).join(' ');
    if (content !== last) table.push([{ colSpan: 3, content: harmless(content) }]);
    table.push(value.map(harmless));
    last = content;
  }
  return `${table.toString()}\n`;
}

function linesOf(change: Change): Line[] {
  if (change.kind === 'unknown') {
    const { account_id, region, resource_type, before, after, reason } = change.unit;
    const cells = { before: before ?? '–', after: after ?? '–', reason: folded(reason ?? '', COLUMNS.reason) };
    return [{ place: { account_id, region, resource_type }, cells }];
  }
  const { account_id, region, resource_type, resource_id, name } = change.record;
  const place = { account_id, region, resource_type };
  const cells = { resource_id, name: cut(name ?? '', COLUMNS.name) };
  if (change.kind !== 'changed') return [{ place, cells }];
  return change.changes.map(({ path, before, after }) => {
    const where = folded(path, COLUMNS.path).replaceAll(/^/gm, '  ');
    return { place, cells, value: [where, shortened(before), shortened(after)] };
  });
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return cut(text, COLUMNS.value);
}
