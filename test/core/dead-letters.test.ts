import { expect, test } from 'vitest';
import { deadLettersOf, parseDeadLetter } from '../../batch/core/dead-letters.js';
import { mergeUnits } from '../../batch/core/ledger.js';
import type { LedgerUnit, Manifest } from '../../batch/core/model.js';
import { ledgerUnitSchema } from '../../batch/core/unit-file.js';

const TYPE = 'AWS::RDS::DBCluster';
const ERROR = {
  class: 'permanent',
  code: 'AccessDenied',
  message: 'no',
  attempts: 1,
  stack: 'AccessDenied: no',
} as const;
const FAILED = { status: 'denied', count: null, bytes: null, file: null, sha256: null, error: ERROR } as const;

function unit(own: Partial<LedgerUnit> = {}): LedgerUnit {
  return {
    ...{ resource_type: TYPE, status: 'complete', origin: 'fetched', run_id: 'now', count: 1, bytes: 10 },
    ...{ file: 'units/now', sha256: 'a'.repeat(64), api_calls: 1 },
    ...{ started_at: '2026-01-02T00:00:00.000Z', finished_at: '2026-01-02T00:00:01.000Z' },
    ...{ error: null, unread: [], accepted: false },
    ...own,
  };
}

function manifest(...units: readonly LedgerUnit[]): Manifest {
  return {
    ...{ schema_version: 1, tenant: 't', account_id: '1'.repeat(12), region: 'us-east-1', date: '2026-01-02' },
    ...{ fencing_token: 7, run_id: 'now', committed_at: '2026-01-02T00:00:02.000Z', units },
  };
}

const letterOf = (own: Partial<LedgerUnit>) => deadLettersOf(manifest(unit(own)))[0];

test.each<[string, Partial<LedgerUnit>, boolean]>([
  ['complete', {}, false],
  ['reused', { origin: 'reused' }, false],
  ['carried and well', { origin: 'carried' }, false],
  ['carried with an error', { origin: 'carried', error: ERROR }, true],
  ['unsupported', { ...FAILED, status: 'unsupported', count: 0 }, false],
  ['unsupported and carried on', { ...FAILED, status: 'unsupported', origin: 'carried' }, false],
  ['denied', FAILED, true],
  ['denied and carried on', { ...FAILED, origin: 'carried' }, true],
  ['denied and accepted', { ...FAILED, accepted: true }, false],
  ['carried with an accepted error', { origin: 'carried', error: ERROR, accepted: true }, false],
  ['partial', { status: 'partial', error: ERROR }, true],
  ['throttled', { ...FAILED, status: 'throttled' }, true],
  ['timed out', { ...FAILED, status: 'timed_out' }, true],
  ['failed without a word', { ...FAILED, status: 'failed', error: null }, true],
])('%s', (_name, own, isOne) => {
  expect(letterOf(own) !== undefined).toBe(isOne);
});

test('a row that failed has its own run and time', () => {
  expect(letterOf(FAILED)).toEqual({
    ...{ schema_version: 1, tenant: 't', account_id: '1'.repeat(12), region: 'us-east-1', date: '2026-01-02' },
    ...{ service: 'RDS', resource_type: TYPE, status: 'denied', ...ERROR, run_id: 'now' },
    ...{ failed_at: '2026-01-02T00:00:01.000Z', fencing_token: 7, carried: false },
  });
});

test('a row that is carried tells of the run that failed, however long it is carried on', () => {
  const before = manifest(unit({ run_id: 'before', finished_at: '2026-01-01T23:00:00.000Z' }));
  const [carried = unit()] = mergeUnits(before, [unit({ ...FAILED, run_id: 'second' })]);
  const [later] = mergeUnits(manifest(carried), [unit({ resource_type: 'AWS::EC2::VPC', run_id: 'third' })]).slice(-1);
  expect(later).toMatchObject({ status: 'complete', run_id: 'before' });
  const told = { status: 'denied', run_id: 'second', failed_at: '2026-01-02T00:00:01.000Z', carried: true };
  expect(letterOf(later ?? {})).toMatchObject(told);
});

test('rows that were written before there were stacks are read', () => {
  const { stack: _, ...error } = ERROR;
  const read = ledgerUnitSchema.parse({ ...unit(FAILED), error });
  expect(letterOf(read)).toMatchObject({ code: 'AccessDenied', stack: null });
});

test('what is written is read back', () => {
  const letter = letterOf(FAILED);
  expect(parseDeadLetter(JSON.stringify(letter))).toEqual(letter);
  // A field that came later is no fault.
  expect(parseDeadLetter(JSON.stringify({ ...letter, more: 1 }))).toEqual(letter);
});

test.each([
  ['nothing', ''],
  ['a word', 'planted'],
  ['null', 'null'],
  ['a list', '[]'],
  ['another version', JSON.stringify({ ...letterOf(FAILED), schema_version: 2 })],
  ['an unknown status', JSON.stringify({ ...letterOf(FAILED), status: 'planted' })],
  ['a time that is none', JSON.stringify({ ...letterOf(FAILED), failed_at: 'planted' })],
  ['a day that is none', JSON.stringify({ ...letterOf(FAILED), date: '../planted' })],
])('%s is malformed, and not repeated', (_name, body) => {
  const parsed = parseDeadLetter(body);
  expect(parsed).toEqual({ reason: expect.stringMatching(/./) });
  expect(JSON.stringify(parsed)).not.toContain('planted');
});
