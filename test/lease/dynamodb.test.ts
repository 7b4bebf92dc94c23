import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LockUnavailable } from '../../batch/lease/lease.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { Bench, LEASE_MS } from './bench.js';
import { openDynamo, tableOf } from './tables.js';

const never = () => new AbortController().signal;

describe('leases in DynamoDB', () => {
  let sandbox: Sandbox;
  let client: DynamoDBClient;
  let bench: Bench;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ sandbox, client, close } = await openDynamo());
    bench = new Bench(tableOf(client), 1000);
  });
  afterEach(() => close());

  const attempts = () => sandbox.calls.filter(({ operation }) => operation === 'dynamodb:PutItem').length;

  test('the item, as a person and other programs read it', async () => {
    const lease = await bench.runner().acquire();
    const Key = { lock_key: { S: 'acme/000000000000/us-east-1' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: 'leases', Key }));
    expect(Item).toEqual({
      ...Key,
      owner: { S: 'p1' },
      run_id: { S: 'run-p1' },
      fencing_token: { N: '1' },
      acquired_at: { S: '2025-01-31T23:00:00.000Z' },
      lease_expires_at: { S: '2025-01-31T23:01:01.000Z' },
    });
    await lease.release();
  });

  test('a claim whose reply got lost: the second try is refused, and the lease recognized', async () => {
    sandbox.fault({ match: 'dynamodb:PutItem', does: 'lose-reply', times: 1 });
    const lease = await bench.runner().acquire();
    expect(attempts()).toBe(2);
    expect(lease.token).toBe(1);
    expect(await lease.confirm()).toBe(true);
    await lease.release();
  });

  test('a renewal and a release whose replies got lost', async () => {
    const lease = await bench.runner().acquire();
    sandbox.fault({ match: 'dynamodb:PutItem', does: 'lose-reply', times: 1 });
    expect(await lease.confirm()).toBe(true);
    expect(lease.lost.aborted).toBe(false);
    sandbox.fault({ match: 'dynamodb:PutItem', does: 'lose-reply', times: 1 });
    await lease.release();
    const next = await bench.runner().acquire();
    expect(next.token).toBe(2);
    await next.release();
  });

  test('every reply of a write gets lost: three tries, and the claim is recognized all the same', async () => {
    sandbox.fault({ match: 'dynamodb:PutItem', does: 'lose-reply', times: 3 });
    const lease = await bench.runner().acquire();
    expect(attempts()).toBe(3);
    expect(lease.token).toBe(1);
    await lease.release();
  });

  test('a renewal held back until after the release revives nothing', async () => {
    const lease = await bench.runner().acquire();
    let open = () => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    sandbox.fault({ match: 'dynamodb:PutItem', does: { kind: 'hold', until }, times: 1 });
    const confirming = lease.confirm();
    await sandbox.waitFor('dynamodb:PutItem', 2);
    await lease.release();
    expect(await confirming).toBe(false);
    open();
    const next = await bench.runner().acquire();
    expect(next.token).toBe(2);
    await next.release();
  });

  test.each([
    ['deny', /^DynamoDB table leases: AccessDeniedException: .*not authorized to perform: dynamodb:GetItem/],
    ['throttle', /^DynamoDB table leases: ThrottlingException: Rate exceeded/],
    ['expired', /^DynamoDB table leases: EXPIRED_CREDENTIALS: /],
    ['reset', /^DynamoDB table leases: .*(ECONNRESET|socket hang up)/],
  ] as const)('%s: not usable, and it says why; force does not help', async (does, message) => {
    sandbox.fault({ match: 'dynamodb:*', does });
    for (const force of [false, true]) {
      const error = await bench
        .runner()
        .acquire({ force })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LockUnavailable);
      expect((error as Error).message).toMatch(message);
    }
    expect(attempts()).toBe(0);
  });

  test('writing is not allowed: the error says so', async () => {
    sandbox.fault({ match: 'dynamodb:PutItem', does: 'deny' });
    await expect(bench.runner().acquire()).rejects.toThrow(/not authorized to perform: dynamodb:PutItem/);
  });

  test('no such table', async () => {
    const message = 'DynamoDB table nowhere: there is no such table in this account and region';
    await expect(new Bench(tableOf(client, 'nowhere')).runner().acquire()).rejects.toThrow(
      new LockUnavailable(message),
    );
  });

  test('DynamoDB is down', async () => {
    await sandbox.close();
    await expect(bench.runner().acquire()).rejects.toThrow(/^DynamoDB table leases: .*ECONNREFUSED/);
    sandbox = await (await import('../sandbox/sandbox.js')).startSandbox();
    close = () => sandbox.close();
  });

  test('it goes down while a lease is held: lost at its own end, with the reason', async () => {
    const lease = await bench.runner().acquire();
    sandbox.fault({ match: 'dynamodb:*', does: 'throttle' });
    await bench.time.advance(LEASE_MS - 1);
    expect(lease.lost.aborted).toBe(false);
    await bench.time.advance(1);
    expect(lease.lost.aborted).toBe(true);
    expect(bench.log).toEqual([expect.objectContaining({ reason: expect.stringMatching(/Rate exceeded/) })]);
    await lease.release();
  });

  test('throttled for most of a lease, it is kept', async () => {
    const lease = await bench.runner().acquire();
    const clear = sandbox.fault({ match: 'dynamodb:*', does: 'throttle' });
    await bench.time.advance(LEASE_MS - 2000);
    clear();
    await bench.time.advance(2 * LEASE_MS);
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  });

  test('a call that hangs is given up with the signal', async () => {
    sandbox.fault({ match: 'dynamodb:GetItem', does: 'hang' });
    const stop = new AbortController();
    const acquiring = bench.runner().acquire({}, stop.signal);
    acquiring.catch(() => {});
    await sandbox.waitFor('dynamodb:GetItem');
    stop.abort(new Error('enough'));
    await expect(acquiring).rejects.toThrow('enough');
  });

  test('an item that is no lease: not usable, rather than free', async () => {
    const lease = await bench.runner().acquire();
    await lease.release();
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const broken = { lock_key: { S: 'acme/000000000000/us-east-1' }, fencing_token: { N: '1' }, owner: { S: 'x' } };
    await client.send(new PutItemCommand({ TableName: 'leases', Item: broken }));
    await expect(bench.runner().acquire({ force: true })).rejects.toThrow('the item has no run_id');
  });
});

describe('the clock of DynamoDB', () => {
  /** Answers each request with the next of these dates; the first answer is sent last. */
  async function served(dates: (string | null)[], work: (client: DynamoDBClient) => Promise<void>): Promise<void> {
    let release = () => {};
    const second = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const server = createServer(async (request, response) => {
      const date = dates[asked] ?? null;
      asked += 1;
      if (asked === 1 && dates.length > 1) await second;
      request.resume();
      response.sendDate = false;
      if (date !== null) response.setHeader('date', date);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
      if (asked === 2) response.on('finish', release);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    try {
      await work(client);
    } finally {
      client.destroy();
      server.closeAllConnections();
      server.close();
    }
  }

  test('is the Date of the very reply, also when another one comes in between', () =>
    served(['Fri, 31 Jan 2025 23:00:00 GMT', 'Fri, 31 Jan 2025 23:10:00 GMT'], async (client) => {
      const table = tableOf(client);
      const [first, second] = [table.read('a', never()), table.read('b', never())];
      const clocks = (await Promise.all([first, second])).map(({ notBefore, notAfter }) => [notBefore, notAfter]);
      const start = Date.UTC(2025, 0, 31, 23, 0, 0);
      expect(clocks.sort()).toEqual([
        [start, start + 1000],
        [start + 600_000, start + 601_000],
      ]);
    }));

  test.each([null, 'yesterday'])('a reply without one (%s) is no reading', (date) =>
    served([date], async (client) => {
      await expect(tableOf(client).read('a', never())).rejects.toThrow('the answer has no Date');
    }),
  );
});
