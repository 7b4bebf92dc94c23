import { tableOf } from './table.js';

export type Row = Readonly<Record<string, string | number>>;

/** What is said where no snapshot is what was asked for. */
export interface Nothing {
  readonly error?: string;
}

/** A table for each list that has a row, and below them that there is nothing. */
export function tablesOf(lists: readonly (readonly Row[])[], { error }: Nothing = {}): string {
  const tables = lists.filter((rows) => rows.length > 0).map((rows) => tableOf(rows));
  return [...tables, error === undefined ? '' : `${error}\n`].join('');
}
