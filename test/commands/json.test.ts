import { expect, it } from 'vitest';
import { json, jsonEntry, jsonWithLists } from '../../batch/commands/json.js';
import { Spool } from '../../batch/commands/spool.js';

it.each([true, false])('a document in pieces is the text that it is as a whole: terminal %s', async (terminal) => {
  const head = { from: 'a', counts: { created: 2 } };
  const long = Array.from({ length: 3000 }, (_, index) => ({ id: index, text: '名前\n"' }));
  const lists = { created: [{ a: 1, b: [1, { c: '\n' }] }, {}], deleted: [], changed: [null], long };
  const spools: [string, Spool][] = [];
  for (const [name, entries] of Object.entries<readonly unknown[]>(lists)) {
    const spool = await Spool.open();
    for (const [index, entry] of entries.entries())
      await spool.add((index > 0 ? ',' : '') + jsonEntry(entry, terminal));
    spools.push([name, spool]);
  }
  const pieces: (string | Uint8Array)[] = [];
  const read = spools.map(([name, spool]) => [name, spool.read()] as const);
  for await (const piece of jsonWithLists(head, read, terminal)) pieces.push(piece);
  const text = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))).toString('utf8');
  expect(text).toBe(json({ ...head, ...lists }, terminal));
});
