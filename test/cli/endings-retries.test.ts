import { describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/sandbox.js';
import { expectWhole, readLedger, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const DATABASES = 'AWS::RDS::DBInstance';
const RDS = ['--services', 'RDS'];
const unavailable: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'Try later' };

describe('what passes', () => {
  it.concurrent('throttled twice: complete, the tries are counted', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', times: 2, does: 'throttle' });
    const { code, doc, log } = await place.collect(RDS);
    expect([code, doc.results, doc.errors]).toEqual([0, { RDS: 4 }, {}]);
    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('RDS'));
    expect(ledger[DATABASES]?.api_calls).toBe(3);
    expect(doc.api_calls).toBe(place.calls('rds:*').length);
    const line = log.find((entry) => entry.event === 'unit.completed' && entry.resource_type === DATABASES);
    expect(line).toMatchObject({ count: 4, api_calls: 3 });
  });

  it.concurrent('errors, resets, lost and cut answers, everywhere once', async (test) => {
    const place = await openPlace(test);
    const { sandbox } = place;
    sandbox.fault({ match: 'ec2:DescribeInstances', times: 1, does: 'reset' });
    sandbox.fault({ match: 'ec2:DescribeVolumes', times: 1, does: 'cut' });
    sandbox.fault({ match: 'ec2:DescribeVpcs', times: 1, does: 'throttle' });
    sandbox.fault({ match: 'rds:DescribeDBInstances', times: 1, does: unavailable });
    sandbox.fault({ match: 'rds:ListTagsForResource', times: 1, does: { ...unavailable, status: 500 } });
    sandbox.fault({ match: 's3:ListBuckets', times: 1, does: 'lose-reply' });
    sandbox.fault({ match: 's3:GetBucketTagging', times: 1, does: 'throttle' });
    sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: { ...unavailable, status: 502 } });
    sandbox.fault({ match: 'lambda:ListTags', times: 1, does: 'cut' });
    // What a gateway of somebody else's may say.
    sandbox.fault({ match: 'lambda:ListLayers', times: 1, does: { ...unavailable, status: 507, code: 'Odd' } });
    const { code, doc, log } = await place.collect();
    expect([code, doc.success_count, doc.errors, doc.warnings]).toEqual([0, 4, {}, []]);
    expectWhole(place, readLedger(place), typesOf('EC2', 'RDS', 'Lambda'));
    expectWhole(place, readLedger(place, 'global'), typesOf('S3'));
    expect(doc.api_calls).toBe(place.calls().length - place.calls('sts:*').length);
    expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('what does not pass', () => {
  it.concurrent.for<[name: string, does: Fault, status: string, code: string]>([
    ['throttled', 'throttle', 'throttled', 'Throttling'],
    ['unavailable', unavailable, 'failed', 'ServiceUnavailable'],
    ['reset', 'reset', 'failed', 'ECONNRESET'],
    ['cut short', 'cut', 'failed', 'INVALID_RESPONSE'],
  ])('%s for ever: so many tries, then the unit is missing', async ([, does, status, code], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', does });
    const ran = await place.collect([...RDS, '--max-retries', '2']);
    expect(ran.code).toBe(3);
    expect(ran.doc).toMatchObject({ success: true, success_count: 0, results: { RDS: null } });
    expect(ran.doc.errors.RDS).toEqual([
      { resource_type: DATABASES, code, class: 'transient', message: expect.stringMatching(/./), attempts: 3 },
    ]);
    // All layers together: one try and two more.
    expect(place.calls('rds:DescribeDBInstances')).toHaveLength(3);
    const ledger = readLedger(place);
    expect(ledger[DATABASES]).toMatchObject({ status, count: null, file: null, api_calls: 3, error: { code } });
    expectWhole(
      place,
      ledger,
      typesOf('RDS').filter((type) => type !== DATABASES),
    );
    const line = ran.log.find((entry) => entry.event === 'unit.failed');
    expect(line).toMatchObject({ level: 'error', resource_type: DATABASES, error_code: code, attempts: 3 });
    expect(line.stack).toMatch(/./);
  });

  it.concurrent('every call throttled: a bounded number of them', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /^(rds|lambda):/, does: 'throttle' });
    const { code, doc } = await place.collect(['--services', 'RDS', 'Lambda'], { MAX_RETRIES: '1' });
    expect([code, doc.error_code, doc.api_calls]).toEqual([1, 'ALL_SERVICES_FAILED', 18]);
    expect(place.calls()).toHaveLength(19);
    for (const unit of Object.values(readLedger(place)))
      expect(unit).toMatchObject({ status: 'throttled', api_calls: 2 });
  });

  it.concurrent('no retries wanted: one call', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', times: 1, does: 'throttle' });
    const { code, doc } = await place.collect([...RDS, '--max-retries', '0']);
    expect([code, doc.errors.RDS[0].attempts]).toEqual([3, 1]);
    expect(place.calls('rds:DescribeDBInstances')).toHaveLength(1);
  });

  it.concurrent('an error that is not passing costs one call', async (test) => {
    const place = await openPlace(test);
    const does: Fault = { kind: 'error', status: 400, code: 'InvalidParameterValue', message: 'なぜ\n<no>\u001b[31m' };
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', does });
    const { code, doc, log } = await place.collect(RDS);
    expect(code).toBe(3);
    expect(doc.errors.RDS[0]).toMatchObject({ code: 'InvalidParameterValue', class: 'permanent', attempts: 1 });
    expect(doc.errors.RDS[0].message).toContain('なぜ');
    expect(place.calls('rds:DescribeDBInstances')).toHaveLength(1);
    expect(log.find(({ event }) => event === 'unit.failed').message).toContain('InvalidParameterValue');
  });

  it.concurrent('a second page that fails: no half of a unit', async (test) => {
    const place = await openPlace(test, { pageSize: 2 });
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', skip: 1, does: unavailable });
    const { code, doc } = await place.collect([...RDS, '--max-retries', '0']);
    expect([code, doc.results.RDS]).toEqual([3, null]);
    expect(readLedger(place)[DATABASES]).toMatchObject({ status: 'failed', count: null, file: null });
  });
});
