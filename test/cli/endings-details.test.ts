import { describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/sandbox.js';
import { expectWhole, idsInEstate, readLedger, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const BUCKETS = 'AWS::S3::Bucket';
const S3 = ['--services', 'S3'];
const unavailable: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'Please try again' };

describe('a detail that is denied', () => {
  it.concurrent('of every bucket: a complete unit, the buckets named, a warning', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 's3:GetBucketEncryption', does: 'deny' });
    const { code, doc, log } = await place.collect(S3);
    expect(doc).toMatchObject({ success: true, success_count: 1, errors: {}, results: { S3: 12 } });
    expect(code).toBe(0);
    const ledger = readLedger(place, 'global');
    expectWhole(place, ledger, [BUCKETS]);
    const all = idsInEstate(place, BUCKETS);
    const unread = ledger[BUCKETS]?.unread ?? [];
    expect(unread).toEqual([
      {
        ...{ part: 'Encryption', class: 'permanent', code: 'AccessDenied', message: 'Access Denied' },
        resource_ids: expect.toSatisfy((ids: string[]) => [...ids].sort().join() === all.join()),
      },
    ]);
    for (const record of ledger[BUCKETS]?.records ?? []) expect(record.properties.Encryption).toBeNull();
    const message = 'Encryption (12): Access Denied';
    expect(doc.warnings).toEqual([{ resource_type: BUCKETS, code: 'AccessDenied', message }]);
    const line = log.find(({ event }) => event === 'unit.unread');
    expect(line).toMatchObject({
      level: 'warn',
      resource_type: BUCKETS,
      part: 'Encryption',
      error_code: 'AccessDenied',
    });
    expect(log.find(({ event }) => event === 'unit.completed')).toMatchObject({ resource_type: BUCKETS, count: 12 });
  });

  it.concurrent('of one bucket: the others have it', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 's3:GetBucketTagging', resource: 'sakura-shop-assets', does: 'deny' });
    place.sandbox.fault({ match: 's3:GetBucketVersioning', resource: 'sakura-shop-assets', does: 'deny' });
    const { code, doc } = await place.collect(S3, { ARV_LANG: 'ja' });
    expect([code, doc.warnings.length]).toEqual([0, 2]);
    const unit = readLedger(place, 'global')[BUCKETS];
    expect(unit?.unread.map(({ part, resource_ids }) => [part, resource_ids])).toEqual([
      ['Tags', ['sakura-shop-assets']],
      ['Versioning', ['sakura-shop-assets']],
    ]);
    const byName = new Map(unit?.records.map((record) => [record.resource_id, record]));
    expect(byName.get('sakura-shop-assets')).toMatchObject({ tags: null, properties: { Versioning: null } });
    expect(byName.get('sakura-shop-backup')).toMatchObject({ tags: { 環境: '本番' } });
    expect(byName.get('sakura-shop-backup')?.properties.Versioning).toMatchObject({ Status: 'Enabled' });
    // Not configured is something else than unread: it is in no list.
    expect(byName.get('sakura-old-uploads')).toMatchObject({ tags: {}, properties: { Encryption: null } });
  });

  it.concurrent('of functions and subnet groups: their tags are null', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /:ListTags/, does: 'deny' });
    const { code, doc, log } = await place.collect(['--services', 'RDS', 'Lambda']);
    expect([code, doc.success_count, doc.results]).toEqual([0, 2, { RDS: 4, Lambda: 5 }]);
    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('RDS', 'Lambda'));
    const tagless = ['AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping'];
    for (const type of [...tagless, 'AWS::RDS::DBSubnetGroup', 'AWS::RDS::DBParameterGroup']) {
      for (const record of ledger[type]?.records ?? []) expect(record.tags).toBeNull();
      expect(ledger[type]?.unread).toEqual([expect.objectContaining({ part: 'Tags', class: 'permanent' })]);
      expect(log).toContainEqual(expect.objectContaining({ event: 'unit.unread', resource_type: type }));
    }
    expect(doc.warnings).toHaveLength(4);
  });
});

describe('a detail that fails in a passing way', () => {
  it.concurrent.for<[name: string, does: Fault, code: string]>([
    ['unavailable', unavailable, 'ServiceUnavailable'],
    ['throttled', 'throttle', 'SlowDown'],
  ])('%s for ever: partial, the records are kept', async ([, does, code], test) => {
    const place = await openPlace(test);
    const remove = place.sandbox.fault({ match: 's3:GetBucketTagging', resource: 'sakura-payroll', does });
    const ran = await place.collect([...S3, 'Lambda', '--max-retries', '2']);
    expect(ran.doc).toMatchObject({ success: true, success_count: 1, total_count: 2, results: { S3: 12, Lambda: 5 } });
    expect(ran.code).toBe(3);
    expect(ran.doc.errors.S3).toEqual([
      { resource_type: BUCKETS, code, class: 'transient', message: expect.stringMatching(/^Tags: /), attempts: 3 },
    ]);
    const unit = readLedger(place, 'global')[BUCKETS];
    expect(unit).toMatchObject({
      status: 'partial',
      origin: 'fetched',
      count: 12,
      error: { code, class: 'transient' },
    });
    expect(unit?.unread).toMatchObject([{ part: 'Tags', code, resource_ids: ['sakura-payroll'] }]);
    expect(unit?.records.map((record) => record.resource_id).sort()).toEqual(idsInEstate(place, BUCKETS));
    expect(unit?.records.find((record) => record.resource_id === 'sakura-payroll')?.tags).toBeNull();
    expect(ran.log.find(({ event }) => event === 'unit.partial')).toMatchObject({ level: 'error', error_code: code });
    const tries = place.calls('s3:GetBucketTagging').filter(({ bucket }) => bucket === 'sakura-payroll');
    expect(tries).toHaveLength(3);

    // A partial unit is no cache: the next run makes it whole.
    remove();
    const next = await place.collect([...S3, 'Lambda']);
    expect([next.code, next.doc.cached]).toEqual([0, ['Lambda']]);
    expectWhole(place, readLedger(place, 'global'), [BUCKETS]);
    expect(readLedger(place, 'global')[BUCKETS]?.unread).toEqual([]);
  });

  it.concurrent('accepted: exit 0, partial in the ledger', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 's3:GetBucketTagging', does: unavailable });
    const gaps = JSON.stringify([{ resource_type: BUCKETS, status: 'partial', region: 'global' }]);
    const { code, doc } = await place.collect([...S3, 'Lambda', '--max-retries', '0'], { ACCEPTED_GAPS: gaps });
    expect([code, doc.errors]).toEqual([0, {}]);
    expect(readLedger(place, 'global')[BUCKETS]).toMatchObject({ status: 'partial', accepted: true, count: 12 });
  });
});

describe('a detail that is not what it was', () => {
  it.concurrent('a bucket that was deleted since it was listed is left out, and nothing is missing', async (test) => {
    const place = await openPlace(test);
    const does: Fault = { kind: 'error', status: 404, code: 'NoSuchBucket', message: 'The bucket does not exist' };
    place.sandbox.fault({ match: /^s3:Get/, resource: 'sakura-payroll', does });
    const { code, doc } = await place.collect(S3);
    const unit = readLedger(place, 'global')[BUCKETS];
    expect(unit?.records.map((record) => record.resource_id)).not.toContain('sakura-payroll');
    expect(unit?.unread).toEqual([]);
    expect([code, doc.results.S3]).toEqual([0, 11]);
  });

  it.concurrent('S3 alone, partly read: its records are published, and the run is partial', async (test) => {
    const place = await openPlace(test);
    const does: Fault = { kind: 'error', status: 503, code: 'SlowDown', message: 'Please reduce your request rate' };
    place.sandbox.fault({ match: 's3:GetBucketTagging', does });
    const { code, doc } = await place.collect(S3);
    expect([code, doc.success, doc.results.S3]).toEqual([3, true, 12]);
    expect(readLedger(place, 'global')[BUCKETS]?.status).toBe('partial');
  });
});
