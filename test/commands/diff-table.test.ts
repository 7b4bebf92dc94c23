import { expect, test } from 'vitest';
import { diffTable } from '../../batch/commands/diff-table.js';
import type { Change } from '../../batch/core/diff.js';
import { recordOf } from '../core/records.js';

const EMPTY = { tags: {}, state: null, properties: {} };
const account_id = '1'.repeat(12);

function record(about: object = {}) {
  return { ...recordOf('subnet-0123456789abcdef0', EMPTY), account_id, region: 'us-east-1', ...about };
}

async function linesOf(changes: readonly Change[]): Promise<string[]> {
  async function* all() {
    yield* changes;
  }
  const table = await diffTable(all(), 'en');
  return table.trimEnd().split('\n');
}

/** Lines with the same beginning and end of each cell; those of a head or of a border are left out. */
const cellsOf = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith('│')).map((line) => line.split('│').map((cell) => cell.trim()));

const unknown = (about: object = {}): Change => {
  const unit = { account_id, region: 'ap-northeast-1', resource_type: 'AWS::EC2::VPCPeeringConnection' };
  return { kind: 'unknown', unit: { ...unit, before: 'unsupported', after: 'timed_out', reason: null, ...about } };
};

test('two regions are told apart, an account only where there are several', async () => {
  const twice = ['us-east-1', 'ap-northeast-1'].map(
    (region): Change => ({ kind: 'created', record: record({ region }) }),
  );
  const one = cellsOf(await linesOf(twice));
  expect(one).toEqual([
    ['', 'change', 'region', 'resource_type', 'resource_id', 'name', ''],
    ['', 'created', 'us-east-1', 'AWS::EC2::Instance', 'subnet-0123456789abcdef0', '', ''],
    ['', 'created', 'ap-northeast-1', 'AWS::EC2::Instance', 'subnet-0123456789abcdef0', '', ''],
  ]);
  const changes = [{ path: 'state', before: 'a', after: null }];
  const other: Change = { kind: 'changed', record: record({ account_id: '2'.repeat(12) }), changes };
  const two = await linesOf([...twice, other]);
  expect(cellsOf(two)[0]?.slice(1, 3)).toEqual(['change', 'account_id']);
  expect(two.join('\n')).toContain('changed 222222222222 us-east-1 AWS::EC2::Instance subnet-0123456789abcdef0');
});

test('an unknown unit has its region, statuses and reason under their names', async () => {
  const [head, row] = cellsOf(await linesOf([unknown({ reason: 'AccessDenied: no' })]));
  expect(Object.fromEntries((head ?? []).map((name, index) => [name, row?.[index]]))).toMatchObject({
    ...{ change: 'unknown', region: 'ap-northeast-1', before: 'unsupported', after: 'timed_out' },
    ...{ resource_type: 'AWS::EC2::VPCPeeringConnection', reason: 'AccessDenied: no' },
  });
});

test('the values of a resource stand below it', async () => {
  const values = ['a', 'b'].map((path) => ({ path, before: 1, after: { x: path } }));
  const lines = cellsOf(await linesOf([{ kind: 'changed', record: record({ name: 'web' }), changes: values }]));
  expect(lines).toEqual([
    ['', 'path', 'before', 'after', ''],
    ['', 'changed us-east-1 AWS::EC2::Instance subnet-0123456789abcdef0 web', ''],
    ['', 'a', '1', '{"x":"a"}', ''],
    ['', 'b', '1', '{"x":"b"}', ''],
  ]);
});

test.each([
  ['letters', 'x', 1],
  ['kanji', '語', 2],
  ['emoji', '🍣', 2],
  ['a letter and emoji', 'x🍣', 3],
  ['families', '👨‍👩‍👧‍👦', 0],
])(
  'no line is wider than 120 columns, however long name, values, path and reason are: %s',
  async (_, piece, columns) => {
    const long = piece.repeat(10_000);
    const place = { name: long, region: 'ap-northeast-1', resource_type: 'AWS::EC2::VPCPeeringConnection' };
    const changes: Change[] = [
      { kind: 'created', record: record(place) },
      { kind: 'changed', record: record(place), changes: [{ path: `tags["${long}"]`, before: long, after: [long] }] },
      unknown({ reason: long }),
    ];
    const lines = await linesOf(changes);
    const text = lines.join('\n');
    // Cut between characters, never in one.
    expect(text).not.toMatch(/\p{Surrogate}/u);
    expect(text.replaceAll(piece, '')).not.toMatch(/\p{Emoji_Presentation}\u200d/u);
    expect(text).toContain('…');
    if (columns === 0) return;
    const width = (line: string) => [...line].length + [...line].filter((one) => /語|🍣/u.test(one)).length;
    for (const line of lines) expect(width(line), line).toBeLessThanOrEqual(120);
  },
);
