import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Collected, collected } from './collected.js';
import { CREDENTIALS, collect, ENDPOINTS, type Endpoint } from './endpoints.js';
import { BOTO3_MISSING, listEstate } from './listing.js';
import { TYPES, TYPES_BY_SERVICE } from './resource-types.js';
import { contentOf, filesBelow, type ManifestFile, manifestSchema, type Rec, recordSchema } from './snapshot.js';

test.runIf(process.env.ARV_REQUIRE_MOTO === '1')('moto and boto3 are here, as ARV_REQUIRE_MOTO asks', () => {
  expect(ENDPOINTS.flatMap(({ missing }) => missing || [])).toEqual([]);
  expect(BOTO3_MISSING).toBe('');
});

if (BOTO3_MISSING !== '') console.warn(`the sandbox is compared with its estate alone: ${BOTO3_MISSING}`);
const reader = BOTO3_MISSING === '' ? 'boto3' : `its estate alone: ${BOTO3_MISSING}`;
for (const endpoint of ENDPOINTS) {
  const { name, region, missing } = endpoint;
  const title = missing === '' ? `compared with ${reader}` : `skipped: ${missing}`;
  // Said aloud: the name of a suite that is skipped is not printed.
  if (missing !== '') console.warn(`${name}: ${title}`);
  describe.skipIf(missing !== '')(`${name}, ${region} (${title})`, () => {
    const given = collected(endpoint);
    testResult(endpoint, given);
    testResources(endpoint, given);
    testFiles(endpoint, given);
    testSecrets(endpoint, given);
    test('a second run inside the TTL reuses all of it', async () => {
      const { end, cwd } = given();
      const again = await collect(given().endpoint.url, region, cwd);
      const { resources, results, services } = end.json;
      expect(again.json).toMatchObject({ success: true, api_calls: 0, cached: services, resources, results });
    });
  });
}

function testResult({ region, atLeast }: Endpoint, given: () => Collected): void {
  test('ends with exit code 0 and one document on stdout', () => {
    const { end } = given();
    const problems = end.log.filter((line) => line.level !== 'debug' && line.level !== 'info');
    expect({ code: end.code, problems }).toEqual({ code: 0, problems: [] });
    expect(end.stdout).toMatch(/^\{.*\}\n$/);
    const head = { success: true, services: ['EC2', 'RDS', 'S3', 'Lambda'], region, success_count: 4, total_count: 4 };
    expect(end.json).toMatchObject({ ...head, errors: {}, warnings: [], cached: [], tenant: 'default_tenant' });
    expect(end.json).not.toHaveProperty('error');
  });

  test('counts what is there, by resource type and by service', () => {
    const { end, recordsOf } = given();
    const counts = Object.fromEntries(TYPES.map((type) => [type, recordsOf(type).length]));
    expect(end.json.resources).toEqual(counts);
    const principal = Object.entries(TYPES_BY_SERVICE).map(([service, [first = '']]) => [service, counts[first]]);
    expect(end.json.results).toEqual(Object.fromEntries(principal));
    expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(atLeast);
  });
}

function testResources({ region }: Endpoint, given: () => Collected): void {
  test.skipIf(BOTO3_MISSING !== '').each(TYPES)('%s: as boto3 lists it', (type) => {
    const { listing, recordsOf } = given();
    const expected = listing?.[type] ?? [];
    expect(ids(recordsOf(type))).toEqual(expected.map(({ id }) => id).sort());
    const records = new Map(recordsOf(type).map((record) => [record.resource_id, record]));
    for (const listed of expected) {
      const record = records.get(listed.id);
      const told = { name: listed.name, tags: listed.tags, created_at: timeOf(listed.created_at) };
      expect(record).toEqual(expect.objectContaining(agreeing(told, record)));
      if (listed.arn) expect(record?.arn).toBe(listed.arn);
      if (listed.region) expect(record?.region).toBe(listed.region);
      expect(record?.properties).toEqual(agreeing(listed.item, record?.properties));
    }
  });

  test('has the ids and tags of the estate', ({ skip }) => {
    const { endpoint, recordsOf } = given();
    if (endpoint.estate === undefined) return skip('not a sandbox');
    const tagsOf = (type: string) => recordsOf(type).map((record) => [record.resource_id, record.tags]);
    const found = Object.fromEntries(TYPES.map((type) => [type, Object.fromEntries(tagsOf(type))]));
    expect(found).toEqual(listEstate(endpoint.estate, region));
  });

  test('each record has all fields, is there once and says what it belongs to', () => {
    const { files, end } = given();
    for (const [type, { records }] of files) {
      const keys = records.map((record) => `${record.account_id} ${record.region} ${record.resource_id}`);
      expect(new Set(keys).size, type).toBe(records.length);
      for (const record of records) {
        expect(recordSchema.parse(record)).toMatchObject(belonging(type, region, end.json, record));
        expect(Object.keys(record.tags)).toEqual(Object.keys(record.tags).sort());
        expect(record.arn).toMatch(arnForm(type, record));
      }
    }
  });
}

function testFiles({ region }: Endpoint, given: () => Collected): void {
  test('the ledger has each type once, and what it and the seals say is true of the files', () => {
    const { manifests, files, end, store } = given();
    expect(manifests.map((manifest) => manifest.region).sort()).toEqual([region, 'global'].sort());
    expect(manifests.flatMap(({ units }) => units.map((unit) => unit.resource_type)).sort()).toEqual([...TYPES].sort());
    for (const manifest of manifests) {
      for (const unit of manifestSchema.parse(manifest).units) {
        const { count, bytes, sha256 } = files.get(unit.resource_type) ?? {};
        expect(unit).toMatchObject({ origin: 'fetched', run_id: end.json.run_id, count, bytes, sha256 });
        expect(unit.file).toMatch(unitPath(manifest, unit.resource_type));
        const seal = JSON.parse(contentOf(join(store, sealOf(unit.file))));
        const { started_at, finished_at, status, unread } = unit;
        expect(seal).toMatchObject({ count, bytes, sha256, started_at, finished_at, status, unread });
      }
    }
  });

  test('what the ledger names is there with its seal, and nothing half written', () => {
    const { manifests, end, store } = given();
    const units = manifests.flatMap(({ units }) => units.flatMap(({ file }) => [file, sealOf(file)]));
    const ledgers = (end.json.snapshot as string[]).map((path) => relative(store, path));
    const paths = filesBelow(store);
    expect(paths).toEqual(expect.arrayContaining([...units, ...ledgers]));
    expect(paths.filter((path) => path.startsWith('.tmp'))).toEqual([]);
  });
}

function testSecrets({ secrets }: Endpoint, given: () => Collected): void {
  test('no secret is in store, stdout, stderr or log file', () => {
    const { cwd, end } = given();
    const paths = filesBelow(cwd);
    expect(paths).toContain(join('logs', 'batch_execution.log'));
    const all = [...paths.map((path) => contentOf(join(cwd, path))), end.stdout, end.stderr].join('\n');
    // What is looked through is what this run wrote.
    expect(all).toContain(end.json.run_id);
    for (const secret of [...secrets, ...Object.values(CREDENTIALS)]) expect(all).not.toContain(secret);
  });
}

function ids(records: readonly Rec[]): string[] {
  return records.map((record) => record.resource_id).sort();
}

function timeOf(time: string | null | undefined): string | null {
  return time ? new Date(time).toISOString() : null;
}

/** They move on with the clock, between two readers too. */
const MOVING: readonly string[] = ['EarliestRestorableTime', 'LatestRestorableTime'];
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * `expected` with the times of `actual` where they are the same: of moto's microseconds one reader rounds the
 * milliseconds, the other cuts them off.
 */
function agreeing(expected: unknown, actual: unknown, key = ''): unknown {
  if (typeof expected === 'string' && typeof actual === 'string') {
    const times = TIME.test(expected) && TIME.test(actual);
    const same = times && (MOVING.includes(key) || Math.abs(Date.parse(expected) - Date.parse(actual)) <= 1);
    return same ? actual : expected;
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const other = (actual ?? {}) as Record<string, unknown>;
  const entries = Object.entries(expected).map(([name, value]) => [name, agreeing(value, other[name], name)] as const);
  return Array.isArray(expected) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

const sealOf = (file: string) => file.replace('.ndjson.gz', '.json');

type Belonging = Pick<Rec, 'account_id' | 'run_id' | 'tenant'>;

function belonging(type: string, region: string, { account_id, run_id, tenant }: Belonging, record: Rec) {
  const service = type.split('::')[1];
  const place = type === 'AWS::S3::Bucket' ? record.region : region;
  return { account_id, run_id, tenant, service, region: place, resource_type: type };
}

/** An ARN of the resource's own service and region; of some types without account, of buckets without either. */
function arnForm(type: string, { region, account_id, resource_id }: Rec): RegExp {
  if (type === 'AWS::S3::Bucket') return new RegExp(`^arn:aws:s3:::${resource_id}$`);
  const service = type.split('::')[1]?.toLowerCase();
  const owner = ['AWS::EC2::Snapshot', 'AWS::EC2::Image'].includes(type) ? '' : account_id;
  return new RegExp(`^arn:aws:${service}:${region}:${owner}:[a-z-]+[:/].+`);
}

function unitPath({ tenant, date, account_id, region }: ManifestFile, type: string): RegExp {
  const folder = `${tenant}/units/${date}/${account_id}/${region}/${type.replaceAll('::', '-')}/`;
  return new RegExp(`^${folder}[\\w-]+\\.ndjson\\.gz$`);
}
