import * as ddb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import * as sts from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clients, clients, collect } from './clients.js';
import { type Fault, type Sandbox, startSandbox } from './sandbox.js';

let sandbox: Sandbox;
let aws: Clients;
beforeEach(async () => {
  sandbox = await startSandbox({ pageSize: 2 });
  aws = clients(sandbox.url, 'us-east-1');
});
afterEach(async () => {
  aws.destroy();
  await sandbox.close();
});

const ASK = {
  ec2: () => aws.ec2.send(new ec2.DescribeVpcsCommand({})),
  rds: () => aws.rds.send(new rds.DescribeDBInstancesCommand({})),
  sts: () => aws.sts.send(new sts.GetCallerIdentityCommand({})),
  s3: () => aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket: 'sakura-shop-assets' })),
  lambda: () => aws.lambda.send(new lambda.ListFunctionsCommand({})),
  dynamodb: () => aws.dynamodb.send(new ddb.ListTablesCommand({})),
};
const SERVICES = Object.keys(ASK) as (keyof typeof ASK)[];

/** How the SDK sees each refusal. */
const NAMES: Record<string, Record<keyof typeof ASK, [name: string, status: number]>> = {
  deny: {
    ec2: ['UnauthorizedOperation', 403],
    rds: ['AccessDenied', 403],
    sts: ['AccessDenied', 403],
    s3: ['AccessDenied', 403],
    lambda: ['AccessDeniedException', 403],
    dynamodb: ['AccessDeniedException', 400],
  },
  throttle: {
    ec2: ['RequestLimitExceeded', 503],
    rds: ['Throttling', 400],
    sts: ['Throttling', 400],
    s3: ['SlowDown', 503],
    lambda: ['TooManyRequestsException', 429],
    dynamodb: ['ThrottlingException', 400],
  },
  expired: {
    ec2: ['RequestExpired', 400],
    rds: ['ExpiredToken', 403],
    sts: ['ExpiredToken', 403],
    s3: ['ExpiredToken', 400],
    lambda: ['ExpiredTokenException', 403],
    dynamodb: ['ExpiredTokenException', 400],
  },
  unsupported: {
    ec2: ['UnsupportedOperation', 400],
    rds: ['InvalidAction', 400],
    sts: ['InvalidAction', 400],
    s3: ['NotImplemented', 501],
    lambda: ['UnknownOperationException', 404],
    dynamodb: ['UnknownOperationException', 400],
  },
};

describe.each(Object.keys(NAMES))('%s', (kind) => {
  test.each(SERVICES)('%s', async (service) => {
    sandbox.fault({ match: `${service}:*`, does: kind as Fault });
    const [name, httpStatusCode] = NAMES[kind]?.[service] ?? [];
    await expect(ASK[service]()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(/\w/),
      $metadata: { httpStatusCode },
    });
  });
});

describe('which calls a rule touches', () => {
  test('only the ones in between, and none once it is removed', async () => {
    const remove = sandbox.fault({ match: 'ec2:DescribeVpcs', skip: 1, times: 2, does: 'deny' });
    const outcomes: boolean[] = [];
    const ask = () =>
      ASK.ec2().then(
        () => outcomes.push(true),
        () => outcomes.push(false),
      );
    for (let n = 0; n < 4; n++) await ask();
    expect(outcomes).toEqual([true, false, false, true]);
    remove();
    const always = sandbox.fault({ match: /^ec2:/, does: 'deny' });
    await ask();
    always();
    await ask();
    expect(outcomes.slice(4)).toEqual([false, true]);
  });

  test('only of a region, only of a resource', async () => {
    sandbox.fault({ match: 'ec2:*', region: 'ap-northeast-1', does: 'deny' });
    sandbox.fault({ match: 's3:GetBucketTagging', resource: 'sakura-shop-backup', does: 'deny' });
    await ASK.ec2();
    await ASK.s3();
    await expect(aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket: 'sakura-shop-backup' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const tokyo = clients(sandbox.url, 'ap-northeast-1');
    await expect(tokyo.ec2.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    tokyo.destroy();
  });
});

describe('answers of another kind', () => {
  test.each(SERVICES)('an error of any sort: %s', async (service) => {
    const does = {
      kind: 'error',
      status: 503,
      code: 'OptInRequired',
      message: '日本語 & <more>',
      headers: { 'retry-after': '7' },
    } as const;
    sandbox.fault({ match: `${service}:*`, does });
    await expect(ASK[service]()).rejects.toMatchObject({
      name: 'OptInRequired',
      message: does.message,
      $metadata: { httpStatusCode: 503 },
      $response: { headers: { 'retry-after': '7' } },
    });
  });

  test.each(SERVICES)('HTML of a proxy: %s', async (service) => {
    sandbox.fault({
      match: `${service}:*`,
      does: { kind: 'body', status: 502, contentType: 'text/html', body: '<html><h1>Bad Gateway' },
    });
    await expect(ASK[service]()).rejects.toThrow();
  });

  test('a body to the letter', async () => {
    sandbox.fault({ match: '*', does: { kind: 'body', status: 200, contentType: 'application/json', body: '{}' } });
    const response = await fetch(`${sandbox.url}/`, {
      method: 'POST',
      headers: signed('ec2'),
      body: 'Action=DescribeVpcs',
    });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
  });

  test('a body cut in half that looks whole', async () => {
    const ask = async () =>
      (await fetch(`${sandbox.url}/2015-03-31/functions`, { headers: signed('lambda') })).arrayBuffer();
    const whole = Buffer.from(await ask());
    sandbox.fault({ match: 'lambda:*', does: 'cut' });
    const half = Buffer.from(await ask());
    expect(half).toEqual(whole.subarray(0, Math.floor(whole.length / 2)));
    await expect(ASK.lambda()).rejects.toThrow();
  });
});

describe('pages', () => {
  const subnets = () =>
    collect(async (NextToken) => {
      const page = await aws.ec2.send(new ec2.DescribeSubnetsCommand({ NextToken }));
      return [page.Subnets, page.NextToken];
    });

  test('a token that never ends', async () => {
    sandbox.fault({ match: 'ec2:DescribeSubnets', does: 'repeat-token' });
    const first = await aws.ec2.send(new ec2.DescribeSubnetsCommand({}));
    const second = await aws.ec2.send(new ec2.DescribeSubnetsCommand({ NextToken: first.NextToken }));
    expect(second.NextToken).toBe(first.NextToken);
    expect(second.Subnets).toEqual(first.Subnets);
    await expect(subnets()).rejects.toThrow('hundred');
  });

  test('the same item on two pages', async () => {
    const plain = await subnets();
    sandbox.fault({ match: 'ec2:DescribeSubnets', does: 'duplicate' });
    const doubled = await subnets();
    expect(doubled.map((one) => one.SubnetId)).toEqual([0, 1, 1, 2, 3, 3, 4].map((at) => plain[at]?.SubnetId));
  });
});

describe('time and sockets', () => {
  test.each(['reset', 'lose-reply'] as const)('%s', async (does) => {
    sandbox.fault({ match: 'dynamodb:PutItem', does });
    const TableName = 'locks';
    const key = [{ AttributeName: 'k', AttributeType: 'S' as const }];
    await aws.dynamodb.send(
      new ddb.CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: key,
        KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      }),
    );
    await ddb.waitUntilTableExists(
      { client: aws.dynamodb, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 },
      { TableName },
    );
    const Item = { k: { S: '1' } };
    await expect(aws.dynamodb.send(new ddb.PutItemCommand({ TableName, Item }))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    const got = await aws.dynamodb.send(new ddb.GetItemCommand({ TableName, Key: Item, ConsistentRead: true }));
    expect(got.Item).toEqual(does === 'reset' ? undefined : Item);
  });

  test('held until the test says so', async () => {
    let release = () => {};
    sandbox.fault({
      match: 'ec2:DescribeVpcs',
      does: { kind: 'hold', until: new Promise<void>((resolve) => (release = resolve)) },
    });
    let answered = false;
    const asked = ASK.ec2().finally(() => (answered = true));
    await sandbox.waitFor('ec2:DescribeVpcs');
    await ASK.rds();
    expect(answered).toBe(false);
    release();
    expect((await asked).Vpcs).toHaveLength(2);
  });

  test('later, then normally', async () => {
    sandbox.fault({ match: 'sts:*', does: { kind: 'delay', ms: 30 } });
    const before = performance.now();
    expect((await ASK.sts()).Account).toBe(sandbox.estate.accountId);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  test('waiting for the third call', async () => {
    await ASK.ec2();
    const third = sandbox.waitFor('ec2:*', 3);
    let arrived = false;
    third.then(() => (arrived = true));
    await ASK.ec2();
    expect(arrived).toBe(false);
    await Promise.all([third, ASK.ec2()]);
    expect(sandbox.calls).toHaveLength(3);
  });

  test.each(['hang', { kind: 'delay', ms: 3_600_000 }] as const)('closing ends what hangs', async (does) => {
    sandbox.fault({ match: 'ec2:*', does });
    const asked = expect(ASK.ec2()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await sandbox.waitFor('ec2:DescribeVpcs');
    await sandbox.close();
    await asked;
    sandbox = await startSandbox();
  });
});

function signed(service: string): Record<string, string> {
  return { authorization: `AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/${service}/aws4_request` };
}
