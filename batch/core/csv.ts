import type { ResourceRecord } from '../contract/record.js';
import { RECORD_COLUMNS } from '../contract/record-columns.js';

/** Excel takes a file for the code page of the system (Shift_JIS in Japan) unless this says that it is UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

/** What a spreadsheet would take for a formula; in Japanese also the wide forms. Source: OWASP, CSV injection. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Lines as RFC 4180 has them, UTF-8, with a head: every column of a record in its order, null as nothing, tags,
 * relations and properties as JSON. A text that a spreadsheet would calculate has an apostrophe before it: whoever may
 * name a resource must not run a formula on the machine of whoever opens the file.
 */
export async function* toCsv(records: AsyncIterable<ResourceRecord>): AsyncIterable<string> {
  yield `${BYTE_ORDER_MARK}${RECORD_COLUMNS.map(({ name }) => name).join(',')}\r\n`;
  for await (const record of records) yield `${RECORD_COLUMNS.map(({ name }) => field(record[name])).join(',')}\r\n`;
}

function field(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value.replace(FORMULA, "'$&") : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
