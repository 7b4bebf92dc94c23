import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentHash, plainObject, toPlain, wellFormedJson } from '../../batch/core/plain.js';

test('times, bytes, big numbers and undefined become JSON', () => {
  const value = {
    z: new Date('2026-01-02T03:04:05.678Z'),
    bytes: new Uint8Array([1, 2, 255]),
    big: 12345678901234567890n,
    none: undefined,
    list: [undefined, Number.NaN, new Date(Number.NaN)],
  };
  expect(toPlain(value)).toEqual({
    big: '12345678901234567890',
    bytes: 'AQL/',
    list: [null, null, null],
    z: '2026-01-02T03:04:05.678Z',
  });
});

test('keys are sorted at every depth, and __proto__ stays a key', () => {
  const value = JSON.parse('{"b":{"y":1,"x":2},"__proto__":{"polluted":true},"a":[{"d":1,"c":2}]}');
  expect(JSON.stringify(toPlain(value))).toBe('{"__proto__":{"polluted":true},"a":[{"c":2,"d":1}],"b":{"x":2,"y":1}}');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('half of a surrogate pair becomes U+FFFD, in keys too', () => {
  expect(toPlain({ 'k\ud83d': ['\udc00 cut', '👍'] })).toEqual({ 'k\ufffd': ['\ufffd cut', '👍'] });
});

test('well-formed JSON is the JSON of well-formed texts', () => {
  const text = fc.string({ unit: fc.constantFrom('\\', '\ud83d', '\ude00', 'u', 'ud83d', '"', 'a') });
  fc.assert(
    fc.property(text, (value) => {
      expect(wellFormedJson([value])).toBe(JSON.stringify([value.toWellFormed()]));
    }),
    { numRuns: 1000 },
  );
});

test('credentials are masked, identifiers of secrets are not', () => {
  const plain = plainObject({
    MasterUserPassword: 'hunter2',
    MasterUserSecret: { SecretArn: 'arn:aws:secretsmanager:…' },
    nested: [{ AuthToken: 't' }],
    ClientToken: 'idempotency',
  });
  expect(plain).toEqual({
    ClientToken: 'idempotency',
    MasterUserPassword: '***',
    MasterUserSecret: { SecretArn: 'arn:aws:secretsmanager:…' },
    nested: [{ AuthToken: '***' }],
  });
});

test('the hash is of the values, not of the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(contentHash({}, null, plainObject(reversed), [])).toBe(contentHash({}, null, plainObject(object), []));
    }),
  );
});

test('the hash changes with tags, state and properties, not with volatile fields at any depth', () => {
  const hash = (tags: Record<string, string> | null, state: string | null, properties: Record<string, unknown>) =>
    contentHash(tags, state, properties, ['Progress', 'State.Code', 'List.Seen']);
  const base = hash({ a: '1' }, 'running', {
    Progress: '1%',
    State: { Code: 1, Name: 'x' },
    List: [{ Seen: 1, Id: 2 }],
  });
  expect(
    hash({ a: '1' }, 'running', { Progress: '99%', State: { Code: 2, Name: 'x' }, List: [{ Seen: 5, Id: 2 }] }),
  ).toBe(base);
  expect(hash({ a: '2' }, 'running', { State: { Name: 'x' }, List: [{ Id: 2 }] })).not.toBe(base);
  expect(hash({ a: '1' }, 'stopped', { State: { Name: 'x' }, List: [{ Id: 2 }] })).not.toBe(base);
  expect(hash({ a: '1' }, 'running', { State: { Name: 'y' }, List: [{ Id: 2 }] })).not.toBe(base);
  expect(hash({ a: '1' }, 'running', { State: { Name: 'x' }, List: [{ Id: 2 }] })).toBe(base);
  expect(hash(null, 'running', { State: { Name: 'x' }, List: [{ Id: 2 }] })).not.toBe(base);
});
