import { describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from '../cli/ledger.js';
import { openPlace, type Place } from '../cli/place.js';
import { collectHere, fast, skewed, stuck } from './here.js';
import { gate, LOCKS, type LockName, openLock, standing, tokensOf, untilLetIn } from './locks.js';

/** A minute of waiting in a second. The leases of both runs outlast it. */
const CLOCK = fast(60);
const MESSAGES = {
  en: 'Another run is reading the S3 buckets of this account. Run again when it has ended.',
  ja: '別の実行がこのアカウントのS3バケットを読み取り中です。その終了後に再実行してください。',
} as const;
const LONG = { LOCK_LEASE_SECONDS: '600' };

/** Another region's run that holds the account's lease and stands at its first call. */
async function holdingAccount(place: Place, test: Parameters<typeof gate>[0], lock: LockName) {
  const env = { ...(await openLock(place, lock)), ...LONG };
  const running = await standing(place, test, 's3:ListBuckets', {
    args: ['--services', 'S3'],
    env,
    region: 'ap-northeast-1',
  });
  return { ...running, env };
}

describe.for(LOCKS)('the lease of the account: %s', (lock) => {
  it.concurrent('the buckets wait for the run that reads them', async (test) => {
    const place = await openPlace(test);
    const other = await holdingAccount(place, test, lock);
    const waiting = place.startCollect(['--services', 'Lambda', 'S3'], other.env);
    await place.sandbox.waitFor('lambda:ListEventSourceMappings');
    expect(place.calls('s3:*')).toHaveLength(1);
    other.open();
    const [first, second] = await Promise.all([other.ended, waiting.ended]);
    expect([first.code, second.code], second.stderr).toEqual([0, 0]);
    expect([tokensOf(first).global, tokensOf(second).global]).toEqual([1, 2]);
    expect(second.doc.results).toEqual({ Lambda: 5, S3: 12 });
    expectWhole(place, readLedger(place, 'global'), typesOf('S3'));
  });

  it.concurrent('after a minute they fail, and the rest of the run does not', async (test) => {
    const place = await openPlace(test);
    const other = await holdingAccount(place, test, lock);
    const { env } = other;
    const { code, doc, log } = await collectHere(place, { clock: CLOCK, flags: { services: ['Lambda', 'S3'] }, env });
    expect(doc).toMatchObject({ success: true, success_count: 1, results: { Lambda: 5, S3: null } });
    expect([code, doc.snapshot.length]).toEqual([3, 1]);
    const error = { resource_type: 'AWS::S3::Bucket', code: 'LOCKED', message: MESSAGES.en };
    expect(doc.errors).toEqual({ S3: [expect.objectContaining(error)] });
    expect(doc.duration_ms).toBeGreaterThanOrEqual(60_000);
    expect(log.find(({ event }) => event === 'lock.refused')).toMatchObject({
      lock_key: 'default_tenant/482915730164/global',
    });
    expectWhole(place, readLedger(place), typesOf('Lambda'));
    expect([place.calls('s3:*').length, manifestNames(place, 'global')]).toEqual([1, []]);
    other.open();
    expect((await other.ended).code).toBe(0);
  });

  it.concurrent('a run that loses its region does not go on waiting for them', async (test) => {
    const place = await openPlace(test);
    const other = await holdingAccount(place, test, lock);
    const short = { ...other.env, LOCK_LEASE_SECONDS: '4' };
    const waiting = place.startCollect(['--services', 'Lambda', 'S3'], short);
    await place.sandbox.waitFor('lambda:ListEventSourceMappings');
    const robber = await place.collect(['--services', 'Lambda', '--force'], other.env);
    expect(robber.code, robber.stderr).toBe(0);
    const { doc, stderr } = await waiting.ended;
    expect(doc.errors?.S3?.[0].code ?? doc.error_code, stderr).toBe('LOCK_LOST');
    expect(doc.duration_ms).toBeLessThan(30_000);
    other.open();
    expect((await other.ended).code).toBe(0);
  });

  it.concurrent('with nothing but them the run does, and --force takes only the lease of the region', async (test) => {
    const place = await openPlace(test);
    const other = await holdingAccount(place, test, lock);
    const flags = { services: ['S3'], force: true };
    for (const lang of ['en', 'ja'] as const) {
      const { code, doc } = await collectHere(place, { clock: CLOCK, flags, env: other.env, lang });
      expect(doc).toMatchObject({ success: false, error_code: 'LOCKED', services: ['S3'], region: 'us-east-1' });
      // Nothing of `--force`, which would not help.
      expect(doc.error).toBe(MESSAGES[lang]);
      expect([code, doc.snapshot, place.calls('s3:*').length]).toEqual([4, undefined, 1]);
    }
    other.open();
    expect((await other.ended).code).toBe(0);
  });
});

describe.for(LOCKS)('clocks of hosts that are ten minutes wrong: %s', (lock) => {
  it.concurrent.for([-10, 10])('nobody is robbed: %i', async (minutes, test) => {
    const place = await openPlace(test);
    const env = await openLock(place, lock);
    const { until, open } = gate(test);
    const flags = { services: ['Lambda'] };
    place.sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: { kind: 'hold', until } });
    const first = collectHere(place, { clock: skewed(-minutes), flags, env });
    await place.sandbox.waitFor('lambda:ListFunctions');
    const right = await place.collect(['--services', 'Lambda'], env);
    const wrong = await collectHere(place, { clock: skewed(minutes), flags, env });
    expect([right.code, wrong.code]).toEqual([4, 4]);
    open();
    expect((await first).code).toBe(0);
  });

  it.concurrent.for([-10, 10])('nobody is kept out: %i', async (minutes, test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, lock)), LOCK_LEASE_SECONDS: '1' };
    const { until, open } = gate(test);
    const flags = { services: ['Lambda'], 'clear-cache': true };
    place.sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: { kind: 'hold', until } });
    const first = collectHere(place, { clock: stuck(skewed(minutes)), flags, env });
    await place.sandbox.waitFor('lambda:ListFunctions');
    const second = await untilLetIn(() => collectHere(place, { clock: skewed(-minutes), flags, env }));
    expect([second.code, second.doc.success_count], second.stderr).toEqual([0, 1]);
    open();
    const { code, doc, log } = await first;
    expect([code, doc.error_code]).toEqual([1, 'LOCK_LOST']);
    expect(log.filter(({ event }) => event === 'lock.lost')).toHaveLength(1);
    expect(manifestNames(place)).toHaveLength(1);
    for (const unit of Object.values(readLedger(place))) expect(unit.run_id).toBe(second.doc.run_id);
  });
});
