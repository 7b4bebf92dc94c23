import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { manifestNames, readLedger } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { PLANTED_SECRETS } from '../sandbox/estate.js';
import { CLUSTERS, listed, makeFail, redrive, typesOf, VOLUMES } from './failing.js';
import type { Front } from './front.js';
import { envOf, openFront } from './queue.js';

const DLQ_QUEUE_URL = 'http://queue.test/123456789012/dead-letters';
/** Takes everything; the answers are not looked at closely. */
const REFUSED = { status: 400, code: 'QueueDoesNotExist' } as const;

describe('a queue that cannot be reached', () => {
  it.concurrent.for<[name: string, behind: Front['behind'], calls: number, reason: RegExp]>([
    ['breaks the connection', 'reset', 2, /ECONNRESET/],
    ['does not answer', 'hang', 2, /CALL_TIMEOUT/],
    ['is not there', REFUSED, 1, /QueueDoesNotExist/],
    ['fails', { status: 500, code: 'InternalFailure' }, 2, /InternalFailure/],
    ['is forbidden', { status: 403, code: 'AccessDeniedException' }, 1, /AccessDeniedException/],
  ])('%s: a warning in log and result, and nothing else is different', async ([, behind, calls, reason], test) => {
    const place = await openPlace(test);
    const front = await openFront(test, place, behind);
    makeFail(place);
    const env = { ...envOf(front), CALL_TIMEOUT_SECONDS: '2' };
    const { code, doc, log } = await place.collect([], { ...env, DLQ_QUEUE_URL });
    expect([code, Object.keys(doc.errors)]).toEqual([3, ['EC2', 'RDS', 'S3']]);
    const message = expect.stringMatching(reason);
    expect(doc.warnings).toEqual([{ resource_type: null, code: 'QUEUE_UNAVAILABLE', message }]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', event: 'queue.unavailable', reason: message }));
    // One call with its retries: a queue that is down is not asked again.
    expect(front.calls.map(({ operation }) => operation)).toEqual(Array(calls).fill('SendMessageBatch'));
    expect(await listed(place)).toHaveLength(3);
    const table = await place.text(['--output', 'table'], { ...env, DLQ_QUEUE_URL });
    expect(table.stdout).toMatch(/^QUEUE_UNAVAILABLE: /m);
  });

  it.concurrent('cannot be worked off: the redrive fails and reads nothing', async (test) => {
    const place = await openPlace(test);
    const front = await openFront(test, place, REFUSED);
    makeFail(place);
    const env = { ...envOf(front), DLQ_QUEUE_URL };
    await place.collect([], env);
    const before = place.calls().length;
    const { code, doc } = await redrive(place, ['--from-queue'], env);
    expect([code, doc.success, doc.error_code]).toEqual([1, false, 'QUEUE_UNAVAILABLE']);
    expect(doc.error).toContain('QueueDoesNotExist');
    expect(place.calls().slice(before)).toMatchObject([{ operation: 'sts:GetCallerIdentity' }]);
    expect(manifestNames(place)).toHaveLength(1);
  });

  it.concurrent('is not asked by a run of which nothing failed, nor by one that was interrupted', async (test) => {
    const place = await openPlace(test);
    const front = await openFront(test, place, 'reset');
    const env = { ...envOf(front), DLQ_QUEUE_URL };
    expect((await place.collect(['--services', 'RDS', 'S3'], env)).code).toBe(0);
    const { buckets } = makeFail(place);
    place.sandbox.fault({ match: 'rds:DescribeDBSnapshots', does: 'hang' });
    const { child, ended } = place.startCollect(['--services', 'RDS', 'S3', '--clear-cache'], env);
    // The buckets' failure is committed by then.
    while (manifestNames(place, 'global').length < 2) await pause(20);
    await place.sandbox.waitFor('rds:DescribeDBSnapshots', 2);
    child.kill('SIGTERM');
    const { code, doc } = await ended;
    expect([code, doc.error_code, doc.warnings]).toEqual([143, 'INTERRUPTED', undefined]);
    expect(front.calls).toEqual([]);
    buckets();
  });

  it.concurrent('a run that reached its deadline sends what is late', async (test) => {
    const place = await openPlace(test);
    const front = await openFront(test, place, REFUSED);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'hang' });
    const env = { ...envOf(front), DLQ_QUEUE_URL };
    const { code, doc } = await place.collect(['--services', 'RDS', '--timeout', '3'], env);
    expect([code, doc.error_code]).toEqual([3, 'TIMED_OUT']);
    const [{ input } = { input: {} }] = front.calls;
    const letters = input.Entries.map(({ MessageBody }: { MessageBody: string }) => JSON.parse(MessageBody));
    expect(typesOf(letters)).toContain(CLUSTERS);
    for (const letter of letters) expect(letter).toMatchObject({ code: 'DEADLINE', status: 'timed_out' });
  });
});

const KEY = 'wJalr+Planted/SecretKey=EXAMPLE0123456789';
const TOKEN = 'IQoJb3JpZ2luX2VjPlanted//////////token+with=signs==';

it.concurrent('no secret is in a message, whole or cut', async (test) => {
  const place = await openPlace(test);
  const front = await openFront(test, place, REFUSED);
  // The message is cut in the middle of the secret; what is left of it must not be there either.
  const said = [`for key ${KEY} with X-Amz-Security-Token: ${TOKEN}`, `${'x'.repeat(990)}${KEY}`];
  for (const [index, match] of ['rds:DescribeDBClusters', 'ec2:DescribeVolumes'].entries()) {
    const message = said[index] ?? '';
    place.sandbox.fault({ match, does: { kind: 'error', status: 400, code: 'InvalidParameterValue', message } });
  }
  const secrets = { AWS_SECRET_ACCESS_KEY: KEY, AWS_SESSION_TOKEN: TOKEN };
  const { code, stdout, stderr } = await place.collect([], { ...envOf(front), ...secrets, DLQ_QUEUE_URL });
  expect(code).toBe(3);
  const sent = JSON.stringify(front.calls);
  expect(sent).toContain('for key ***');
  const list = await place.run(['failures', 'list']);
  expect(typesOf(list.doc.dead_letters)).toEqual([VOLUMES, CLUSTERS].sort());
  const ledger = JSON.stringify(readLedger(place)[VOLUMES]);
  for (const text of [sent, stdout, stderr, list.stdout, ledger]) {
    for (const secret of [KEY, TOKEN, KEY.slice(0, 8), ...PLANTED_SECRETS]) expect(text).not.toContain(secret);
  }
});
