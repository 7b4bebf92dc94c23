import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { type Change, diffLedgers } from '../../batch/core/diff.js';
import type { LedgerUnit, LedgerUnread, Manifest } from '../../batch/core/model.js';
import { MemoryStore } from './memory-store.js';
import { type Content, recordOf, TYPE, UNORDERED, unitOf, VOLATILE } from './records.js';

const PATHS = { volatile: VOLATILE, unordered: UNORDERED };
const SCOPE = { accountId: '1', region: 'r', types: [TYPE, 'AWS::EC2::VPC'], pathsOf: () => PATHS };

const EMPTY: Content = { tags: {}, state: null, properties: {} };

function manifestOf(...units: LedgerUnit[]): { manifest: Manifest; problem: null } {
  const about = { schema_version: 1, tenant: 't', account_id: '1', region: 'r', date: 'd', fencing_token: 1 };
  return { manifest: { ...about, run_id: 'run', committed_at: '', units }, problem: null };
}

/** Puts the records of a day in the store; their unit. */
function put(store: MemoryStore, file: string, records: readonly ResourceRecord[], part: Partial<LedgerUnit> = {}) {
  store.putRecords(file, records);
  const stored = store.files.get(file) as Buffer;
  const sha256 = createHash('sha256').update(stored).digest('hex');
  return unitOf({ file, count: records.length, bytes: stored.length, sha256, ...part });
}

async function diff(
  store: MemoryStore,
  ...[before, after]: Parameters<typeof diffLedgers> extends [unknown, ...infer D, unknown] ? D : never
) {
  const changes: Change[] = [];
  for await (const change of diffLedgers(store.store, before, after, SCOPE)) changes.push(change);
  return changes;
}

const lineOf = (change: Change) =>
  change.kind === 'unknown' ? 'unknown' : `${change.kind} ${JSON.stringify(change.record.resource_id)}`;

/** What differs, found the other way round: each record brought into a form that is the same where nothing is told. */
function oracle(before: ResourceRecord[], after: ResourceRecord[], unread: Map<string, string[]>): string[] {
  const [old, now] = [before, after].map((all) => new Map(all.map((record) => [record.resource_id, record])));
  const kinds = [...new Set([...before, ...after].map((record) => record.resource_id))].map((id) => {
    const [former, later] = [old?.get(id), now?.get(id)];
    if (former === undefined || later === undefined) return [former === undefined ? 'created' : 'deleted', id];
    const skipped = [...VOLATILE, ...(unread.get(id) ?? [])];
    const untold = former.tags === null || later.tags === null ? { tags: null } : {};
    const [left, right] = [former, later].map((one) => formOf({ ...one, ...untold }, skipped));
    return [left === right ? 'same' : 'changed', id];
  });
  const told = kinds.filter(([kind]) => kind !== 'same');
  return told.map(([kind, id]) => `${kind} ${JSON.stringify(id)}`).sort();
}

/** Without what says nothing and what is null, lists without order sorted. */
function formOf({ tags, state, properties }: ResourceRecord, skipped: readonly string[]): string {
  const form = (value: unknown, names: readonly string[]): unknown => {
    const isAt = (paths: readonly string[]) => paths.some((path) => names.join('\n') === path.replaceAll('.', '\n'));
    if (value === null || isAt(skipped)) return null;
    if (Array.isArray(value)) {
      const entries = value.map((entry) => form(entry, names)).filter((entry) => entry !== null);
      const isSet = UNORDERED.some((path) => `${names.join('\n')}\n`.startsWith(`${path.replaceAll('.', '\n')}\n`));
      return isSet ? entries.map((entry) => JSON.stringify(entry)).sort() : entries;
    }
    if (typeof value !== 'object') return value;
    const members = Object.entries(value).map(([key, entry]) => [key, form(entry, [...names, key])] as const);
    return { object: members.filter(([, entry]) => entry !== null).sort(([a], [b]) => (a < b ? -1 : 1)) };
  };
  return JSON.stringify([tags, state, form(properties, [])]);
}

const key = fc.oneof(
  fc.constantFrom(
    'A',
    'Volatile',
    'List',
    'Set',
    'Part',
    'a.b',
    'x[0]',
    '"',
    '__proto__',
    'constructor',
    '',
    '名前',
    '[1]',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const leaf = fc.oneof(fc.constantFrom(null, '', 'x', 0, 1, true), fc.string({ unit: 'binary', maxLength: 3 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));
const sorted = <T>(object: Record<string, T>) =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const content: fc.Arbitrary<Content> = fc.record({
  tags: fc.option(fc.dictionary(key, fc.string({ maxLength: 2 }), { maxKeys: 3 }).map(sorted)),
  state: fc.constantFrom(null, 'running', 'stopped'),
  properties: fc.dictionary(key, value, { maxKeys: 5 }).map(sorted),
});
const id = fc.oneof(fc.nat(40).map(String), fc.string({ unit: 'binary', maxLength: 3 }));
/** Two contents that differ at most in one property, which may be one that says nothing. */
const near = fc
  .tuple(content, fc.constantFrom('Volatile', 'List', 'Part', 'A', 'tags'), leaf, leaf)
  .map(([common, name, ...values]): readonly Content[] =>
    values.map((one) => {
      if (name === 'tags') return one === null ? { ...common, tags: null } : common;
      const value = name === 'List' ? [{ Volatile: one }] : one;
      return { ...common, properties: sorted({ ...common.properties, [name]: value }) };
    }),
  );
/** Two contents that differ at most in one list: what is removed, put in and turned round. */
const edited = fc
  .tuple(
    content,
    fc.constantFrom('List', 'Set', 'A'),
    fc.array(value, { maxLength: 6 }),
    fc.nat(7),
    fc.nat(7),
    fc.boolean(),
  )
  .chain(([common, name, list, at, gone, turned]) =>
    fc.option(value).map((added): readonly Content[] => {
      const other = list.toSpliced(gone, 1).toSpliced(at, 0, ...(added === null ? [] : [added]));
      if (turned) other.reverse();
      return [list, other].map((one) => {
        const value = name === 'A' ? { Set: one } : one;
        return { ...common, properties: sorted({ ...common.properties, [name]: value }) };
      });
    }),
  );
const twoStates: fc.Arbitrary<readonly (Content | null | undefined)[]> = fc.oneof(
  fc.tuple(fc.option(content), fc.option(content)),
  content.map((same) => [same, same]),
  near,
  edited,
);
/** Of each resource its content on the two days, null where it is not there, and which parts of it were not read. */
const estates = fc.tuple(
  fc.uniqueArray(fc.tuple(id, twoStates, fc.constantFrom<string[]>([], [], ['Part'], ['A'])), {
    selector: ([one]) => one,
    maxLength: 40,
  }),
  fc.boolean(),
);

type Estate = typeof estates extends fc.Arbitrary<infer T> ? T : never;

/** The two days of an estate, and which parts of a resource were not read. */
function daysOf([resources, shuffled]: Estate) {
  const before: ResourceRecord[] = [];
  const after: ResourceRecord[] = [];
  for (const [id, [first, second]] of resources) {
    if (first) before.push(recordOf(id, first));
    if (second) after.push(recordOf(id, second));
  }
  const unread = new Map(resources.map(([id, , parts]) => [id, parts]));
  return { before, after: shuffled ? after.reverse() : after, unread };
}

it('says what a comparison of two maps says: random estates', async () => {
  const property = fc.asyncProperty(estates, async (estate) => {
    const { before, after, unread } = daysOf(estate);
    const rows: LedgerUnread[] = [...unread].flatMap(([id, parts]) =>
      parts.map((part) => ({ part, class: 'permanent', code: 'c', message: 'm', resource_ids: [id] }) as const),
    );
    const store = new MemoryStore();
    const half = Math.floor(rows.length / 2);
    const from = put(store, 'before', before, { unread: rows.slice(0, half) });
    const to = put(store, 'after', after, { unread: rows.slice(half) });
    const changes = await diff(store, manifestOf(from), manifestOf(to));
    expect(changes.map(lineOf).sort()).toEqual(oracle(before, after, unread));
    for (const change of changes) if (change.kind === 'changed') expectTrue(change, before, after);
  });
  await fc.assert(property, { numRuns: 300 });
});

/** Each path leads to the two values that are named, and they differ. */
function expectTrue(change: Extract<Change, { kind: 'changed' }>, before: ResourceRecord[], after: ResourceRecord[]) {
  const { resource_id } = change.record;
  const [old, now] = [before, after].map((all) => all.find((record) => record.resource_id === resource_id));
  for (const { path, before: was, after: is } of change.changes) {
    expect(was, path).not.toEqual(is);
    if (is !== null) expect(at(now, path, false), path).toEqual([is]);
    // An element may have stood elsewhere in a list.
    if (was !== null) expect(at(old, path, true), path).toContainEqual(was);
  }
}

/** The value at a path such as `properties.A[0]["a.b"]`, if there is one; or those of every index in place of one. */
function at(record: unknown, path: string, anyIndex: boolean): unknown[] {
  let values = [record];
  let rest = path;
  while (rest !== '') {
    const [step = '', word, bracket] = /^(?:\.?(\w+)|\[((?:\d+)|"(?:[^"\\]|\\.)*")\])/.exec(rest) ?? [];
    expect(step, `${path} at ${rest}`).not.toBe('');
    const name = word ?? String(JSON.parse(bracket ?? '""'));
    values = values.flatMap((value) => {
      if (Array.isArray(value) && anyIndex) return value;
      const there = value !== null && typeof value === 'object' && Object.hasOwn(value, name);
      return there ? [(value as Record<string, unknown>)[name]] : [];
    });
    rest = rest.slice(step.length);
  }
  return values;
}

describe('a window of changed resources', () => {
  const many = Array.from({ length: 7_000 }, (_, index) => `i-${index}`);
  const day = (state: string, order: readonly string[]) => order.map((id) => recordOf(id, { ...EMPTY, state }));

  it.each([
    // Hash check, digests, and the states: one reading where the order is the same.
    ['in the same order', many, 3],
    ['in the opposite order', [...many].reverse(), 6],
  ])('%s: every one is told once', async (_name, order, reads) => {
    const store = new MemoryStore();
    const [from, to] = [put(store, 'before', day('a', many)), put(store, 'after', day('b', order))];
    const changes = await diff(store, manifestOf(from), manifestOf(to));
    expect(changes.map((change) => change.kind === 'changed' && change.record.resource_id).sort()).toEqual(
      [...many].sort(),
    );
    expect(store.reads.get('before')).toBe(reads);
    expect(store.reads.get('after')).toBe(2);
  });
});

describe('what cannot be compared is unknown, never deleted', () => {
  const record = recordOf('i-1', EMPTY);
  const other = recordOf('i-2', EMPTY);
  const error = { class: 'permanent', code: 'AccessDenied', message: 'no', attempts: 1, stack: null } as const;
  const unreadUnit = (status: LedgerUnit['status']) => unitOf({ status, count: null, error });
  const unsupported = unitOf({ status: 'unsupported', error });

  it.each<[string, (store: MemoryStore) => [LedgerUnit | null, LedgerUnit | null], string[], RegExp | null]>([
    ['denied after', (s) => [put(s, 'b', [record]), unreadUnit('denied')], ['unknown'], /^AccessDenied: no$/],
    ['failed before', (s) => [unreadUnit('failed'), put(s, 'a', [record])], ['unknown'], /^AccessDenied: no$/],
    ['partial', (s) => [put(s, 'b', [record]), put(s, 'a', [], { status: 'partial', error })], ['unknown'], /Denied/],
    ['not in the ledger', (s) => [put(s, 'b', [record]), null], ['unknown'], null],
    ['unsupported on both days', () => [unsupported, unsupported], [], null],
    ['empty, then unsupported', (s) => [put(s, 'b', []), unsupported], [], null],
    ['there, then unsupported', (s) => [put(s, 'b', [record]), unsupported], ['unknown'], null],
    ['unsupported, then there', (s) => [unsupported, put(s, 'a', [record])], ['unknown'], null],
    [
      'reused and carried',
      (s) => [put(s, 'b', [record], { origin: 'reused' }), put(s, 'a', [other], { origin: 'carried', error })],
      ['created', 'deleted'],
      null,
    ],
  ])('%s', async (_name, units, kinds, reason) => {
    const store = new MemoryStore();
    const [from, to] = units(store);
    const changes = await diff(
      store,
      manifestOf(...(from === null ? [] : [from])),
      manifestOf(...(to === null ? [] : [to])),
    );
    expect(changes.map(({ kind }) => kind)).toEqual(kinds);
    for (const change of changes) {
      if (change.kind !== 'unknown') continue;
      const statuses = { before: from?.status ?? null, after: to?.status ?? null };
      expect(change.unit).toMatchObject({ account_id: '1', region: 'r', resource_type: TYPE, ...statuses });
      if (reason === null) expect(change.unit.reason).toBeNull();
      else expect(change.unit.reason).toMatch(reason);
    }
  });

  it.each<[string, (store: MemoryStore) => void, RegExp]>([
    ['missing before', (store) => store.files.delete('before'), /^before is missing$/],
    ['missing after', (store) => store.files.delete('after'), /^after is missing$/],
    [
      'cut',
      (store) => store.files.set('after', (store.files.get('after') as Buffer).subarray(0, 30)),
      /after has 30 bytes/,
    ],
    [
      'other records',
      (store) => store.files.set('after', Buffer.alloc((store.files.get('after') as Buffer).length)),
      /does not match its SHA-256/,
    ],
  ])('a file that is not what the ledger says: %s', async (_name, damage, reason) => {
    const store = new MemoryStore();
    const [from, to] = [put(store, 'before', [record]), put(store, 'after', [other])];
    damage(store);
    const changes = await diff(store, manifestOf(from), manifestOf(to));
    expect(changes).toMatchObject([{ kind: 'unknown', unit: { before: 'complete', after: 'complete' } }]);
    expect(changes[0]).toMatchObject({ unit: { reason: expect.stringMatching(reason) } });
  });

  it('a ledger that cannot be read: all that it may have had', async () => {
    const store = new MemoryStore();
    const damaged = { manifest: null, problem: 'it is damaged' };
    for (const [before, after] of [
      [damaged, manifestOf(put(store, 'a', [record]))],
      [manifestOf(put(store, 'b', [record])), damaged],
      [damaged, damaged],
      [damaged, { manifest: null, problem: null }],
    ] as const) {
      const changes = await diff(store, before, after);
      const units = SCOPE.types.map((resource_type) => ({
        kind: 'unknown',
        unit: { resource_type, reason: 'it is damaged' },
      }));
      expect(changes).toMatchObject(units);
    }
  });

  it('a file that is the same on both days is not read', async () => {
    const store = new MemoryStore();
    const unit = put(store, 'before', [record]);
    store.files.clear();
    expect(await diff(store, manifestOf(unit), manifestOf({ ...unit, origin: 'carried' }))).toEqual([]);
  });
});
