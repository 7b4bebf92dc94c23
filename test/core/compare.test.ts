import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { compareRecords, type ValueChange } from '../../batch/core/compare.js';
import { ruleTree } from '../../batch/core/path-rules.js';

const record = (part: Partial<ResourceRecord>): ResourceRecord => ({
  ...{ schema_version: 1, tenant: 't', account_id: '1', region: 'r', service: 'EC2', resource_type: 'T' },
  ...{ resource_id: 'i', arn: null, name: null, state: null, created_at: null, collected_at: '' },
  ...{ tags: {}, relations: [], properties: {}, content_hash: '', run_id: '' },
  ...part,
});
const paths = (before: Partial<ResourceRecord>, after: Partial<ResourceRecord>, skipped: string[] = []) =>
  compareRecords(record(before), record(after), ruleTree({ skipped, unordered: [] })).map(({ path }) => path);

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

/** The changes of two lists. `Set` and what is below it has no order, `V` changes by itself. */
function compareLists(name: 'List' | 'Set', before: unknown, after: unknown): ValueChange[] {
  const [former, later] = [before, after].map((list) => record({ properties: { [name]: list } }));
  const rule = ruleTree({ skipped: ['List.V', 'Set.V'], unordered: ['Set'] });
  return compareRecords(former as ResourceRecord, later as ResourceRecord, rule);
}

const told = (name: 'List' | 'Set', before: unknown, after: unknown) =>
  compareLists(name, before, after).map(
    ({ path, before: was, after: is }) =>
      `${path.replace('properties.', '')}: ${JSON.stringify(was)} → ${JSON.stringify(is)}`,
  );
const port = (from: number, ...ranges: string[]) => ({
  FromPort: from,
  IpProtocol: 'tcp',
  IpRanges: ranges.map((CidrIp) => ({ CidrIp })),
});
const disk = (DeviceName: string, Size: number) => ({ DeviceName, Size, State: 'attached' });
const volume = (At: string, Id: string, Size = 1) => ({ At, Id, Size });

test.each<['List' | 'Set', string, unknown, unknown, string[]]>([
  ['List', 'inserted at the front', [1, 2, 3], [0, 1, 2, 3], ['List[0]: null → 0']],
  ['List', 'removed from the middle', [1, 2, 3], [1, 3], ['List[1]: 2 → null']],
  ['List', 'changed in place', ['a', 'b', 'c'], ['a', 'x', 'c'], ['List[1]: "b" → "x"']],
  ['List', 'another order is one change', ['a', 'b'], ['b', 'a'], ['List: ["a","b"] → ["b","a"]']],
  ['List', 'another order and a new one', ['a', 'b'], ['b', 'a', 'c'], ['List: ["a","b"] → ["b","a","c"]']],
  ['List', 'one of two equal ones', ['a', 'b', 'a'], ['a', 'b'], ['List[2]: "a" → null']],
  ['List', 'null among equal ones', [null, 'a', 'a', 'b'], ['a', 'a', 'b'], []],
  ['List', 'lists in a list', [[1, 2], [3]], [[3], [1, 2]], ['List: [[1,2],[3]] → [[3],[1,2]]']],
  [
    'List',
    'of one name, in another order',
    [disk('a', 1), disk('b', 1)],
    [disk('b', 2), disk('a', 1)],
    [`List: ${JSON.stringify([disk('a', 1), disk('b', 1)])} → ${JSON.stringify([disk('b', 2), disk('a', 1)])}`],
  ],
  ['Set', 'another order', ['a', 'b', 'c'], ['c', 'a', 'b'], []],
  ['Set', 'another order within', [port(22, 'a', 'b'), port(80)], [port(80), port(22, 'b', 'a')], []],
  ['Set', 'how often counts', ['a', 'a', 'b'], ['b', 'a'], ['Set[0]: "a" → null']],
  [
    'Set',
    'other members within, elsewhere',
    [port(22, 'a'), port(80, 'b')],
    [port(0), port(80, 'b'), port(22, 'c', 'a')],
    ['Set[0]: null → {"FromPort":0,"IpProtocol":"tcp","IpRanges":[]}', 'Set[2].IpRanges[0]: null → {"CidrIp":"c"}'],
  ],
  [
    'Set',
    'of one name, elsewhere',
    [disk('a', 1), disk('b', 1), disk('c', 1)],
    [disk('c', 1), disk('a', 1), disk('b', 9)],
    ['Set[2].Size: 1 → 9'],
  ],
  [
    'Set',
    'the name is what is the same of the most',
    [volume('x', 'a', 1), volume('y', 'b', 2)],
    [volume('x', 'b', 3), volume('z', 'a', 4)],
    ['Set[0].At: "y" → "x"', 'Set[0].Size: 2 → 3', 'Set[1].At: "x" → "z"', 'Set[1].Size: 1 → 4'],
  ],
  [
    'Set',
    'the name is what is in its place',
    [volume('x', 'a'), volume('y', 'b')],
    [volume('y', 'a'), volume('x', 'b')],
    ['Set[0].At: "x" → "y"', 'Set[1].At: "y" → "x"'],
  ],
  [
    'Set',
    'no name: two have it',
    [volume('x', 'a', 1), volume('x', 'b', 2), 0],
    [0, volume('y', 'd', 4), volume('x', 'c', 3)],
    [
      'Set[0]: {"At":"x","Id":"a","Size":1} → null',
      ...['Set[1].At: "x" → "y"', 'Set[1].Id: "b" → "d"', 'Set[1].Size: 2 → 4'],
      'Set[2]: null → {"At":"x","Id":"c","Size":3}',
    ],
  ],
  [
    'Set',
    'two that differ only within: the first with the first',
    [port(22, 'a'), port(22, 'b')],
    [port(22, 'a', 'c'), port(22, 'b', 'd')],
    ['Set[0].IpRanges[1]: null → {"CidrIp":"c"}', 'Set[1].IpRanges[1]: null → {"CidrIp":"d"}'],
  ],
  [
    'Set',
    'sets of sets',
    [
      [1, 2],
      [3, 4],
    ],
    [
      [4, 3],
      [2, 1],
    ],
    [],
  ],
  ['Set', 'null in a list, elsewhere', [[1, null], [2]], [[2], [1]], []],
  [
    'Set',
    'what changes by itself, elsewhere',
    [
      { A: 1, V: 1 },
      { A: 2, V: 2 },
    ],
    [
      { A: 2, V: 8 },
      { A: 1, V: 9 },
    ],
    [],
  ],
  ['List', 'what changes by itself, of one name', [{ V: 'v' }, { A: 1 }], [{ V: 'w' }, { A: 1 }], []],
  ['Set', 'another kind', [{ A: 1 }], ['a'], ['Set[0]: {"A":1} → "a"']],
])('%s: %s', (name, _case, before, after, expected) => {
  expect(told(name, before, after)).toEqual(expected);
});

it('tells what was put into a list and taken out of it, each once and where, and nothing else', () => {
  const number = fc.record({ value: fc.nat(999), kept: fc.boolean(), at: fc.nat(30) });
  const lists = fc.tuple(
    fc.uniqueArray(number, { selector: ({ value }) => value, maxLength: 20 }),
    fc.array(fc.nat(30), { maxLength: 5 }),
    fc.boolean(),
  );
  const property = fc.property(lists, ([numbers, places, shuffled]) => {
    const before = numbers.map(({ value }) => value);
    const kept = numbers.filter((one) => one.kept);
    const after = (shuffled ? kept.toSorted((a, b) => a.at - b.at) : kept).map(({ value }) => value);
    places.forEach((place, index) => void after.splice(place, 0, 1000 + index));
    const changes = compareLists(shuffled ? 'Set' : 'List', before, after);
    const values = changes.flatMap(({ before: was, after: is }) => [was, is]).filter((value) => value !== null);
    const removed = before.filter((value) => !after.includes(value));
    const added = after.filter((value) => !before.includes(value));
    expect(values.sort()).toEqual([...removed, ...added].sort());
    for (const { path, before: was, after: is } of changes) {
      const index = Number(/\d+/.exec(path)?.[0]);
      expect([was ?? before[index], is ?? after[index]]).toEqual([before[index], after[index]]);
    }
  });
  fc.assert(property, { numRuns: 300 });
});

it('takes time that grows with a list, not with its square', () => {
  const rules = (count: number, shift: number) =>
    Array.from({ length: count }, (_, index) => ({ ...port(index + shift, `10.0.0.${index}`), Id: `r${index}` }));
  // Nothing equal, everything elsewhere; and nothing but equal ones.
  const timeOf = (count: number) => {
    const same = Array.from({ length: count }, () => 'x');
    const began = process.cpuUsage();
    expect(told('Set', rules(count, 0), rules(count, 1).reverse())).toHaveLength(count);
    expect(told('List', same, [...same, 'y'])).toHaveLength(1);
    const { user, system } = process.cpuUsage(began);
    return user + system;
  };
  const least = Math.min(...[1, 2, 3].map(() => timeOf(2_000)));
  // Eight times as many; the square would be 64.
  expect(timeOf(16_000) / least).toBeLessThan(32);
});
