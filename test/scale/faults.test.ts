import { describe, expect, it } from 'vitest';
import { LANGS, readDocument, render, writeDocument } from '../faults/document.js';
import { measure, type Outcome, ROWS, type Row } from '../faults/matrix.js';
import { measureStore, STORE_ROWS, type StoreOutcome, type StoreRow } from '../faults/store.js';

const measured = { calls: new Map<Row, Outcome>(), store: new Map<StoreRow, StoreOutcome>() };

describe('each fault on each kind of call', () => {
  it.concurrent.for(ROWS.map((row) => [`${row.kind.name}: ${row.fault.name}, ${row.lasts}`, row] as const))(
    '%s',
    async ([, row], test) => {
      measured.calls.set(row, await measure(row, test));
    },
  );
});

describe('a store that cannot be written', () => {
  it.concurrent.for(STORE_ROWS.map((row) => [`${row.fault.en}, ${row.when.en}`, row] as const))(
    '%s',
    async ([, row], test) => {
      measured.store.set(row, await measureStore(row, test));
    },
  );
});

it.for(LANGS)('docs/failure-modes says what was measured: %s', (lang, test) => {
  if (measured.store.size === 0) test.skip('disks of its own cannot be mounted here');
  const text = render(measured, lang);
  if (process.env.ARV_WRITE_DOCS === '1') writeDocument(lang, { calls: text });
  expect(readDocument(lang).calls).toBe(text);
});
