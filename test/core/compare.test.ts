import { expect, it, test } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { compareRecords } from '../../batch/core/compare.js';

const record = (part: Partial<ResourceRecord>): ResourceRecord => ({
  ...{ schema_version: 1, tenant: 't', account_id: '1', region: 'r', service: 'EC2', resource_type: 'T' },
  ...{ resource_id: 'i', arn: null, name: null, state: null, created_at: null, collected_at: '' },
  ...{ tags: {}, relations: [], properties: {}, content_hash: '', run_id: '' },
  ...part,
});
const paths = (before: Partial<ResourceRecord>, after: Partial<ResourceRecord>, skipped: string[] = []) =>
  compareRecords(record(before), record(after), skipped).map(({ path }) => path);

test.each<[string, Partial<ResourceRecord>, Partial<ResourceRecord>, string[]]>([
  ['nothing', { properties: { A: [1, { B: 2 }] } }, { properties: { A: [1, { B: 2 }] } }, []],
  ['state', { state: 'running' }, { state: 'stopped' }, ['state']],
  ['tags, by key', { tags: { a: '1', b: '2' } }, { tags: { b: '3', c: '4' } }, ['tags.a', 'tags.b', 'tags.c']],
  ['a key that is no word', { tags: { 'a.b': '1' } }, { tags: {} }, ['tags["a.b"]']],
  ['tags that were not read', { tags: null }, { tags: { a: '1' } }, []],
  ['deep in a list', { properties: { L: [{ X: 1 }] } }, { properties: { L: [{ X: 2 }] } }, ['properties.L[0].X']],
  ['a longer list', { properties: { L: [1] } }, { properties: { L: [1, 2] } }, ['properties.L[1]']],
  ['another kind of value', { properties: { A: { B: 1 } } }, { properties: { A: 'x' } }, ['properties.A']],
  ['null, which is as good as absent', { properties: { A: null, B: [1] } }, { properties: { B: [1, null] } }, []],
  ['a key of every object', { properties: {} }, { properties: { constructor: 1 } }, ['properties.constructor']],
])('%s', (_name, before, after, expected) => {
  expect(paths(before, after)).toEqual(expected);
});

it('skips what changes by itself, also within lists, and nothing beside it', () => {
  const before = { properties: { A: [{ V: 1, W: 1 }], V: 1, VX: 1, P: { Q: 1 } } };
  const after = { properties: { A: [{ V: 2, W: 2 }], V: 2, VX: 2, P: { Q: 2 } } };
  expect(paths(before, after, ['A.V', 'V', 'P'])).toEqual(['properties.A[0].W', 'properties.VX']);
});
