import { describe, expect, it } from 'vitest';
import { committedLine, LANGS, lineOf, readDocument, storeLineOf } from './document.js';
import { FAULTS, KINDS, LASTS, measure, ROWS } from './matrix.js';
import { measureStore, STORE_ROWS } from './store.js';

/** About every fifth line, each kind and each fault several times; all of them: test/scale/faults.test.ts. */
const SOME = ROWS.filter(
  ({ kind, fault, lasts }) => (KINDS.indexOf(kind) + 2 * FAULTS.indexOf(fault) + LASTS.indexOf(lasts)) % 5 === 0,
);

describe('a fault on a call does what docs/failure-modes.md says', () => {
  it.concurrent.for(SOME.map((row) => [`${row.kind.name}: ${row.fault.name}, ${row.lasts}`, row] as const))(
    '%s',
    async ([, row], test) => {
      const outcome = await measure(row, test);
      for (const lang of LANGS) expect(lineOf(row, outcome, lang)).toBe(committedLine(row, lang));
    },
  );
});

describe('a store that cannot be written does what docs/failure-modes.md says', () => {
  it.concurrent.for(STORE_ROWS.map((row) => [`${row.fault.en}, ${row.when.en}`, row] as const))(
    '%s',
    async ([, row], test) => {
      const outcome = await measureStore(row, test);
      for (const lang of LANGS) expect(readDocument(lang).calls.split('\n')).toContain(storeLineOf(row, outcome, lang));
    },
  );
});
