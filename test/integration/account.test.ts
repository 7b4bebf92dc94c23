import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProgramEnd, temporaryFolder } from '../program.js';
import { CREDENTIALS, collect, ENDPOINTS, type Endpoint, type OpenEndpoint } from './endpoints.js';
import { BOTO3_MISSING, type Listing, listEstate, listWithBoto3 } from './listing.js';
import { TYPES, TYPES_BY_SERVICE } from './resource-types.js';
import {
  contentOf,
  filesBelow,
  type ManifestFile,
  type Rec,
  readManifest,
  readUnitFile,
  recordSchema,
  type UnitFile,
} from './snapshot.js';

test.runIf(process.env.ARV_REQUIRE_MOTO === '1')('moto and boto3 are here, as ARV_REQUIRE_MOTO asks', () => {
  expect(ENDPOINTS.flatMap(({ missing }) => missing || [])).toEqual([]);
  expect(BOTO3_MISSING).toBe('');
});

const reader = BOTO3_MISSING === '' ? 'boto3' : `its estate alone (${BOTO3_MISSING})`;
for (const endpoint of ENDPOINTS) {
  const { name, region, missing } = endpoint;
  const title = missing === '' ? `compared with ${reader}` : `(skipped: ${missing})`;
  describe.skipIf(missing !== '')(`${name}, ${region}, ${title}`, () => compareAccount(endpoint));
}

function compareAccount({ region, atLeast, secrets, open }: Endpoint): void {
  const cwd = temporaryFolder();
  const store = join(cwd, 'data');
  let endpoint: OpenEndpoint;
  let listing: Listing | null = null;
  let end: ProgramEnd;
  const manifests = () => (end.json.snapshot as string[]).map(readManifest);
  const units = () => manifests().flatMap((manifest) => manifest.units.map((unit) => ({ manifest, unit })));
  const files = () =>
    new Map(units().map(({ unit }) => [unit.resource_type, readUnitFile(join(store, unit.file))] as const));
  let unitFiles: ReadonlyMap<string, UnitFile>;
  const recordsOf = (type: string) => unitFiles.get(type)?.records ?? [];

  beforeAll(async () => {
    endpoint = await open();
    if (BOTO3_MISSING === '') listing = await listWithBoto3(endpoint.url, region);
    end = await collect(endpoint.url, region, cwd);
    unitFiles = files();
  });
  afterAll(async () => {
    await endpoint?.close();
    rmSync(cwd, { recursive: true });
  });

  test('ends with exit code 0 and one document on stdout', () => {
    const errors = end.log.filter((line) => line.level !== 'debug' && line.level !== 'info');
    expect({ code: end.code, errors }).toEqual({ code: 0, errors: [] });
    expect(end.stdout).toMatch(/^\{.*\}\n$/);
    const head = { success: true, services: ['EC2', 'RDS', 'S3', 'Lambda'], region, success_count: 4, total_count: 4 };
    expect(end.json).toMatchObject({ ...head, errors: {}, warnings: [], cached: [], tenant: 'default_tenant' });
    expect(end.json).not.toHaveProperty('error');
  });

  test('counts what is there, by resource type and by service', () => {
    const counts = Object.fromEntries(TYPES.map((type) => [type, recordsOf(type).length]));
    expect(end.json.resources).toEqual(counts);
    const principal = Object.entries(TYPES_BY_SERVICE).map(([service, [first = '']]) => [service, counts[first]]);
    expect(end.json.results).toEqual(Object.fromEntries(principal));
    expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(atLeast);
  });

  test.skipIf(BOTO3_MISSING !== '').each(TYPES)('%s: as boto3 lists it', (type) => {
    const expected = listing?.[type] ?? [];
    expect(ids(recordsOf(type))).toEqual(expected.map(({ id }) => id).sort());
    const records = new Map(recordsOf(type).map((record) => [record.resource_id, record]));
    for (const listed of expected) {
      const record = records.get(listed.id);
      expect(record).toMatchObject({ name: listed.name, created_at: timeOf(listed.created_at) });
      expect(record?.tags).toEqual(listed.tags);
      if (listed.arn) expect(record?.arn).toBe(listed.arn);
      if (listed.region) expect(record?.region).toBe(listed.region);
      expect(record?.properties).toEqual(listed.item);
    }
  });

  test('has the ids and tags of the estate', ({ skip }) => {
    if (endpoint.estate === undefined) skip('not a sandbox');
    const collected = TYPES.map((type) => [type, recordsOf(type).map((record) => [record.resource_id, record.tags])]);
    const maps = collected.map(([type, pairs]) => [type, Object.fromEntries(pairs as [string, object][])]);
    expect(Object.fromEntries(maps)).toEqual(listEstate(endpoint.estate, region));
  });

  test('each record has all fields and says what it belongs to', () => {
    for (const [type, { records }] of unitFiles) {
      expect(new Set(records.map((record) => `${record.region} ${record.resource_id}`)).size, type).toBe(
        records.length,
      );
      for (const record of records) {
        expect(recordSchema.parse(record)).toMatchObject(belonging(type, region, end, record));
        expect(Object.keys(record.tags)).toEqual(Object.keys(record.tags).sort());
        expect(record.arn).toMatch(arnForm(type, record, end.json.account_id));
      }
    }
  });

  test('seals and ledger agree with the files', () => {
    for (const { manifest, unit } of units()) {
      const file = unitFiles.get(unit.resource_type);
      const { count, bytes, sha256 } = file ?? {};
      expect(unit).toMatchObject({ origin: 'fetched', run_id: end.json.run_id, count, bytes, sha256 });
      expect(unit.file).toBe(unitPath(manifest, unit.resource_type));
      const seal = JSON.parse(contentOf(join(store, unit.file.replace('.ndjson.gz', '.json'))));
      const { started_at, finished_at, status, unread } = unit;
      expect(seal).toMatchObject({ count, bytes, sha256, started_at, finished_at, status, unread });
    }
  });

  test('every file of the store is one that the ledger names, or its seal', () => {
    expect(manifests().map((manifest) => manifest.region)).toEqual([region, 'global']);
    const types = units().map(({ unit }) => unit.resource_type);
    expect(types.sort()).toEqual([...TYPES].sort());
    const named = units().flatMap(({ unit }) => [unit.file, unit.file.replace('.ndjson.gz', '.json')]);
    const ledgers = (end.json.snapshot as string[]).map((path) => relative(store, path));
    expect(filesBelow(store)).toEqual([...named, ...ledgers].sort());
  });

  test('no secret is in store, stdout, stderr or log file', () => {
    const written = filesBelow(cwd).map((path) => contentOf(join(cwd, path)));
    expect(written.join('')).toContain(end.json.run_id);
    expect(filesBelow(cwd)).toContain(join('logs', 'batch_execution.log'));
    const all = [...written, end.stdout, end.stderr].join('\n');
    for (const secret of [...secrets, ...Object.values(CREDENTIALS)]) expect(all).not.toContain(secret);
  });

  test('a second run inside the TTL reuses all of it', async () => {
    const again = await collect(endpoint.url, region, cwd, '--store', store);
    const { resources, results, services } = end.json;
    expect(again.json).toMatchObject({ success: true, api_calls: 0, cached: services, resources, results });
  });
}

function ids(records: readonly Rec[]): string[] {
  return records.map((record) => record.resource_id).sort();
}

function timeOf(time: string | null | undefined): string | null {
  return time ? new Date(time).toISOString() : null;
}

function belonging(type: string, region: string, end: ProgramEnd, record: Rec) {
  const { account_id, run_id, tenant } = end.json;
  const service = type.split('::')[1];
  const place = type === 'AWS::S3::Bucket' ? record.region : region;
  return { account_id, run_id, tenant, service, region: place, resource_type: type };
}

/** An ARN of the resource's own service and region; of some types without account, of buckets without either. */
function arnForm(type: string, record: Rec, account: string): RegExp {
  if (type === 'AWS::S3::Bucket') return new RegExp(`^arn:aws:s3:::${record.resource_id}$`);
  const service = type.split('::')[1]?.toLowerCase();
  const owner = ['AWS::EC2::Snapshot', 'AWS::EC2::Image'].includes(type) ? '' : account;
  return new RegExp(`^arn:aws:${service}:${record.region}:${owner}:[a-z-]+[:/].+`);
}

function unitPath({ tenant, date, account_id, region }: ManifestFile, type: string): unknown {
  const folder = `${tenant}/units/${date}/${account_id}/${region}/${type.replaceAll('::', '-')}/`;
  return expect.stringMatching(new RegExp(`^${folder}[\\w-]+\\.ndjson\\.gz$`));
}
