import { QueryParser, type Row } from './insights-parser.js';
import type { LogEvent } from './real-lines.js';

/** The fields that Insights finds in a line of JSON: nested ones with a dot, and truth as 1 and 0. */
export function discovered({ timestamp, message }: LogEvent): Row {
  const row: Record<string, string | number> = { '@timestamp': timestamp, '@message': message };
  const add = (value: unknown, path: string): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) add(inner, path === '' ? key : `${path}.${key}`);
    } else if (typeof value === 'boolean') row[path] = Number(value);
    else if (typeof value === 'string' || typeof value === 'number') row[path] = value;
  };
  add(JSON.parse(message), '');
  return row;
}

/** The rows that a query gives on these events, with the fields that it shows. */
export function ask(query: string, events: readonly LogEvent[]): Row[] {
  const parser = new QueryParser(query);
  const commands = parser.commands();
  const rows = commands.reduce<readonly Row[]>((left, command) => command(left), events.map(discovered));
  const shown = parser.shown ?? ['@timestamp', '@message'];
  return rows.map((row) =>
    Object.fromEntries(shown.flatMap((key) => (row[key] === undefined ? [] : [[key, row[key]]]))),
  );
}

/** The fields of the lines that a query names. */
export function fieldsNamed(query: string): string[] {
  const parser = new QueryParser(query);
  parser.commands();
  return [...parser.named];
}
