import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { expectWhole, manifestNames, readLedger, scopeFolder, typesOf } from '../cli/ledger.js';
import { openPlace, type Place, type Ran, type Running } from '../cli/place.js';
import { collectHere } from './here.js';
import { gate, LOCKS, openLock, standing, tokensOf, untilLetIn } from './locks.js';

const BOTH = ['--services', 'RDS', 'Lambda', '--clear-cache'];
const SHORT = { LOCK_LEASE_SECONDS: '2' };
const LONG = { LOCK_LEASE_SECONDS: '600' };
const LOST =
  /^The lock was lost during the run: (.+)\. The snapshot of this run does not count\. If another run took over, look at that one; otherwise run again\.$/;

function expectLost(ran: Ran): void {
  expect(ran.doc, ran.stderr).toMatchObject({ success: false, error_code: 'LOCK_LOST' });
  expect([ran.code, ran.doc.snapshot]).toEqual([1, undefined]);
  const lost = ran.log.filter(({ event }) => event === 'lock.lost');
  expect(lost, ran.stderr).toHaveLength(1);
  expect(LOST.exec(ran.doc.error)?.[1], ran.doc.error).toBe(lost[0].reason);
  expect(ran.log.filter(({ event }) => event === 'snapshot.published')).toEqual([]);
}

/** The truth of the day is this run's, whole, and nobody else committed anything. */
function expectTruth(place: Place, { doc }: Ran, ...tokens: number[]): void {
  expect(manifestNames(place)).toEqual(tokens.map((token) => `${String(token).padStart(20, '0')}.json`));
  const ledger = readLedger(place);
  expectWhole(place, ledger, typesOf('RDS', 'Lambda'));
  for (const unit of Object.values(ledger)) expect(unit).toMatchObject({ origin: 'fetched', run_id: doc.run_id });
}

describe.for(LOCKS)('a run that is overtaken: %s', (lock) => {
  // Lambda's last call comes when all else is read, or nearly so: what is left is the commit.
  it.concurrent.for(['rds:DescribeDBInstances', 'lambda:ListEventSourceMappings'])(
    'one that stood still past its lease at %s commits nothing',
    async (operation, test) => {
      const place = await openPlace(test);
      const env = { ...(await openLock(place, lock)), ...SHORT };
      const first = await standing(place, test, operation, { args: BOTH, env });
      first.child.kill('SIGSTOP');
      const second = await untilLetIn(() => place.collect(BOTH, { ...env, ...LONG }));
      expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
      if (operation.startsWith('lambda')) first.open();
      // The one at RDS still waits for its call, and finds out by itself.
      first.child.kill('SIGCONT');
      expectLost(await first.ended);
      expectTruth(place, second, 2);
    },
  );

  it.concurrent('one that was killed is followed at once on the same host', async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, lock)), ...LONG };
    const first = await standing(place, test, 'rds:DescribeDBInstances', { args: BOTH, env });
    await killed(first);
    const second = await place.collect(BOTH, env);
    expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
    expectTruth(place, second, 2);
  });

  it.concurrent('--force takes over from the living, under a higher token', async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, lock)), ...LONG };
    const first = await standing(place, test, 'rds:DescribeDBInstances', { args: BOTH, env });
    expect((await place.collect(BOTH, env)).code).toBe(4);
    const second = await place.collect([...BOTH, '--force'], env);
    expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
    first.open();
    expectLost(await first.ended);
    expectTruth(place, second, 2);
    const third = await place.collect([...BOTH, '--force'], env);
    expect([third.code, tokensOf(third)], third.stderr).toEqual([0, { 'us-east-1': 3 }]);
    expectTruth(place, third, 2, 3);
  });

  it.concurrent('of two that take over, one after the other, the last one commits', async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, lock)), ...LONG };
    const first = await standing(place, test, 'rds:DescribeDBInstances', { args: BOTH, env });
    const second = await standing(place, test, 'rds:DescribeDBInstances', { args: [...BOTH, '--force'], env });
    const third = await place.collect([...BOTH, '--force'], env);
    second.open();
    first.open();
    for (const { ended } of [first, second]) expectLost(await ended);
    expect([third.code, tokensOf(third)], third.stderr).toEqual([0, { 'us-east-1': 3 }]);
    expectTruth(place, third, 3);
  });
});

it('one that stood still between its last check and its commit does not say that it published', async (test) => {
  const place = await openPlace(test);
  const first = place.startCollect(BOTH, SHORT, ['--import', STOPPED_AT_COMMIT]);
  await expect.poll(() => place.has('stopped'), { timeout: 20_000 }).toBe(true);
  const second = await standing(place, test, 'rds:DescribeDBInstances', { args: [...BOTH, '--force'], env: LONG });
  first.child.kill('SIGCONT');
  expectLost(await first.ended);
  // Its manifest is there, whole, and not the truth for long.
  expectTruth(place, { ...(await first.ended) }, 1);
  second.open();
  const ran = await second.ended;
  expect(ran.code, ran.stderr).toBe(0);
  expectTruth(place, ran, 1, 2);
});

/** A process that stands still just when it links its manifest. */
const STOPPED_AT_COMMIT = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs/promises';
  import { writeFileSync } from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { link } = fs;
  fs.link = (from, to) => {
    if (String(to).includes('/manifests/')) {
      writeFileSync('stopped', '');
      process.kill(process.pid, 'SIGSTOP');
    }
    return link(from, to);
  };
  syncBuiltinESMExports();`)}`;

it('a run that finds a higher token published says once that its lease is worth nothing', async (test) => {
  const place = await openPlace(test);
  const args = ['--services', 'Lambda'];
  expect((await place.collect(args)).code).toBe(0);
  const running = await standing(place, test, 'lambda:ListLayers', { args: [...args, '--clear-cache'] });
  const folder = scopeFolder(place, 'manifests', 'us-east-1');
  const [first = ''] = manifestNames(place);
  const text = readFileSync(join(folder, first), 'utf8').replace('"fencing_token": 1,', '"fencing_token": 7,');
  writeFileSync(join(folder, `${'7'.padStart(20, '0')}.json`), text);
  running.open();
  const ran = await running.ended;
  expectLost(ran);
  expect(ran.log.find(({ event }) => event === 'lock.lost')).toMatchObject({
    fencing_token: 2,
    reason: expect.stringContaining('higher token'),
  });
  expect(manifestNames(place)).toHaveLength(2);
});

it('a run that is overtaken does not publish the buckets either', async (test) => {
  const place = await openPlace(test);
  const { until, open } = gate(test);
  place.sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: { kind: 'hold', until } });
  const args = ['--services', 'Lambda', 'S3'];
  const first = await standing(place, test, 's3:ListBuckets', { args, env: LONG });
  const second = await place.collect(['--services', 'Lambda', '--force'], LONG);
  expect(second.code, second.stderr).toBe(0);
  open();
  // Its loss is known before it has the buckets.
  await expect.poll(() => lostIn(place), { timeout: 20_000 }).toBe(true);
  first.open();
  expectLost(await first.ended);
  expect(manifestNames(place, 'global')).toEqual([]);
});

it('--force is not refused because the owner renews meanwhile', async (test) => {
  const place = await openPlace(test);
  const env = { ...(await openLock(place, 'DynamoDB')), LOCK_LEASE_SECONDS: '2' };
  const first = await standing(place, test, 'lambda:ListFunctions', { args: ['--services', 'Lambda'], env });
  // The claim is sent once the owner's next renewal has been.
  const { send } = DynamoDBClient.prototype;
  let claims = 0;
  const spy = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(async function (
    this: DynamoDBClient,
    ...rest: unknown[]
  ) {
    const puts = place.calls('dynamodb:PutItem').length;
    if (rest[0] instanceof PutItemCommand && ++claims === 1) await place.sandbox.waitFor('dynamodb:PutItem', puts + 1);
    return send.apply(this, rest as never) as never;
  });
  test.onTestFinished(() => spy.mockRestore());
  const second = await collectHere(place, { flags: { services: ['Lambda'], force: true }, env });
  expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
  expectLost(await first.ended);
});

function lostIn(place: Place): boolean {
  return (
    place.has('logs/batch_execution.log') &&
    readFileSync(place.file('logs/batch_execution.log'), 'utf8').includes('"lock.lost"')
  );
}

async function killed({ child, ended }: Running): Promise<void> {
  child.kill('SIGKILL');
  await ended.catch(() => {});
}
