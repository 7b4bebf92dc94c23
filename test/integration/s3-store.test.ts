import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { MOTO_MISSING, type Moto, startMoto } from './moto.js';

const BUCKET = 'inventory-store';
const STORE = ['--store', `s3://${BUCKET}/teams/a`];
const DAY = ['--target-date', '2026-01-31', '--backfill'];

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `the store on S3 ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    let s3: S3Client;

    beforeAll(async () => {
      moto = await startMoto();
      s3 = new S3Client({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    });
    afterAll(async () => {
      s3.destroy();
      await moto.close();
    });

    const cwd = temporaryFolder();
    const arv = (...args: string[]) =>
      runProgram(args, {
        cwd,
        env: { ...TEST_ENV, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: moto.url, ARV_LANG: 'en' },
      });
    const keys = async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      return Contents.map(({ Key = '' }) => Key);
    };

    it('is examined by the doctor, who leaves nothing there', async () => {
      const before = await keys();
      const { json } = await arv('doctor', '--services', 'EC2', ...STORE);
      const [check] = json.checks.filter((one: { check: string }) => one.check === 'store');
      expect(check).toMatchObject({
        ...{ status: 'OK', target: `s3://${BUCKET}/teams/a`, detail: expect.stringContaining('written') },
      });
      expect(await keys()).toEqual(before);
      const arn = `arn:aws:s3:::${BUCKET}/*`;
      const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: arn }];
      await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify({ Statement }) }));
      const refused = (await arv('doctor', '--services', 'EC2', ...STORE)).json.checks;
      expect(refused.find((one: { check: string }) => one.check === 'store')).toMatchObject({
        // Moto refuses without a code.
        ...{ status: 'NG', remedy: expect.stringContaining('s3:PutObject') },
      });
      await s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    });

    it('collects, reuses, is listed and verified, and tells what is damaged', async () => {
      const first = await arv('--services', 'EC2', 'S3', ...STORE, ...DAY);
      expect([first.code, first.json.results], first.stderr).toEqual([0, { EC2: 0, S3: 1 }]);
      const manifest = `teams/a/default_tenant/manifests/2026-01-31/${first.json.account_id}/us-east-1/00000000000000000001.json`;
      expect(first.json.snapshot[0]).toBe(`s3://${BUCKET}/${manifest}`);
      expect(await keys()).toContain(manifest);
      // Other hosts are not kept out: said once.
      expect(first.log.filter(({ event }) => event === 'lock.local')).toHaveLength(1);
      expect(readdirSync(cwd)).toEqual(['logs']);
      expect(readdirSync(join(cwd, 'logs'))).toContain('leases');

      const second = await arv('--services', 'EC2', 'S3', ...STORE, ...DAY);
      expect([second.code, second.json.api_calls, second.json.cached]).toEqual([0, 0, ['EC2', 'S3']]);

      const list = await arv('snapshots', 'list', ...STORE, '--endpoint-url', moto.url);
      expect([list.code, list.json.snapshots.length]).toEqual([0, 2]);
      const verify = await arv('snapshots', 'verify', ...STORE);
      expect([verify.code, verify.json.ok, verify.json.damages]).toEqual([0, true, []]);

      const file = (await keys()).find((key) => key.endsWith('.ndjson.gz') && key.includes('VPC/')) ?? '';
      expect((await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: file }))).ContentLength).toBeGreaterThan(20);
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: file, Body: 'damaged' }));
      const damaged = await arv('snapshots', 'verify', ...STORE);
      expect([damaged.code, damaged.json.damages.length]).toEqual([1, 1]);
    });

    it('is asked in SQL and exported, by way of temporary files', async () => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'tmp'));
      symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
      const env = { ...TEST_ENV, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: moto.url, TMPDIR: join(folder, 'tmp') };
      const ask = (...args: string[]) => runProgram([...args, ...STORE], { cwd: folder, env });
      // A day of its own: what another test damaged is not carried over.
      await ask('collect', '--services', 'EC2', '--target-date', '2026-02-01', '--backfill');
      const day = await ask('export', '--format', 'ndjson');
      const records = day.stdout.split('\n').length - 1;
      expect([day.code, records > 0, day.stderr]).toEqual([0, true, '']);
      const { code, json, stderr } = await ask('query', 'SELECT COUNT(*) AS n FROM resources');
      // No lease is taken, and nothing is said of one.
      expect([code, json, readdirSync(env.TMPDIR), stderr]).toEqual([0, [{ n: records }], [], '']);
      rmSync(folder, { recursive: true });
    });

    it('a bucket that is not there: nothing is read', async () => {
      const ran = await arv('--services', 'EC2', '--store', 's3://not-there', ...DAY);
      expect([ran.code, ran.json.error_code]).toEqual([1, 'STORE_UNAVAILABLE']);
      expect(ran.json.error).toMatch(/s3:\/\/not-there: NoSuchBucket/);
      const doctor = await arv('doctor', '--services', 'Lambda', '--store', 's3://not-there');
      const store = doctor.json.checks.find(({ check }: { check: string }) => check === 'store');
      expect([doctor.code, store.status, store.detail]).toEqual([1, 'NG', expect.stringContaining('NoSuchBucket')]);
    });
  },
);
