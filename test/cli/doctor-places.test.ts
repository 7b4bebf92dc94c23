import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { CreateTableCommand, DescribeTableCommand, type KeySchemaElement, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, type TestContext } from 'vitest';
import { openLock, standing } from '../lock/locks.js';
import { clients } from '../sandbox/clients.js';
import type { Fault } from '../sandbox/sandbox.js';
import { examine } from './doctor-checks.js';
import { openPlace, type Place } from './place.js';

const LAMBDA = ['--services', 'Lambda'];
const QUICK = { CALL_TIMEOUT_SECONDS: '0.3', MAX_RETRIES: '1' };
const GET = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';
const OTHER_FILE_SYSTEM = '/dev/shm';

describe('the lease table', () => {
  it.concurrent('readable and writable, and nothing was written', async (test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    const since = place.calls('dynamodb:*').length;
    const { targets, line } = await examine(place, LAMBDA, env);
    expect(targets('NG')).toEqual([]);
    expect(line(GET)).toMatchObject({ check: 'lease', status: 'OK', detail: 'table leases, the lease is free' });
    expect(line(PUT)).toMatchObject({ check: 'lease', status: 'OK' });
    const asked = place.calls('dynamodb:*').slice(since);
    expect(asked.map(({ operation }) => operation)).toEqual([GET, PUT]);
    expect(asked[0]?.params).toMatchObject({ ConsistentRead: true });
    expect(await itemsIn(place)).toBe(0);
  });

  it.concurrent('with a lease that is held: it stays as it is', async (test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    const running = await standing(place, test, 'lambda:ListLayers', { args: LAMBDA, env });
    // A run keeps a log, so what it left is not looked at here.
    const { code, doc } = await place.run(['doctor', '--services', 'RDS'], env);
    expect(code).toBe(0);
    const detail = expect.stringMatching(/a run holds the lease until .*Z: host=\S+ pid=/);
    expect(doc.checks).toContainEqual(expect.objectContaining({ target: GET, status: 'OK', detail }));
    running.open();
    expect((await running.ended).code).toBe(0);
  });

  it.concurrent('that is not there', async (test) => {
    const place = await openPlace(test);
    const { targets, line } = await examine(place, LAMBDA, { LOCK_TABLE_NAME: 'leases' });
    expect(targets('NG')).toEqual([GET]);
    expect(line(GET).detail).toContain('no such table');
    expect(line(GET).remedy).toContain('LOCK_TABLE_NAME');
    expect(line(PUT).status).toBe('SKIP');
    // As a run would end.
    expect((await place.collect(LAMBDA, { LOCK_TABLE_NAME: 'leases' })).doc.error_code).toBe('LOCK_UNAVAILABLE');
  });

  it.concurrent.for<[name: string, key: KeySchemaElement[]]>([
    ['another partition key', [{ AttributeName: 'id', KeyType: 'HASH' }]],
    [
      'a sort key',
      [
        { AttributeName: 'lock_key', KeyType: 'HASH' },
        { AttributeName: 'region', KeyType: 'RANGE' },
      ],
    ],
  ])('with %s', async ([, KeySchema], test) => {
    const place = await openPlace(test);
    await createTable(place, KeySchema);
    const { targets, line } = await examine(place, LAMBDA, { LOCK_TABLE_NAME: 'leases' });
    expect(targets('NG')).toEqual([GET]);
    expect(line(GET).detail).toContain('ValidationException');
    expect(line(GET).remedy).toContain('lock_key');
  });

  it.concurrent.for<[actions: string[]]>([[[GET]], [[PUT]], [[GET, PUT]]])('without %o', async ([denied], test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    for (const match of denied) place.sandbox.fault({ match, does: 'deny' });
    const { targets, line } = await examine(place, LAMBDA, env);
    expect(targets('NG')).toEqual(denied);
    for (const action of denied) expect(line(action).remedy).toContain(`allow ${action} to arn:`);
  });

  it.concurrent.for<[does: Fault, remedy: RegExp]>([
    ['hang', /--call-timeout/],
    ['throttle', /run it again/],
  ])('that does not answer: %o', async ([does, remedy], test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    place.sandbox.fault({ match: 'dynamodb:*', does });
    const { targets, line } = await examine(place, LAMBDA, { ...env, ...QUICK });
    expect([targets('NG'), line(PUT).status]).toEqual([[GET], 'SKIP']);
    expect(line(GET).remedy).toMatch(remedy);
  });

  it.concurrent('is looked for where a run would', async (test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    await examine(place, [...LAMBDA, '--region', 'eu-west-1'], { ...env, AWS_REGION: 'us-west-2' });
    expect(place.calls(GET).map(({ region }) => region)).toEqual(['us-west-2']);
  });
});

describe('lease files', () => {
  it.concurrent('held by a run', async (test) => {
    const place = await openPlace(test);
    const running = await standing(place, test, 'lambda:ListLayers', { args: LAMBDA });
    const { doc } = await place.run(['doctor', '--services', 'RDS']);
    const detail = expect.stringMatching(/^writable, a run holds the lease until .*Z: host=\S+ pid=/);
    expect(doc.checks).toContainEqual(expect.objectContaining({ check: 'lease', status: 'OK', detail }));
    running.open();
    expect((await running.ended).code).toBe(0);
  });

  it.concurrent('that are none, as a run would find', async (test) => {
    const place = await openPlace(test);
    const folder = place.file('data/default_tenant/leases/482915730164/us-east-1');
    mkdirSync(folder, { recursive: true });
    place.file('data/default_tenant/leases/482915730164/us-east-1/00000000000000000001.json', 'no lease');
    const { targets, line } = await examine(place, LAMBDA);
    expect(targets('NG')).toEqual([folder]);
    expect(line('lease').detail).toContain('is no lease');
    expect((await place.collect(LAMBDA)).doc.error_code).toBe('LOCK_UNAVAILABLE');
  });

  it.concurrent('on ECS keep nobody out', async (test) => {
    const place = await openPlace(test);
    const { line, targets } = await examine(place, LAMBDA, { BATCH_RUN_TYPE: 'ecs' });
    expect(targets('NG')).toEqual([expect.stringContaining('leases')]);
    expect(line('lease').remedy).toContain('LOCK_TABLE_NAME');
    expect(line('log')).toMatchObject({ status: 'SKIP', detail: expect.stringContaining('BATCH_RUN_TYPE=ecs') });
  });
});

describe('the store', () => {
  const nothing = () => {};

  // biome-ignore format: a table
  it.concurrent.for<[name: string, store: string, says: RegExp, prepare: (place: Place, test: TestContext) => void]>([
    ['a file in its place', 'taken', /^ENOTDIR/, nothing],
    ['a folder below a file', 'taken/below', /^ENOTDIR/, nothing],
    ['a name that is too long', 'x'.repeat(300), /^ENAMETOOLONG/, nothing],
    ['a link that leads nowhere', 'lost', /^ENOENT/, (place) => symlinkSync('/nonexistent/store', place.file('lost'))],
    ['a file where the units belong', 'data', /^ENOTDIR/, blockUnits],
  ])('%s', async ([, store, says, prepare], test) => {
    const place = await openPlace(test);
    place.file('taken', 'mine');
    prepare(place, test);
    const { line, targets } = await examine(place, [...LAMBDA, '--store', store]);
    expect(targets('NG')).toContain(place.file(store));
    expect(line('store').detail).toMatch(says);
    expect(line('store').remedy).toContain('--store');
    // A run would not get far either.
    expect((await place.collect([...LAMBDA, '--store', store])).code).toBe(1);
  });

  it.skipIf(!existsSync(OTHER_FILE_SYSTEM))('on two file systems', async (test) => {
    const place = await openPlace(test);
    const units = mkdtempSync(`${OTHER_FILE_SYSTEM}/arv-test-`);
    test.onTestFinished(() => rmSync(units, { recursive: true }));
    mkdirSync(place.file('data/default_tenant'), { recursive: true });
    symlinkSync(units, place.file('data/default_tenant/units'));
    const { line, targets } = await examine(place, LAMBDA);
    expect(targets('NG')).toEqual([place.file('data')]);
    expect(line('store')).toMatchObject({
      detail: expect.stringMatching(/^EXDEV/),
      remedy: expect.stringMatching(/hard links/),
    });
    expect(readdirSync(units)).toEqual([]);
    expect((await place.collect(LAMBDA)).code).toBe(1);
  });

  it.concurrent('one that has yet to be made, and one that is in use', async (test) => {
    const place = await openPlace(test);
    const store = ['--store', 'a/b c/日本'];
    const { line } = await examine(place, [...LAMBDA, ...store]);
    expect(line('store')).toMatchObject({ status: 'OK', target: place.file('a/b c/日本') });
    expect(line('store').detail).toMatch(/^writable, exclusive links, \d+\.\d GiB free$/);
    expect((await place.collect([...LAMBDA, ...store])).code).toBe(0);
    expect((await examine(place, [...LAMBDA, ...store])).targets('NG')).toEqual([]);
  });
});

describe('the log', () => {
  it.concurrent.for<[name: string, dir: string, says: RegExp]>([
    ['in a folder that cannot be made', 'taken/logs', /ENOTDIR/],
    ['that is no file', '.', /not a regular file/],
  ])('%s', async ([, dir, says], test) => {
    const place = await openPlace(test);
    place.file('taken', 'mine');
    mkdirSync(place.file('batch_execution.log'));
    const { line, targets } = await examine(place, LAMBDA, { AWS_RESOURCE_VISUALIZER_LOG_DIR: dir });
    expect(targets('NG')).toEqual([line('log').target]);
    expect(line('log').detail).toMatch(says);
    expect(line('log').remedy).toContain('AWS_RESOURCE_VISUALIZER_LOG_DIR');
  });

  it.concurrent('is not written, not even at --log-level debug', async (test) => {
    const place = await openPlace(test);
    const { code, log } = await place.run(['doctor', ...LAMBDA, '--log-level', 'debug']);
    expect(code).toBe(0);
    expect(new Set(log.map(({ event }) => event))).toEqual(new Set(['api.called']));
    expect(place.names()).toEqual([]);
  });

  it.concurrent('by the configuration file', async (test) => {
    const place = await openPlace(test);
    place.file('arv.json', JSON.stringify({ log: { dir: 'elsewhere', filename: 'x.log' }, services: ['Lambda'] }));
    const { line } = await examine(place, ['--config', 'arv.json']);
    expect(line('log').target).toBe(place.file('elsewhere/x.log'));
  });
});

function blockUnits(place: Place): void {
  mkdirSync(place.file('data/default_tenant'), { recursive: true });
  place.file('data/default_tenant/units', 'in the way');
}

async function createTable(place: Place, KeySchema: KeySchemaElement[]): Promise<void> {
  const { dynamodb, destroy } = clients(place.sandbox.url, 'us-east-1');
  const AttributeDefinitions = KeySchema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const }));
  const TableName = 'leases';
  await dynamodb.send(
    new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' }),
  );
  const status = async () => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
  while ((await status()) !== 'ACTIVE');
  destroy();
}

async function itemsIn(place: Place): Promise<number> {
  const { dynamodb, destroy } = clients(place.sandbox.url, 'us-east-1');
  const { Count } = await dynamodb.send(new ScanCommand({ TableName: 'leases' }));
  destroy();
  return Count ?? 0;
}
