import { describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const ACCEPTED_RDS = JSON.stringify(typesOf('RDS').map((resource_type) => ({ resource_type, status: 'denied' })));

describe('one service denied', () => {
  it.concurrent('the others are complete, the ledger says what is missing', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'deny' });
    const { code, doc, log } = await place.collect();
    expect(doc).toMatchObject({ success: true, success_count: 3, total_count: 4, cached: [] });
    expect(doc).not.toHaveProperty('error_code');
    expect([code, doc.results]).toEqual([3, { EC2: 12, RDS: null, S3: 12, Lambda: 5 }]);
    expect(Object.keys(doc.errors)).toEqual(['RDS']);

    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('EC2', 'Lambda'));
    expectWhole(place, readLedger(place, 'global'), typesOf('S3'));
    for (const type of typesOf('RDS')) {
      const error = { code: 'AccessDenied', class: 'permanent', attempts: 1, message: expect.stringContaining('rds:') };
      expect(ledger[type]).toMatchObject({ status: 'denied', count: null, file: null, error, accepted: false });
      expect(doc.errors.RDS).toContainEqual({ resource_type: type, ...error });
      expect(doc.resources[type]).toBeNull();
      const [line, ...more] = log.filter((entry) => entry.event === 'unit.denied' && entry.resource_type === type);
      expect(line).toMatchObject({ level: 'warn', service: 'RDS', region: 'us-east-1', error_code: 'AccessDenied' });
      expect(line.message).toContain(type);
      expect(line.actions[0]).toMatch(/^rds:Describe/);
      expect(more).toEqual([]);
    }
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.at(-1)).toMatchObject({ event: 'run.completed', exit_code: 3, success_count: 3, total_count: 4 });
    // Denied is not worth a second try.
    expect(place.calls('rds:*')).toHaveLength(6);
  });

  it.concurrent('as accepted gaps: exit 0, still denied in the ledger, marked', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'deny' });
    const { code, doc, log } = await place.collect(['--services', 'RDS', 'Lambda'], { ACCEPTED_GAPS: ACCEPTED_RDS });
    expect(doc).toMatchObject({ success: true, success_count: 1, total_count: 2, errors: {} });
    expect([code, doc.results]).toEqual([0, { RDS: null, Lambda: 5 }]);
    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('Lambda'));
    for (const type of typesOf('RDS')) {
      expect(ledger[type]).toMatchObject({ status: 'denied', accepted: true, error: { code: 'AccessDenied' } });
      const warning = { resource_type: type, code: 'AccessDenied', message: expect.any(String), accepted: true };
      expect(doc.warnings).toContainEqual(warning);
    }
    expect(log.at(-1)).toMatchObject({ level: 'info', event: 'run.completed', exit_code: 0 });
  });

  it.concurrent('a gap of another status, region or type is not accepted', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'deny' });
    const gaps = typesOf('RDS').map((resource_type) => ({ resource_type, status: 'denied', region: 'us-east-1' }));
    Object.assign(gaps[0] ?? {}, { status: 'throttled' });
    Object.assign(gaps[1] ?? {}, { region: 'eu-west-1' });
    Object.assign(gaps[2] ?? {}, { resource_type: 'AWS::EC2::VPC' });
    place.file('c.json', JSON.stringify({ accepted_gaps: gaps }));
    const { code, doc } = await place.collect(['--services', 'RDS', 'Lambda', '--config', 'c.json']);
    expect(code).toBe(3);
    const types = doc.errors.RDS.map((error: { resource_type: string }) => error.resource_type).sort();
    expect(types).toEqual(typesOf('RDS').slice(0, 3));
    for (const [index, type] of typesOf('RDS').entries()) {
      expect(readLedger(place)[type]).toMatchObject({ status: 'denied', accepted: index > 2 });
    }
  });

  it.concurrent('one type only: its service is not a success, the rest of it is there', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'deny' });
    const { code, doc } = await place.collect(['--services', 'Lambda'], { ARV_LANG: 'ja' });
    expect([code, doc.success, doc.success_count, doc.results.Lambda]).toEqual([3, true, 0, null]);
    const ledger = readLedger(place);
    expectWhole(place, ledger, ['AWS::Lambda::LayerVersion', 'AWS::Lambda::EventSourceMapping']);
    expect(doc.resources).toEqual({
      'AWS::Lambda::Function': null,
      'AWS::Lambda::LayerVersion': 3,
      'AWS::Lambda::EventSourceMapping': 3,
    });
  });
});

describe('everything denied', () => {
  it.concurrent.for([
    ['ja', 'すべてのサービスの読み取りに失敗しました。errors の各項目を確認してください。'],
    ['en', 'No service could be read. See the entries of errors.'],
  ])('nothing is published, the ledgers are committed: %s', async ([ARV_LANG = '', message], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /^(ec2|rds|s3|lambda):/, does: 'deny' });
    const { code, doc, log } = await place.collect([], { ARV_LANG });
    expect(doc).toMatchObject({ success: false, error_code: 'ALL_SERVICES_FAILED', success_count: 0, total_count: 4 });
    expect([code, doc.error]).toEqual([1, message]);
    expect(doc.results).toEqual({ EC2: null, RDS: null, S3: null, Lambda: null });
    expect(Object.keys(doc.errors)).toEqual(['EC2', 'RDS', 'S3', 'Lambda']);
    const units = { ...readLedger(place), ...readLedger(place, 'global') };
    expect(Object.keys(units).sort()).toEqual(typesOf('EC2', 'RDS', 'S3', 'Lambda').sort());
    for (const unit of Object.values(units)) expect(unit).toMatchObject({ status: 'denied', file: null });
    expect(doc.snapshot).toHaveLength(2);
    expect(log.at(-1)).toMatchObject({ level: 'error', event: 'run.failed', error_code: 'ALL_SERVICES_FAILED' });
  });

  it.concurrent('and accepted: still nothing that was published', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'deny' });
    const { code, doc } = await place.collect(['--services', 'RDS'], { ACCEPTED_GAPS: ACCEPTED_RDS });
    expect([code, doc.success, doc.error_code]).toEqual([1, false, 'ALL_SERVICES_FAILED']);
    expect(readLedger(place)['AWS::RDS::DBInstance']).toMatchObject({ status: 'denied', accepted: true });
  });
});

describe('a service that is absent in the region', () => {
  it.concurrent.for(['EC2', 'RDS', 'Lambda', 'S3'])('%s counts as complete and empty', async (service, test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: `${service.toLowerCase()}:*`, does: 'unsupported' });
    const { code, doc, log } = await place.collect(['--services', service]);
    expect(doc).toMatchObject({ success: true, success_count: 1, errors: {}, results: { [service]: 0 } });
    expect(code).toBe(0);
    const ledger = readLedger(place, service === 'S3' ? 'global' : 'us-east-1');
    for (const type of typesOf(service)) {
      expect(ledger[type]).toMatchObject({ status: 'unsupported', count: 0, file: null, accepted: false });
      expect(doc.resources[type]).toBe(0);
      expect(log).toContainEqual(
        expect.objectContaining({ level: 'warn', event: 'unit.unsupported', resource_type: type }),
      );
    }
    // One call each: it will not be there a moment later.
    expect(place.calls(`${service.toLowerCase()}:*`)).toHaveLength(typesOf(service).length);
  });

  it.concurrent('an opt-in region that is off: refused in clear words', async (test) => {
    const place = await openPlace(test);
    const message = 'The security token included in the request is invalid';
    place.sandbox.fault({
      match: 'sts:*',
      does: { kind: 'error', status: 403, code: 'InvalidClientTokenId', message },
    });
    const { code, doc } = await place.collect(['--region', 'af-south-1'], { ARV_LANG: 'ja' });
    expect([code, doc.error]).toEqual([
      1,
      `AWS認証情報が拒否されました (InvalidClientTokenId: ${message})。アクセスキーと、リージョンがアカウントで有効かを確認してください。`,
    ]);
  });

  it.concurrent('an empty region is complete, with nothing in it', async (test) => {
    const place = await openPlace(test);
    const { code, doc, log } = await place.collect(['--services', 'RDS', 'Lambda', '--region', 'sa-east-1']);
    expect(doc).toMatchObject({ success: true, success_count: 2, results: { RDS: 0, Lambda: 0 }, errors: {} });
    expect(code).toBe(0);
    const ledger = readLedger(place, 'sa-east-1');
    for (const type of typesOf('RDS', 'Lambda')) {
      expect(ledger[type]).toMatchObject({ status: 'complete', count: 0, records: [], error: null });
    }
    expect(manifestNames(place)).toEqual([]);
    expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});
