import { expect, it } from 'vitest';
import { readRecords } from '../../batch/core/records.js';
import { recordOf } from '../projection/days.js';
import { MemoryStore } from './memory-store.js';

const CHARACTERS = 24_000_000;

it('a resource of many megabytes costs about as much to read as a thousand of the same size together', async () => {
  const timeOf = async (records: number) => {
    const memory = new MemoryStore();
    const record = recordOf('A', '1', { properties: { text: 'x'.repeat(CHARACTERS / records) } });
    memory.putRecords('file', Array.from({ length: records }).fill(record) as (typeof record)[]);
    const began = performance.now();
    let read = 0;
    for await (const _ of readRecords(memory.store, 'file')) read += 1;
    expect(read).toBe(records);
    return performance.now() - began;
  };
  await timeOf(1000);
  expect((await timeOf(1)) / (await timeOf(1000))).toBeLessThan(8);
});
