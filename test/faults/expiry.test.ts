import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { openLock } from '../lock/locks.js';
import { openStoreOnS3 } from '../lock/stores.js';
import { openProxy } from './place.js';
import { expectNoSecrets, SECRET_ENV, TELLTALE } from './planted.js';
import { type ProxyFault, startProxy } from './proxy.js';

const READS = /^(ec2|rds|s3|lambda):/;
const expired: ProxyFault = {
  ...{ kind: 'error', status: 403, code: 'ExpiredToken' },
  message: `The security token included in the request is expired. ${TELLTALE.message}`,
  headers: TELLTALE.headers,
};
/** Calls under way when the first is refused: EC2's list, or details, of so many resources at once: RDS, S3, Lambda. */
const UNDER_WAY = 1 + 2 + 8 + 5;
const ALL = typesOf('EC2', 'RDS', 'S3', 'Lambda');

describe('credentials that expire with the n-th call, for everything that comes after', () => {
  it.concurrent.for([0, 1, 3, 8, 20, 40, 80])('after %i calls', async (skip, test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    proxy.fault({ match: READS, skip, does: expired });
    const started = performance.now();
    const ran = await place.collect([], { ...env, ...SECRET_ENV });
    const { code, doc } = ran;
    expect(performance.now() - started).toBeLessThan(20_000);
    // No retries, and nothing new once one call has told it.
    const reads = proxy.calls.filter(({ operation }) => READS.test(operation)).length;
    expect(reads).toBeGreaterThan(skip);
    expect(reads).toBeLessThanOrEqual(skip + UNDER_WAY);

    const ledger = { ...readLedger(place), ...readLedger(place, 'global') };
    expect(Object.keys(ledger).sort()).toEqual(ALL);
    const whole = ALL.filter((type) => ledger[type]?.status === 'complete');
    expectWhole(place, ledger, whole);
    for (const type of ALL.filter((one) => !whole.includes(one))) {
      expect(ledger[type]).toMatchObject({ status: 'failed', file: null, count: null });
      expect(ledger[type]?.error).toMatchObject({ code: 'EXPIRED_CREDENTIALS', class: 'fatal' });
    }
    const published = whole.length > 0;
    expect([code, doc.success, doc.error_code]).toEqual([published ? 3 : 1, published, 'EXPIRED_CREDENTIALS']);
    const told = Object.values<{ resource_type: string; code: string }[]>(doc.errors).flat();
    expect(told.map((error) => error.resource_type).sort()).toEqual(ALL.filter((type) => !whole.includes(type)));
    expect(new Set(told.map((error) => error.code))).toEqual(new Set(['EXPIRED_CREDENTIALS']));
    expectNoSecrets(place, ran);
  });
});

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `what a store on S3 needs besides the bucket ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto.close());

    it.concurrent('credentials: told as such when they expire on the way', async (test) => {
      const place = await openPlace(test);
      const store = await openStoreOnS3(test, place, moto.url);
      const proxy = await startProxy(store.front.url);
      test.onTestFinished(() => proxy.close());
      proxy.fault({ match: 's3:*', target: /^PUT .*ndjson\.gz/, does: expired });
      const env = { ...store.env, ...SECRET_ENV, AWS_ENDPOINT_URL: proxy.url };
      const ran = await place.collect(['--services', 'Lambda'], env);
      expect([ran.code, ran.doc.success, ran.doc.error_code]).toEqual([1, false, 'EXPIRED_CREDENTIALS']);
      expect(ran.doc).toMatchObject({ hint: 'aws sso login' });
      await store.mirror();
      expect(manifestNames(place)).toEqual([]);
      expectNoSecrets(place, ran);
    });

    it.concurrent('the temporary folder: told as such where it is missing', async (test) => {
      const place = await openPlace(test);
      const store = await openStoreOnS3(test, place, moto.url);
      const { code, doc } = await place.collect(['--services', 'Lambda'], { ...store.env, TMPDIR: '/nonexistent' });
      expect([code, doc.error_code]).toEqual([1, 'TEMPORARY_FOLDER_UNAVAILABLE']);
      expect(doc.error).toMatch(/^The temporary folder \/nonexistent cannot be written: ENOENT.*Set TMPDIR/);
    });
  },
);

describe('credentials that expire for the lease too', () => {
  it.concurrent('it is not asked until it ends, and nothing is published that it does not cover', async (test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    const lock = await openLock(place, 'DynamoDB');
    proxy.fault({ match: 'rds:*', skip: 2, does: expired });
    proxy.fault({ match: 'dynamodb:*', skip: 2, does: expired });
    const started = performance.now();
    const ran = await place.collect(['--services', 'RDS'], { ...env, ...SECRET_ENV, ...lock });
    // The lease lasts a minute.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect([ran.code, ran.doc.success, ran.doc.error_code]).toEqual([1, false, 'LOCK_LOST']);
    expect(ran.doc.error).toContain('EXPIRED_CREDENTIALS');
    expect(manifestNames(place)).toEqual([]);
    const asked = proxy.calls.filter(({ operation }) => operation.startsWith('dynamodb:'));
    expect(asked).toHaveLength(3);
    expectNoSecrets(place, ran);
  });
});
