import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { companyEstate, type Resources } from '../sandbox/estate.js';
import { expectWhole, idsInEstate, readLedger, typesOf } from './ledger.js';
import { openPlace, type Place } from './place.js';

/** A listing of each service that has several pages when they hold two. */
const LISTS = {
  'AWS::EC2::Subnet': 'ec2:DescribeSubnets',
  'AWS::RDS::DBInstance': 'rds:DescribeDBInstances',
  'AWS::S3::Bucket': 's3:ListBuckets',
  'AWS::Lambda::Function': 'lambda:ListFunctions',
} as const;

const both = (place: Place) => ({ ...readLedger(place), ...readLedger(place, 'global') });

describe('pages', () => {
  it.concurrent('many small ones: everything, each once', async (test) => {
    const place = await openPlace(test, { pageSize: 1 });
    const { code } = await place.collect(['--services', 'RDS', 'S3', 'Lambda']);
    expect(code).toBe(0);
    expectWhole(place, both(place), typesOf('RDS', 'S3', 'Lambda'));
    expect(place.calls('s3:ListBuckets')).toHaveLength(12);
  });

  it.concurrent('a token that comes again: told, with a bounded number of calls', async (test) => {
    const place = await openPlace(test, { pageSize: 2 });
    for (const match of Object.values(LISTS)) place.sandbox.fault({ match, does: 'repeat-token' });
    const { code, doc, log } = await place.collect();
    expect([code, doc.success, doc.success_count]).toEqual([3, true, 0]);
    const ledger = both(place);
    for (const [type, operation] of Object.entries(LISTS)) {
      expect(ledger[type]).toMatchObject({ status: 'failed', count: null, file: null });
      expect(ledger[type]?.error).toMatchObject({ code: 'PAGINATION_LOOP', class: 'permanent' });
      expect(place.calls(operation).length).toBeLessThanOrEqual(3);
      const line = log.find((entry) => entry.event === 'unit.failed' && entry.resource_type === type);
      expect(line.message).toContain('AWS repeated a continuation token; the listing would never end');
    }
    const lost: string[] = Object.keys(LISTS);
    expectWhole(
      place,
      ledger,
      typesOf('EC2', 'RDS', 'Lambda').filter((type) => !lost.includes(type)),
    );
  });

  it.concurrent('a resource on two of them: once, with a warning', async (test) => {
    const place = await openPlace(test, { pageSize: 2 });
    for (const match of Object.values(LISTS)) place.sandbox.fault({ match, does: 'duplicate' });
    const { code, doc, log } = await place.collect();
    expect([code, doc.results]).toEqual([0, { EC2: 12, RDS: 4, S3: 12, Lambda: 5 }]);
    expectWhole(place, both(place), [...typesOf('EC2', 'RDS', 'Lambda'), 'AWS::S3::Bucket']);
    for (const type of Object.keys(LISTS)) {
      const lines = log.filter((line) => line.event === 'unit.duplicate' && line.resource_type === type);
      expect(lines.length, type).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line.level).toBe('warn');
        expect(idsInEstate(place, type)).toContain(line.resource_id);
      }
    }
  });
});

describe('an item without its id', () => {
  it.concurrent('is told, the others are kept', async (test) => {
    const estate = companyEstate();
    const resources: Resources = estate.regions['us-east-1']?.resources ?? {};
    const broken: object[] = [
      { ...resources['AWS::EC2::Volume']?.[0], VolumeId: undefined },
      { ...resources['AWS::RDS::DBInstance']?.[0], DBInstanceIdentifier: undefined },
      { ...resources['AWS::Lambda::LayerVersion']?.[0], LatestMatchingVersion: undefined },
    ];
    const types = ['AWS::EC2::Volume', 'AWS::RDS::DBInstance', 'AWS::Lambda::LayerVersion'] as const;
    const place = await openPlace(test, { estate });
    const whole = Object.fromEntries(types.map((type) => [type, idsInEstate(place, type)]));
    for (const [index, type] of types.entries()) resources[type]?.splice(1, 0, broken[index] as never);
    estate.buckets.splice(3, 0, { ...estate.buckets[0], Name: '' } as never);

    const { code, doc, log } = await place.collect();
    expect(doc).toMatchObject({ success: true, success_count: 0, results: { EC2: 12, RDS: 4, S3: 12, Lambda: 5 } });
    expect(code).toBe(3);
    const ledger = both(place);
    for (const type of [...types, 'AWS::S3::Bucket']) {
      expect(ledger[type], type).toMatchObject({
        status: 'partial',
        error: { code: 'INVALID_ITEM', class: 'permanent' },
      });
      const line = log.find((entry) => entry.event === 'unit.item_invalid' && entry.resource_type === type);
      expect(line).toMatchObject({ level: 'error', reason: expect.stringMatching(/is missing$/) });
    }
    for (const type of types) expect(ledger[type]?.records.map((one) => one.resource_id).sort()).toEqual(whole[type]);
    expect(ledger['AWS::S3::Bucket']?.records).toHaveLength(12);
    const bad: string[] = [...types];
    expectWhole(
      place,
      ledger,
      typesOf('EC2', 'RDS', 'Lambda').filter((type) => !bad.includes(type)),
    );
  });
});

describe('text as it comes', () => {
  /** Keys that are something else than data to a careless program, and values that break lines and terminals. */
  const TAGS: Record<string, string> = Object.fromEntries([
    ['__proto__', 'polluted'],
    ['constructor', 'c'],
    ['toString', 't'],
    ['hasOwnProperty', ''],
    ['long', '値'.repeat(10_000)],
    ['emoji', '👩‍👩‍👧‍👦🇯🇵𠮷'],
    ['markup', `<a href="x">&amp;]]></a> ' "`],
    ['lines', 'one\ntwo\ttab'],
  ]);
  const list = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));

  const recordOf = (place: Place, type: string, id: string, region?: string): ResourceRecord => {
    const record = readLedger(place, region)[type]?.records.find(({ resource_id }) => resource_id === id);
    expect(record, `${type} ${id}`).toBeDefined();
    return record as ResourceRecord;
  };

  it.concurrent('tags are data, whatever they are called: EC2, RDS, S3', async (test) => {
    const estate = companyEstate();
    const { resources, tags } = estate.regions['us-east-1'] ?? { resources: {}, tags: {} };
    const [volume] = resources['AWS::EC2::Volume'] ?? [];
    const [database] = resources['AWS::RDS::DBInstance'] ?? [];
    const [group] = resources['AWS::RDS::DBSubnetGroup'] ?? [];
    const [bucket] = estate.buckets;
    if (!volume || !database || !bucket || !group) throw new Error('the estate has none');
    volume.Tags = list;
    database.TagList = list;
    bucket.tags = list;
    tags[group.DBSubnetGroupArn ?? ''] = TAGS;
    const place = await openPlace(test, { estate });
    expect((await place.collect(['--services', 'EC2', 'RDS', 'S3'])).code).toBe(0);
    for (const [type, id, region] of [
      ['AWS::EC2::Volume', volume.VolumeId ?? ''],
      ['AWS::RDS::DBInstance', 'orders'],
      ['AWS::RDS::DBSubnetGroup', 'shop-databases'],
      ['AWS::S3::Bucket', bucket.Name, 'global'],
    ] as const) {
      const record = recordOf(place, type, id, region);
      // As entries: a comparison of objects would not see a key `__proto__`.
      expect(Object.entries(record.tags ?? {}), type).toEqual(
        Object.entries(TAGS).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    }
  });

  it.concurrent('tags are data, whatever they are called: Lambda', async (test) => {
    const place = await openPlace(test);
    const entries = Object.entries(TAGS).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    const body = `{"Tags":{${entries.join(',')}}}`;
    place.sandbox.fault({
      match: 'lambda:ListTags',
      does: { kind: 'body', status: 200, contentType: 'application/json', body },
    });
    expect((await place.collect(['--services', 'Lambda'])).code).toBe(0);
    const { tags } = recordOf(place, 'AWS::Lambda::Function', 'payment');
    expect(Object.entries(tags ?? {})).toEqual(Object.entries(TAGS).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

  it.concurrent('control characters stay, half a surrogate pair becomes U+FFFD', async (test) => {
    const place = await openPlace(test);
    const Description = 'a\u0000b\u001b[31mred\u0007\u2028\u202e \ud83d alone \udc00 👍';
    const item = {
      ...{ FunctionName: 'odd \ud83d', FunctionArn: 'arn:aws:lambda:us-east-1:1:function:odd', Description },
      Layers: [{ Arn: 'arn:aws:lambda:us-east-1:1:layer:\udc00:1' }],
      Architectures: ['\udc00'],
    };
    const body = JSON.stringify({ Functions: [item, { ...item, Description: 'twice' }] });
    place.sandbox.fault({
      match: 'lambda:ListFunctions',
      does: { kind: 'body', status: 200, contentType: 'application/json', body },
    });
    const tags = JSON.stringify({ Tags: { 'k\ud83d': 'v\udc00' } });
    place.sandbox.fault({
      match: 'lambda:ListTags',
      does: { kind: 'body', status: 200, contentType: 'application/json', body: tags },
    });
    const { code, doc } = await place.collect(['--services', 'Lambda']);
    expect([code, doc.results]).toEqual([0, { Lambda: 1 }]);
    const record = recordOf(place, 'AWS::Lambda::Function', 'odd \ufffd');
    expect(record.properties.Description).toBe('a\u0000b\u001b[31mred\u0007\u2028\u202e \ufffd alone \ufffd 👍');
    expect([record.name, record.tags]).toEqual(['odd \ufffd', { 'k\ufffd': 'v\ufffd' }]);
    expect(JSON.stringify(record)).not.toMatch(/\\ud/);
  });

  it.concurrent('what AWS says in an error stays one line of the log', async (test) => {
    const place = await openPlace(test);
    const message = 'first\nsecond\r\n{"event":"run.completed"}\u001b[2J\u2028 \u202e end';
    place.sandbox.fault({
      match: 'lambda:ListLayers',
      does: { kind: 'error', status: 400, code: 'InvalidParameterValueException', message },
    });
    const { code, doc, log, stderr } = await place.collect(['--services', 'Lambda']);
    expect([code, doc.errors.Lambda[0].message]).toEqual([3, message]);
    expect(log.filter(({ event }) => event === 'unit.failed')).toHaveLength(1);
    expect(log.filter(({ event }) => event === 'run.completed')).toHaveLength(1);
    for (const obeyed of ['\u001b', '\u2028', '\u202e']) expect(stderr).not.toContain(obeyed);
  });

  it.concurrent('a message without end is cut', async (test) => {
    const place = await openPlace(test);
    const does = { kind: 'error', status: 400, code: 'InvalidParameterValue', message: 'x'.repeat(200_000) } as const;
    place.sandbox.fault({ match: 'rds:DescribeDBInstances', does });
    const { code, doc, stderr } = await place.collect(['--services', 'RDS']);
    expect([code, doc.errors.RDS[0].code]).toEqual([3, 'InvalidParameterValue']);
    expect(doc.errors.RDS[0].message.length).toBeLessThan(2000);
    expect(stderr.length).toBeLessThan(50_000);
    expect(readLedger(place)['AWS::RDS::DBInstance']?.error?.message.length).toBeLessThan(2000);
  });
});
