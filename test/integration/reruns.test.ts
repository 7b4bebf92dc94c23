import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProgramEnd, temporaryFolder } from '../program.js';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { collect } from './endpoints.js';
import { TYPES_BY_SERVICE } from './resource-types.js';
import { contentOf, type ManifestFile, readUnitFile } from './snapshot.js';

const REGION = 'us-east-1';
let cwd: string;
let sandbox: Sandbox;
let first: ProgramEnd;
let firstCalls: readonly string[];

/** One run, and what it asked of the account. */
async function run(...more: string[]): Promise<{ readonly end: ProgramEnd; readonly calls: readonly string[] }> {
  const before = sandbox.calls.length;
  const end = await collect(sandbox.url, REGION, cwd, ...more);
  const calls = sandbox.calls.slice(before).map(({ operation, resource = '' }) => `${operation} ${resource}`.trim());
  return { end, calls: calls.sort() };
}

beforeAll(async () => {
  cwd = temporaryFolder();
  sandbox = await startSandbox();
  ({ end: first, calls: firstCalls } = await run());
});
afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true });
});

const ledger = (end: ProgramEnd): ManifestFile[] =>
  (end.json.snapshot as string[]).map((path) => JSON.parse(contentOf(path)));
const units = (end: ProgramEnd) => ledger(end).flatMap((manifest) => manifest.units);
const origins = (end: ProgramEnd) => Object.fromEntries(units(end).map((unit) => [unit.resource_type, unit.origin]));
const hashes = (end: ProgramEnd) =>
  units(end)
    .flatMap(({ file }) => readUnitFile(join(cwd, 'data', file)).records)
    .map((record) => `${record.resource_type} ${record.resource_id} ${record.content_hash}`)
    .sort();

test('the result counts the calls that arrived', () => {
  const sent = firstCalls.filter((call) => call !== 'sts:GetCallerIdentity');
  expect(first.json.api_calls).toBe(sent.length);
  expect(units(first).reduce((sum, unit) => sum + unit.api_calls, 0)).toBe(sent.length);
  // Nothing is asked twice.
  expect(new Set(sent).size).toBe(sent.length);
});

test('a second run inside the TTL calls nothing but STS', async () => {
  const { end, calls } = await run();
  expect(calls).toEqual(['sts:GetCallerIdentity']);
  expect(end.code).toBe(0);
  const { services, resources, results } = first.json;
  expect(end.json).toMatchObject({ success_count: 4, cached: services, api_calls: 0, resources, results, errors: {} });
  expect(new Set(Object.values(origins(end)))).toEqual(new Set(['reused']));
});

test('--clear-cache calls everything again and writes new files', async () => {
  const { end, calls } = await run('--clear-cache');
  expect(calls).toEqual(firstCalls);
  expect(end.code).toBe(0);
  const { resources, results, api_calls } = first.json;
  expect(end.json).toMatchObject({ success_count: 4, cached: [], api_calls, resources, results, errors: {} });
  expect(new Set(Object.values(origins(end)))).toEqual(new Set(['fetched']));
  for (const unit of units(end)) expect(unit.run_id).toBe(end.json.run_id);
  // Nothing has changed, and the hashes say so.
  expect(hashes(end)).toEqual(hashes(first));
});

test('--services EC2 carries the other units over into the new manifest', async () => {
  const { end, calls } = await run('--services', 'EC2', '--clear-cache');
  expect(calls).toEqual(firstCalls.filter((call) => /^(ec2|sts):/.test(call)));
  expect(end.code).toBe(0);
  expect(end.json).toMatchObject({ services: ['EC2'], results: { EC2: first.json.results.EC2 }, total_count: 1 });
  const [manifest, ...others] = ledger(end);
  expect(others).toEqual([]);
  const before = ledger(first).find((one) => one.region === REGION);
  expect(manifest?.region).toBe(REGION);
  expect(manifest?.fencing_token).toBeGreaterThan(before?.fencing_token ?? Infinity);
  const { EC2 = [], RDS = [], Lambda = [] } = TYPES_BY_SERVICE;
  expect(origins(end)).toEqual({
    ...Object.fromEntries(EC2.map((type) => [type, 'fetched'])),
    ...Object.fromEntries([...RDS, ...Lambda].map((type) => [type, 'carried'])),
  });
});

test('--services S3 leaves the manifest of the region alone', async () => {
  const { end, calls } = await run('--services', 'S3', '--clear-cache');
  expect(calls).toEqual(firstCalls.filter((call) => /^(s3|sts):/.test(call)));
  expect(end.json).toMatchObject({ results: { S3: first.json.results.S3 }, total_count: 1 });
  expect(ledger(end).map((manifest) => manifest.region)).toEqual(['global']);
});
