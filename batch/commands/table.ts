import Table from 'cli-table3';
import stringWidth from 'string-width';

/** AWS's own words may hold escapes that a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

export function harmless(text: string): string {
  return text.replace(CONTROL, '·');
}

/** Of a cell. */
const MOST_LINES = 5;

const GRAPHEMES = new Intl.Segmenter();

/** Text in lines of so many columns at most, of which there are as many as are taken. */
function* linesOf(text: string, columns: number): Iterable<string> {
  let line = '';
  let taken = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const needs = stringWidth(segment);
    if (taken + needs > columns) {
      yield line;
      [line, taken] = ['', 0];
    }
    line += segment;
    taken += needs;
  }
  yield line;
}

/** As much of a text as so many columns hold, one of them for saying that there is more. */
export function cut(text: string, columns: number): string {
  // No more of it than two lines: it may be long.
  const [line = '', next] = linesOf(text, columns);
  if (next === undefined) return line;
  const [shorter = ''] = linesOf(line, columns - 1);
  return `${shorter}…`;
}

/** A text as the lines of a cell, as many as a person may want to read: for long cells the library takes minutes. */
export function folded(text: string, columns: number): string {
  const lines: string[] = [];
  for (const line of linesOf(text, columns)) if (lines.push(line) > MOST_LINES) break;
  return [...lines.slice(0, MOST_LINES), ...(lines.length > MOST_LINES ? ['…'] : [])].join('\n');
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
