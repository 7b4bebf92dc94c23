import Table from 'cli-table3';

/** AWS's own words may hold escapes that a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

export function harmless(text: string): string {
  return text.replace(CONTROL, '·');
}

/** Rows of the same keys, made harmless, as a table with a head of those keys, or of the words given for them. */
export function tableOf(
  rows: readonly Readonly<Record<string, string | number>>[],
  head: readonly string[] = Object.keys(rows[0] ?? {}),
): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(Object.values(row).map((value) => harmless(String(value))));
  return `${table.toString()}\n`;
}
