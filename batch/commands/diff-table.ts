import { fill, type Lang, type Text } from '../contract/text.js';
import type { Change } from '../core/diff.js';
import { tableOf } from './table.js';

const HEAD = ['change', 'resource_type', 'resource_id', 'name', 'path', 'before', 'after'];
/** Lines of each kind of change: nobody reads more, and a table has to be held whole. */
const LINES = 1000;
const CHARACTERS = 40;

const MORE: Text = {
  ja: 'ほかに {count} 行あります。すべて見るには --output json を使ってください。',
  en: 'There are {count} more lines: --output json has them all.',
};

/** A line a change; of a changed resource, one for each value. */
export async function diffTable(changes: AsyncIterable<Change>, lang: Lang): Promise<string> {
  const lines: Record<Change['kind'], string[][]> = { created: [], deleted: [], changed: [], unknown: [] };
  let more = 0;
  for await (const change of changes) {
    const own = linesOf(change);
    const room = Math.max(0, LINES - lines[change.kind].length);
    lines[change.kind].push(...own.slice(0, room));
    more += Math.max(0, own.length - room);
  }
  const table = tableOf(
    Object.values(lines)
      .flat()
      .map((line) => Object.fromEntries(line.entries())),
    HEAD,
  );
  return more === 0 ? table : `${table}${fill(MORE[lang], { count: more })}\n`;
}

function linesOf(change: Change): string[][] {
  if (change.kind === 'unknown') {
    const { resource_type, region, before, after, reason } = change.unit;
    return [[change.kind, resource_type, '', region, cell(reason), before ?? '–', after ?? '–']];
  }
  const { resource_type, resource_id, name } = change.record;
  const head = [change.kind, resource_type, resource_id, name ?? ''];
  if (change.kind !== 'changed') return [[...head, '', '', '']];
  return change.changes.map(({ path, before, after }) => [...head, path, cell(before), cell(after)]);
}

function cell(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text;
}
