import { describe, expect, it } from 'vitest';
import { manifestNames, readLedger } from '../cli/ledger.js';
import { openPlace, type Ran } from '../cli/place.js';
import type { Fault } from '../sandbox/sandbox.js';
import { collectingCalls, openLock, standing, tokensOf } from './locks.js';

const QUICK = { CALL_TIMEOUT_SECONDS: '1', MAX_RETRIES: '1' };
const LAMBDA = ['--services', 'Lambda'];

/** What is wrong with DynamoDB, and what the message says of it. */
const TROUBLES: readonly (readonly [name: string, fault: Fault | 'no table', says: RegExp])[] = [
  ['has no such table', 'no table', /no such table/],
  ['denies', 'deny', /AccessDeniedException.*dynamodb:GetItem/],
  ['throttles', 'throttle', /ThrottlingException/],
  ['hangs', 'hang', /Timeout/i],
  ['resets', 'reset', /ECONNRESET|socket hang up/],
  ['fails', { kind: 'error', status: 500, code: 'InternalServerError', message: 'try later' }, /try later/],
  ['answers with what is no JSON', { kind: 'body', status: 200, contentType: 'text/html', body: '<p>login' }, /./],
  [
    'answers with an item that is no lease',
    {
      kind: 'body',
      status: 200,
      contentType: 'application/x-amz-json-1.0',
      body: '{"Item":{"lock_key":{"S":"default_tenant/482915730164/us-east-1"}}}',
    },
    /./,
  ],
];

const LANGS = [
  ['en', /^The lock is not available: (.+)\. Nothing was read or written\.$/, []],
  ['ja', /^ロックを利用できません: (.+)。何も読み書きしていません。$/, ['--force']],
] as const;

describe.for(TROUBLES)('DynamoDB %s', ([, does, says]) => {
  it.concurrent.for(LANGS.slice(0, typeof does === 'object' ? 1 : 2))(
    'nothing is read or written: %s',
    async ([lang, message, args], test) => {
      const place = await openPlace(test);
      const env = does === 'no table' ? { LOCK_TABLE_NAME: 'leases' } : await openLock(place, 'DynamoDB');
      if (does !== 'no table') place.sandbox.fault({ match: 'dynamodb:*', does });
      const { code, doc, log, stderr } = await place.collect(['--lang', lang, ...args], { ...env, ...QUICK });
      expect([code, doc.success, doc.error_code], stderr).toEqual([1, false, 'LOCK_UNAVAILABLE']);
      expect(doc.error).toMatch(message);
      expect(message.exec(doc.error)?.[1]).toMatch(says);
      expect(doc.error).toContain('leases');
      expect(log.some(({ event }) => event === 'lock.acquired')).toBe(false);
      expect(collectingCalls(place)).toEqual([]);
      expect([place.has('data/default_tenant/units'), place.has('data/default_tenant/manifests')]).toEqual([
        false,
        false,
      ]);
    },
  );
});

describe('DynamoDB in the middle of a run', () => {
  it.concurrent.for([
    ['hang', 'en', /^The lock was lost during the run: it was not renewed in time \(.*did not answer.*\)\. /],
    ['deny', 'en', /^The lock was lost during the run: it was not renewed in time \(.*leases.*AccessDenied.*\)\. /],
    ['deny', 'ja', /^実行中にロックを失いました: it was not renewed in time \(.*leases.*AccessDenied.*\)。/],
  ] as const)(
    'away (%s) for longer than the lease lasts: nothing is committed: %s',
    async ([does, lang, says], test) => {
      const place = await openPlace(test);
      const env = { ...(await openLock(place, 'DynamoDB')), LOCK_LEASE_SECONDS: '1', ...QUICK, ARV_LANG: lang };
      const running = await standing(place, test, 'lambda:ListLayers', { args: LAMBDA, env });
      place.sandbox.fault({ match: 'dynamodb:*', does });
      const { code, doc, stderr } = await running.ended;
      expect([code, doc.error_code, doc.error], stderr).toEqual([1, 'LOCK_LOST', expect.stringMatching(says)]);
      expect(manifestNames(place)).toEqual([]);
    },
  );

  it.concurrent('away for a moment: the run goes on', async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, 'DynamoDB')), LOCK_LEASE_SECONDS: '4', MAX_RETRIES: '1' };
    const running = await standing(place, test, 'lambda:ListLayers', { args: LAMBDA, env });
    const renewed = place.calls('dynamodb:*').length;
    place.sandbox.fault({ match: 'dynamodb:*', times: 2, does: 'throttle' });
    // Two tries of a renewal that fails, and the next renewal.
    await place.sandbox.waitFor('dynamodb:*', renewed + 4);
    running.open();
    const { code, doc, stderr } = await running.ended;
    expect([code, doc.results], stderr).toEqual([0, { Lambda: 5 }]);
  });

  it.concurrent('gone when the buckets need their lease: what was published is said', async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, 'DynamoDB')), ...QUICK, LOCK_LEASE_SECONDS: '2' };
    const does = { kind: 'error', status: 500, code: 'InternalServerError', message: 'try later' } as const;
    place.sandbox.fault({ match: 'dynamodb:*', skip: 2, does });
    const { code, doc, stderr } = await place.collect(['--services', 'Lambda', 'S3'], env);
    const published = manifestNames(place).length > 0;
    const facts = { success: published, results: { Lambda: 5, S3: null } };
    if (published) expect(doc, stderr).toMatchObject({ ...facts, errors: { S3: [{ code: 'LOCK_UNAVAILABLE' }] } });
    expect([code, published], stderr).toEqual(published ? [3, true] : [1, false]);
  });
});

/** Which replies get lost: of a run of Lambda, whose calls are Get and Put for the lease, the commit and the release. */
const LOSSES = [
  ['the claim', 'dynamodb:PutItem', 0, 1],
  ['the check before the commit', 'dynamodb:PutItem', 1, 1],
  ['the check after the commit', 'dynamodb:PutItem', 2, 1],
  ['the release', 'dynamodb:PutItem', 3, 1],
  ['the first read', 'dynamodb:GetItem', 0, 1],
] as const;

describe.for(LOSSES)('the reply to %s gets lost', ([, match, skip, times]) => {
  it.concurrent.for(match === 'dynamodb:GetItem' ? ['1'] : ['0', '1'])('with %s retries', async (retries, test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, 'DynamoDB')), ...QUICK, MAX_RETRIES: retries };
    const repair = place.sandbox.fault({ match, skip, times, does: 'lose-reply' });
    expectNormal(await place.collect(LAMBDA, env), 1);
    repair();
    // It was released as well, or the next one would be refused.
    expectNormal(await place.collect(LAMBDA, env), 2);
    expect(Object.keys(readLedger(place))).toHaveLength(3);
  });
});

it('the reply to a renewal gets lost', async (test) => {
  const place = await openPlace(test);
  const env = { ...(await openLock(place, 'DynamoDB')), LOCK_LEASE_SECONDS: '4', MAX_RETRIES: '0' };
  const running = await standing(place, test, 'lambda:ListLayers', { args: LAMBDA, env });
  const puts = place.calls('dynamodb:PutItem').length;
  place.sandbox.fault({ match: 'dynamodb:PutItem', times: 1, does: 'lose-reply' });
  await place.sandbox.waitFor('dynamodb:PutItem', puts + 2);
  running.open();
  expectNormal(await running.ended, 1);
});

function expectNormal(ran: Ran, token: number): void {
  expect([ran.code, ran.doc.results], ran.stderr).toEqual([0, { Lambda: 5 }]);
  expect(tokensOf(ran)).toEqual({ 'us-east-1': token });
  expect(ran.log.filter(({ event }) => event === 'lock.lost')).toEqual([]);
}
