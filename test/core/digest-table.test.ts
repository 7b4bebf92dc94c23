import { expect, it } from 'vitest';
import { DigestTable } from '../../batch/core/digest-table.js';

it.each([
  ['that knows how many there will be', 5000],
  ['that does not', 0],
])('a table %s holds each key once, with its words', (_name, expected) => {
  const table = new DigestTable('salt', 1, expected);
  for (let index = 0; index < 5000; index += 1) {
    const row = table.add(`id-${index}`);
    if (row !== null) row.words[row.at] = index;
  }
  expect(table.size).toBe(5000);
  for (let index = 0; index < 5000; index += 1) {
    const row = table.find(`id-${index}`);
    expect(row?.words[row.at]).toBe(index);
    expect(table.add(`id-${index}`)).toBeNull();
  }
  expect([table.size, table.find('id-5000')]).toEqual([5000, null]);
});
