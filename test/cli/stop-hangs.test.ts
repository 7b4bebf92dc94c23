import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { openLock } from '../lock/locks.js';
import { expectFree, stop, TO_END_MS } from '../lock/stops.js';
import type { FaultRule } from '../sandbox/faults.js';
import { manifestNames, scopeFolder } from './ledger.js';
import { type Env, openPlace, type Place, type Ran, type Running } from './place.js';

const ALL = ['--services', 'RDS', 'S3', 'Lambda'];
const TABLE = 'dynamodb:*';

function expectInterrupted(ran: Ran | null, tookMs: number, code = 143, how: 'orderly' | 'left' = 'orderly'): void {
  expect([ran?.code, ran?.doc.error_code], ran?.stderr).toEqual([code, 'INTERRUPTED']);
  expect(ran?.log.at(-1)).toMatchObject({ event: 'run.failed', exit_code: code, run_id: ran?.doc.run_id });
  expect(tookMs, ran?.stderr).toBeLessThan(TO_END_MS);
  // Whether the run itself came to its end; one that had to be left does not know for how long it went on.
  expect(Object.hasOwn(ran?.doc, 'duration_ms'), ran?.stdout).toBe(how === 'orderly');
}

// biome-ignore format: a table
describe('told to end while an endpoint hangs', () => {
  // Side by side: nearly all of it is waiting.
  it.concurrent.for<[name: string, fault: FaultRule, env?: Env]>([
    ['STS', { match: 'sts:*', does: 'hang' }],
    ['STS, before it is tried again', { match: 'sts:*', does: 'throttle' }, { INITIAL_RETRY_DELAY: '3600' }],
    ['a list', { match: 'rds:DescribeDBClusters', does: 'hang' }],
    ['a list, before it is tried again', { match: 'rds:DescribeDBClusters', does: 'throttle' }, { INITIAL_RETRY_DELAY: '3600' }],
    ['a detail', { match: 's3:GetBucketVersioning', does: 'hang' }],
    ['a detail of another service', { match: 'lambda:ListTags', does: 'hang' }],
    // Of the lease: read, claim, then of the account's lease the same, the check before a commit.
    ['the lease, at its first read', { match: TABLE, does: 'hang' }],
    ['the lease, at the claim', { match: TABLE, skip: 1, does: 'hang' }],
    ['the lease, at the second one', { match: TABLE, skip: 2, does: 'hang' }],
    ['the lease, at the second claim', { match: TABLE, skip: 3, does: 'hang' }],
    ['the lease, from the first commit on', { match: TABLE, skip: 4, does: 'hang' }],
    ['every service at once', { match: /^(?!sts)/, does: 'hang' }],
  ])('%s', async ([, fault, env = {}], test) => {
    const place = await openPlace(test);
    place.sandbox.estate.buckets.splice(2);
    const lock = fault.match === TABLE ? await openLock(place, 'DynamoDB') : {};
    const before = place.calls(TABLE).length;
    const repair = place.sandbox.fault(fault);
    const running = place.startCollect(ALL, { ...lock, ...env });
    const { match } = fault;
    // STS and the first call of each service.
    if (match instanceof RegExp) await place.sandbox.waitFor('*', 4);
    else await place.sandbox.waitFor(match, match === TABLE ? before + (fault.skip ?? 0) + 1 : 1);
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expectInterrupted(ran, tookMs);
    repair();
    if (match !== TABLE) await expectFree(place, lock);
    // On the same host, the next run knows that the owner of whatever was not given back is gone.
    expect((await place.collect(ALL, lock)).code).toBe(0);
  });

  it.concurrent('the lease, after the deadline of the run', async (test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    const before = place.calls(TABLE).length;
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    place.sandbox.fault({ match: TABLE, skip: 2, does: 'hang' });
    const running = place.startCollect(['--services', 'RDS', '--timeout', '4'], env);
    // What is complete is to be committed.
    await place.sandbox.waitFor(TABLE, before + 3);
    const { ran, tookMs } = await stop(running, 'SIGINT');
    expectInterrupted(ran, tookMs, 130);
    expect(manifestNames(place)).toEqual([]);
  });

  it.concurrent('the lease, which another command asks for', async (test) => {
    const place = await openPlace(test);
    const env = await openLock(place, 'DynamoDB');
    place.sandbox.fault({ match: 'dynamodb:GetItem', does: 'hang' });
    const running = place.start(['lock', 'status'], env);
    await place.sandbox.waitFor('dynamodb:GetItem');
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expect([ran?.code, ran?.doc.error_code], ran?.stderr).toEqual([143, 'INTERRUPTED']);
    expect(tookMs).toBeLessThan(TO_END_MS);
  });

  it.concurrent('the credentials, before there is a call', async (test) => {
    const place = await openPlace(test);
    place.file('asks', 'touch asked; exec sleep 15');
    const config = place.file('config', '[profile slow]\ncredential_process = sh asks\n');
    const env = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'slow', AWS_ACCESS_KEY_ID: undefined };
    const running = place.startCollect(['--services', 'RDS'], env);
    while (!place.has('asked')) await pause(10);
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expectInterrupted(ran, tookMs);
    expect(place.calls()).toEqual([]);
  });

  it.concurrent('the metadata of the ECS task, before anything else', async (test) => {
    const place = await openPlace(test);
    const server = createServer().listen(0, '127.0.0.1');
    const asked = once(server, 'request');
    test.onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/x`;
    const running = place.startCollect(['--services', 'RDS'], { ECS_CONTAINER_METADATA_URI_V4: uri });
    await asked;
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expectInterrupted(ran, tookMs);
    expect(place.calls()).toEqual([]);
  });
});

/** The first file that is to be linked never is. */
const HANGING_LINK = `
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  fs.link = () => new Promise(() => { process.stderr.write('{"event":"linking","level":"info","message":"-","timestamp":"Z"}\\n'); });
  syncBuiltinESMExports();`;

/** No file is ever on the disk. */
const HANGING_SYNC = `
  import { open } from 'node:fs/promises';
  const handle = await open('/dev/null');
  Object.getPrototypeOf(handle).sync = () => new Promise(() => { process.stderr.write('{"event":"syncing","level":"info","message":"-","timestamp":"Z"}\\n'); });
  await handle.close();`;

function preloading(code: string): string[] {
  return ['--import', `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`];
}

async function standing({ child }: Running, where: string): Promise<void> {
  let stderr = '';
  child.stderr?.on('data', (text: string) => {
    stderr += text;
  });
  while (!stderr.includes(where)) await pause(10);
}

async function startLinking(test: TestContext): Promise<Running & { readonly place: Place }> {
  const place = await openPlace(test);
  const env = await openLock(place, 'DynamoDB');
  const running = place.startCollect(['--services', 'RDS'], env, preloading(HANGING_LINK));
  await standing(running, 'linking');
  expect(readdirSync(place.file('data/.tmp'))).toHaveLength(1);
  return { ...running, place };
}

describe('told to end while a file system hangs', () => {
  it.concurrent('and cannot be left: of what the run was doing only a temporary file goes', async (test) => {
    const { place, ...running } = await startLinking(test);
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expectInterrupted(ran, tookMs, 143, 'left');
    expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  });

  it.concurrent('while the store is opened: nobody waits for the disk, and nothing stays there', async (test) => {
    const place = await openPlace(test);
    const running = place.startCollect(['--services', 'RDS'], {}, preloading(HANGING_SYNC));
    await standing(running, 'syncing');
    expect(readdirSync(place.file('data/.tmp'))).toHaveLength(1);
    const { ran, tookMs } = await stop(running, 'SIGTERM');
    expectInterrupted(ran, tookMs);
    expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  });

  it.concurrent.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('twice: the second signal (%s) ends it at once, with a document', async ([second, code], test) => {
    const running = await startLinking(test);
    running.child.kill('SIGTERM');
    await pause(300);
    const { ran, tookMs } = await stop(running, second);
    expectInterrupted(ran, tookMs, code, 'left');
    // Unasked it would be left after 3.5 seconds.
    expect(tookMs).toBeLessThan(2_500);
  });

  it.concurrent('a document is written, and the exit waits for no thread', async (test) => {
    const place = await openPlace(test);
    const folder = scopeFolder(place, 'manifests', 'us-east-1');
    mkdirSync(folder, { recursive: true });
    // A pipe that nobody writes to: who opens it to read stands still, as on a network disk without its server.
    execFileSync('mkfifo', [join(folder, '00000000000000000001.json')]);
    const running = place.startCollect(['--services', 'RDS']);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      running.child[name]?.on('data', (text: string) => {
        texts[name] += text;
      });
    }
    while (!texts.stderr.includes('run.identified')) await pause(10);
    await pause(300);
    const { tookMs } = await stop(running, 'SIGTERM');
    expect(tookMs).toBeLessThan(TO_END_MS);
    expect(JSON.parse(texts.stdout)).toMatchObject({ success: false, error_code: 'INTERRUPTED' });
    expect(texts.stderr).toMatch(/run\.failed[^\n]*\n$/);
    // Which of the two depends on Node's version; to a shell both are 143.
    expect(running.child.exitCode ?? running.child.signalCode).toBeOneOf([143, 'SIGTERM']);
  });
});
