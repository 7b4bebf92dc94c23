import { writeFileSync } from 'node:fs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, type TestContext } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { projectionKey } from '../../batch/core/layout.js';
import { latestManifest } from '../../batch/core/ledger.js';
import { GLOBAL_REGION, type Manifest } from '../../batch/core/model.js';
import { readFooter } from '../../batch/core/parquet-file.js';
import { readUnit } from '../../batch/core/records.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { openS3Store } from '../../batch/store/s3.js';
import type { Store } from '../../batch/store/store.js';
import { typesOf } from '../cli/ledger.js';
import { DAY, type Env, openPlace, type Place, type Ran } from '../cli/place.js';
import { MOTO_MISSING, startMoto } from '../integration/moto.js';
import { LISTS } from '../sandbox/operations.js';
import { startBucketBeside } from './bucket-beside.js';
import { DUCKDB_MISSING, readWithArrow, readWithDuckDb, rowOf } from './readers.js';

const BUCKET = 'inventory-store';
const QUICK = { MAX_RETRIES: '0' };

/** Where the five runs leave what they read, and how a run is told so. */
interface Kept {
  readonly store: Store;
  readonly args: readonly string[];
  readonly env: Env;
}

async function inDirectory(place: Place): Promise<Kept> {
  return { store: await openDirectoryStore(place.file('data')), args: [], env: {} };
}

async function onS3(place: Place, test: TestContext): Promise<Kept> {
  const moto = await startMoto();
  test.onTestFinished(() => moto.close());
  const client = new S3Client({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
  test.onTestFinished(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const both = await startBucketBeside(BUCKET, { store: moto.url, account: place.sandbox.url });
  test.onTestFinished(() => both.close());
  const store = await openS3Store(
    { kind: 's3', bucket: BUCKET, prefix: 'a' },
    {
      client: () => client,
      maxRetries: 0,
      pause: async () => {},
      describe: (error) => ({ passing: false, reason: String(error), refused: null }),
    },
  );
  return { store, args: ['--store', `s3://${BUCKET}/a`], env: { AWS_ENDPOINT_URL: both.url } };
}

/** What stands in the store for a region: the truth, and its Parquet file, which has exactly the records of the units. */
async function look(place: Place, store: Store, region: string): Promise<{ manifest: Manifest; ids: string[] }> {
  const scope = { tenant: 'default_tenant', accountId: place.sandbox.estate.accountId, region };
  const manifest = await latestManifest(store, scope, DAY);
  if (manifest === null) throw new Error(`nothing was committed for ${region}`);
  const records: ResourceRecord[] = [];
  for (const unit of manifest.units) for await (const record of readUnit(store, unit)) records.push(record);
  const key = projectionKey(scope, DAY);
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read(key)) ?? []) chunks.push(chunk);
  const copy = place.file('copy.parquet');
  writeFileSync(copy, Buffer.concat(chunks));
  const rows = records.map(rowOf);
  expect(readWithArrow(copy)).toEqual(rows);
  expect(await readWithDuckDb(copy)).toEqual(rows);
  expect((await readFooter(store, key))?.token).toBe(manifest.fencing_token);
  const ids = records.map((record) => `${record.region} ${record.resource_type} ${record.resource_id}`);
  expect(new Set(ids).size, 'each resource once').toBe(ids.length);
  return { manifest, ids };
}

/** Which run each unit is of, and how it came into this manifest. */
function sources({ units }: Manifest): Record<string, string> {
  return Object.fromEntries(units.map((unit) => [unit.resource_type, `${unit.origin} ${unit.run_id}`]));
}

const all = (types: readonly string[], source: string) => Object.fromEntries(types.map((type) => [type, source]));

async function fiveRuns(test: TestContext, keep: (place: Place, test: TestContext) => Promise<Kept>): Promise<void> {
  const place = await openPlace(test);
  const { store, args, env } = await keep(place, test);
  const run = (...more: string[]): Promise<Ran> => place.collect([...args, ...more], { ...env, ...QUICK });
  const virginia = place.sandbox.estate.regions['us-east-1']?.resources ?? {};
  const [ec2, others, buckets] = [typesOf('EC2'), typesOf('RDS', 'Lambda'), typesOf('S3')];

  const first = await run();
  expect(first.code, first.stderr).toBe(0);
  const one = (await look(place, store, 'us-east-1')).ids;
  expect((await look(place, store, GLOBAL_REGION)).ids.length).toBe(place.sandbox.estate.buckets.length);

  const [instance] = virginia['AWS::EC2::Instance'] ?? [];
  virginia['AWS::EC2::Instance']?.push({ ...structuredClone(instance), InstanceId: 'i-00000000000000001' });
  virginia['AWS::Lambda::Function']?.pop();
  const second = await run('--services', 'EC2', '--clear-cache');
  expect(second.code, second.stderr).toBe(0);
  const two = await look(place, store, 'us-east-1');
  const id = (run: Ran) => run.doc.run_id as string;
  expect(sources(two.manifest)).toEqual({
    ...all(ec2, `fetched ${id(second)}`),
    ...all(others, `carried ${id(first)}`),
  });
  expect(two.ids.filter((name) => !one.includes(name))).toEqual(['us-east-1 AWS::EC2::Instance i-00000000000000001']);
  expect(two.ids.length).toBe(one.length + 1);

  const works = place.sandbox.fault({
    match: /^(ec2|rds|s3|lambda):/,
    does: { kind: 'error', status: 500, code: 'InternalError', message: 'x' },
  });
  const third = await run('--clear-cache');
  expect([third.code, third.doc.success_count], third.stderr).toEqual([3, 0]);
  const three = await look(place, store, 'us-east-1');
  const carried = { ...all(ec2, `carried ${id(second)}`), ...all(others, `carried ${id(first)}`) };
  expect([sources(three.manifest), three.ids]).toEqual([carried, two.ids]);
  expect(three.manifest.units.every(({ error }) => error !== null)).toBe(true);
  works();

  const fourth = await run();
  expect([fourth.code, fourth.doc.api_calls], fourth.stderr).toEqual([0, 0]);
  const four = await look(place, store, 'us-east-1');
  const reused = { ...all(ec2, `reused ${id(second)}`), ...all(others, `reused ${id(first)}`) };
  expect([sources(four.manifest), four.ids]).toEqual([reused, two.ids]);

  // The last one reads all anew, but for one type.
  place.sandbox.fault({ match: 'rds:DescribeDBSnapshots', does: 'deny' });
  const fifth = await run('--clear-cache');
  expect(fifth.code, fifth.stderr).toBe(3);
  const five = await look(place, store, 'us-east-1');
  expect(sources(five.manifest)).toEqual({
    ...all([...ec2, ...others], `fetched ${id(fifth)}`),
    'AWS::RDS::DBSnapshot': `carried ${id(first)}`,
  });
  expect(two.ids.filter((name) => !five.ids.includes(name))).toEqual([
    expect.stringContaining('AWS::Lambda::Function'),
  ]);
  const shared = await look(place, store, GLOBAL_REGION);
  expect(sources(shared.manifest)).toEqual(all(buckets, `fetched ${id(fifth)}`));
  const types = [...five.manifest.units, ...shared.manifest.units].map(({ resource_type }) => resource_type);
  expect(types.sort()).toEqual(LISTS.map(({ type }) => type).sort());
}

describe.skipIf(DUCKDB_MISSING !== '' && process.env.ARV_REQUIRE_DUCKDB === undefined)(
  `a day of five runs: all, EC2 alone, one that failed, one that reused, all again ${DUCKDB_MISSING}`,
  () => {
    it('in a directory', (test) => fiveRuns(test, inDirectory));
    it.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(`on S3 ${MOTO_MISSING}`, (test) =>
      fiveRuns(test, onS3),
    );
  },
);
