import { describe, expect, it } from 'vitest';
import { LANGS, readDocument, render, writeDocument } from '../faults/document.js';
import { measure, type Outcome, ROWS, type Row } from '../faults/matrix.js';

const measured = new Map<Row, Outcome>();

describe('each fault on each kind of call', () => {
  it.concurrent.for(ROWS.map((row) => [`${row.kind.name}: ${row.fault.name}, ${row.lasts}`, row] as const))(
    '%s',
    async ([, row], test) => {
      measured.set(row, await measure(row, test));
    },
  );
});

it.for(LANGS)('docs/failure-modes says what was measured: %s', (lang) => {
  const text = render(measured, lang);
  if (process.env.ARV_WRITE_DOCS === '1') writeDocument(lang, text);
  expect(readDocument(lang)).toBe(text);
});
