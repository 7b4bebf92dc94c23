import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { thisProcess } from '../../batch/process/identity.js';
import { parseStorePlace } from '../../batch/store/place.js';
import { openS3Store, type S3Access } from '../../batch/store/s3.js';
import { StoreUnavailable } from '../../batch/store/store.js';
import { storeContract } from '../contract/store-contract.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';

const BUCKET = 'snapshots';

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(`S3 (moto) ${MOTO_MISSING}`, () => {
  let moto: Moto;
  let client: S3Client;

  beforeAll(async () => {
    moto = await startMoto();
    client = new S3Client({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(async () => {
    client.destroy();
    await moto.close();
  });

  const access = (): S3Access => ({
    client: () => client,
    maxRetries: 3,
    pause: async () => {},
    describe: (error) => ({ passing: false, reason: String(error), refused: null }),
  });

  storeContract('S3', async () => {
    const reopen = () => openS3Store(place, access());
    const place = { kind: 's3', bucket: BUCKET, prefix: randomUUID() } as const;
    return { store: await reopen(), reopen };
  });

  test('a bucket that is not there is the store’s fault, with its name', async () => {
    const opening = openS3Store({ kind: 's3', bucket: 'no-such-bucket', prefix: '' }, access());
    await expect(opening).rejects.toThrow(StoreUnavailable);
    await expect(opening).rejects.toThrow(/s3:\/\/no-such-bucket: NoSuchBucket/);
  });

  test('a refused look at an object, whose answer has no body, is told as such', async () => {
    const refusing = createServer((_, response) => void response.writeHead(403).end());
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const { port } = refusing.address() as AddressInfo;
    const refused = new S3Client({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true });
    const looking = new Proxy(client, {
      get: (target, property) =>
        property === 'send'
          ? (command: never) => ((command as object) instanceof HeadObjectCommand ? refused : target).send(command)
          : Reflect.get(target, property),
    });
    const store = await openS3Store(
      { kind: 's3', bucket: BUCKET, prefix: 'refused' },
      { ...access(), client: () => looking },
    );
    await expect(store.version('k')).rejects.toThrow(/s3:\/\/snapshots\/refused\/k: AccessDenied/);
    refused.destroy();
    refusing.close();
  });

  test('a folder with more names than one page', async () => {
    const store = await openS3Store({ kind: 's3', bucket: BUCKET, prefix: 'many' }, access());
    const names = Array.from({ length: 1001 }, (_, index) => String(index).padStart(4, '0'));
    const put = (name: string) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `many/f/${name}`, Body: 'x' }));
    await Promise.all(names.map(put));
    expect(await store.list('f')).toEqual(names);
  });

  /** A store whose first upload breaks: before it reaches S3, or after it went through. */
  async function breakingOnce(prefix: string, when: 'before' | 'after') {
    let broken = false;
    const breaking = new Proxy(client, {
      get(target, property) {
        if (property !== 'send') return Reflect.get(target, property);
        return async (command: unknown) => {
          const first = command instanceof PutObjectCommand && !broken;
          if (first) broken = true;
          if (first && when === 'before') throw new Error('the connection broke');
          const output = await target.send(command as never);
          if (first) throw new Error('the reply was lost');
          return output;
        };
      },
    });
    const describe: S3Access['describe'] = (error) => ({ passing: true, reason: String(error), refused: null });
    return openS3Store({ kind: 's3', bucket: BUCKET, prefix }, { ...access(), client: () => breaking, describe });
  }

  test('an upload whose reply was lost is recognized as one’s own', async () => {
    const store = await breakingOnce(randomUUID(), 'after');
    await store.put('k', bytes('mine'), null);
  });

  test('an upload that broke, and another one was faster: not one’s own', async () => {
    const prefix = randomUUID();
    const store = await breakingOnce(prefix, 'before');
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/k`, Body: 'theirs' }));
    await expect(store.put('k', bytes('mine'), null)).rejects.toThrow(/exists already/);
  });

  test('what a process that is gone left in the temporary folder is swept, and nothing else', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    const owners = [
      thisProcess().replace(/pid=\d+/, `pid=${gone.pid}`),
      thisProcess(),
      'host=elsewhere pid=1 start=1 space=1',
    ];
    const folders = owners.map((owner) => mkdtempSync(join(tmpdir(), `arv-upload-${encodeURIComponent(owner)}~`)));
    for (const folder of folders) writeFileSync(join(folder, 'body'), 'half');
    await openS3Store({ kind: 's3', bucket: BUCKET, prefix: '' }, access());
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, true]);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  test('an upload leaves nothing there, whether it went through or not', async () => {
    const store = await openS3Store({ kind: 's3', bucket: BUCKET, prefix: randomUUID() }, access());
    const mine = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`arv-upload-${encodeURIComponent(thisProcess())}~`));
    const seen: number[] = [];
    const looking = async function* () {
      yield Buffer.from('x');
      seen.push(mine().length);
    };
    await store.put('k', looking(), null);
    await expect(store.put('k', looking(), null)).rejects.toThrow(/exists already/);
    expect([seen, mine()]).toEqual([[1, 1], []]);
  });
});

async function* bytes(text: string) {
  yield Buffer.from(text);
}

test.each([
  ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://my.bucket-1/a/b//c/', { kind: 's3', bucket: 'my.bucket-1', prefix: 'a/b/c' }],
  ['s3://', null],
  ['s3://B', null],
  ['s3://bucket/../x', null],
  ['gs://bucket', null],
  ['s3:/bucket/prefix', null],
  ['s3:bucket/prefix', null],
  ['S3:bucket', null],
  ['./s3:bucket', { kind: 'directory', path: './s3:bucket' }],
  ['./data', { kind: 'directory', path: './data' }],
  ['/s3/data', { kind: 'directory', path: '/s3/data' }],
])('%s', (text, place) => expect(parseStorePlace(text)).toEqual(place));
