import * as ddb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import * as sts from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clients, clients, collect } from './clients.js';
import { BUCKET_DETAILS } from './operations.js';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.js';

let sandbox: Sandbox;
let aws: Clients;
async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox(options);
  aws = clients(sandbox.url, 'us-east-1');
}
afterEach(async () => {
  aws.destroy();
  await sandbox.close();
});

describe('limits and parameters', () => {
  beforeEach(() => start());

  test.each([
    ['ec2', () => aws.ec2.send(new ec2.DescribeInstancesCommand({ MaxResults: 1001 })), 'InvalidParameterValue'],
    ['ec2, too small', () => aws.ec2.send(new ec2.DescribeVpcsCommand({ MaxResults: 4 })), 'InvalidParameterValue'],
    ['rds', () => aws.rds.send(new rds.DescribeDBInstancesCommand({ MaxRecords: 101 })), 'InvalidParameterValue'],
    ['lambda', () => aws.lambda.send(new lambda.ListLayersCommand({ MaxItems: 51 })), 'ValidationException'],
    ['s3', () => aws.s3.send(new s3.ListBucketsCommand({ MaxBuckets: 10_001 })), 'InvalidArgument'],
    [
      'a token of nobody',
      () => aws.ec2.send(new ec2.DescribeVpcsCommand({ NextToken: 'abc' })),
      'InvalidParameterValue',
    ],
    [
      'a filter that is not served',
      () => aws.rds.send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders' })),
      'NotImplemented',
    ],
    ['a call that is not served', () => aws.ec2.send(new ec2.DescribeHostsCommand({})), 'NotImplemented'],
  ])('%s', async (_, ask, name) => {
    await expect(ask()).rejects.toMatchObject({ name });
  });

  test('a page that AWS cuts without asking', async () => {
    const { Volumes } = await aws.ec2.send(new ec2.DescribeVolumesCommand({ MaxResults: 1000 }));
    expect(Volumes).toHaveLength(12);
  });

  test('an empty list is there, and empty', async () => {
    const headers = (service: string) => ({
      authorization: `AWS4-HMAC-SHA256 Credential=test/20250101/sa-east-1/${service}/aws4_request`,
    });
    const post = async (service: string, Action: string) =>
      (
        await fetch(sandbox.url, { method: 'POST', headers: headers(service), body: new URLSearchParams({ Action }) })
      ).text();
    expect(await post('ec2', 'DescribeInstances')).toContain('<reservationSet/>');
    expect(await post('rds', 'DescribeDBInstances')).toContain(
      '<DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult>',
    );
    const functions = await fetch(`${sandbox.url}/2015-03-31/functions/`, { headers: headers('lambda') });
    expect(await functions.text()).toBe('{"Functions":[],"NextMarker":null}');
  });

  test('unsigned requests are refused', async () => {
    expect((await fetch(sandbox.url)).status).toBe(403);
  });

  test('the identity', async () => {
    const identity = await aws.sts.send(new sts.GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: sandbox.estate.accountId, Arn: expect.stringContaining(':user/') });
  });

  test('a dry run', async () => {
    await expect(aws.ec2.send(new ec2.DescribeVpcsCommand({ DryRun: true }))).rejects.toMatchObject({
      name: 'DryRunOperation',
    });
  });
});

describe('tags by ARN', () => {
  beforeEach(() => start());

  test('RDS: from the list or from the account', async () => {
    const { resources, tags } = sandbox.estate.regions['us-east-1'] ?? { resources: {}, tags: {} };
    const database = resources['AWS::RDS::DBInstance']?.[0];
    const group = resources['AWS::RDS::DBSubnetGroup']?.[0]?.DBSubnetGroupArn ?? '';
    const ask = (ResourceName: string) => aws.rds.send(new rds.ListTagsForResourceCommand({ ResourceName }));
    expect((await ask(database?.DBInstanceArn ?? '')).TagList).toEqual(database?.TagList);
    expect((await ask(group)).TagList).toEqual(
      Object.entries(tags[group] ?? {}).map(([Key, Value]) => ({ Key, Value })),
    );
    await expect(ask(`${group}-no`)).rejects.toMatchObject({ name: 'DBSubnetGroupNotFoundFault' });
    expect(sandbox.calls.at(-1)).toMatchObject({ operation: 'rds:ListTagsForResource', resource: `${group}-no` });
  });

  test('Lambda: functions and event source mappings', async () => {
    const { resources, tags } = sandbox.estate.regions['us-east-1'] ?? { resources: {}, tags: {} };
    const arns = [
      ...(resources['AWS::Lambda::Function'] ?? []).map((one) => one.FunctionArn ?? ''),
      ...(resources['AWS::Lambda::EventSourceMapping'] ?? []).map((one) => one.EventSourceMappingArn ?? ''),
    ];
    for (const Resource of arns) {
      expect((await aws.lambda.send(new lambda.ListTagsCommand({ Resource }))).Tags).toEqual(tags[Resource] ?? {});
    }
    const missing = aws.lambda.send(new lambda.ListTagsCommand({ Resource: `${arns[0]}x` }));
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

const DETAIL_COMMANDS: Record<string, unknown> = {
  GetBucketLocation: s3.GetBucketLocationCommand,
  GetBucketTagging: s3.GetBucketTaggingCommand,
  GetBucketEncryption: s3.GetBucketEncryptionCommand,
  GetBucketVersioning: s3.GetBucketVersioningCommand,
  GetPublicAccessBlock: s3.GetPublicAccessBlockCommand,
  GetBucketOwnershipControls: s3.GetBucketOwnershipControlsCommand,
  GetBucketLifecycleConfiguration: s3.GetBucketLifecycleConfigurationCommand,
};

describe('S3', () => {
  beforeEach(() => start({ pageSize: 2 }));

  test('the buckets of all regions, with their region when asked with a parameter', async () => {
    const buckets = await collect(async (ContinuationToken) => {
      const page = await aws.s3.send(new s3.ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken }));
      return [page.Buckets, page.ContinuationToken];
    });
    expect(buckets).toEqual(
      sandbox.estate.buckets.map(({ Name, CreationDate, region }) => ({ Name, CreationDate, BucketRegion: region })),
    );
    const plain = await aws.s3.send(new s3.ListBucketsCommand({}));
    expect(plain.Buckets?.[0]).not.toHaveProperty('BucketRegion');
  });

  test('every detail of every bucket', async () => {
    const seen: string[] = [];
    for (const bucket of sandbox.estate.buckets) {
      const regional = clients(sandbox.url, bucket.region);
      for (const { operation, read, missing } of BUCKET_DETAILS) {
        const Command = DETAIL_COMMANDS[operation[2]] as typeof s3.GetBucketTaggingCommand;
        const expected = read(bucket);
        const got = await regional.s3.send(new Command({ Bucket: bucket.Name })).then(
          ({ $metadata: _, ...rest }) => rest,
          (error: Error) => error.name,
        );
        expect(got, `${operation[2]} ${bucket.Name}`).toEqual(expected ?? missing?.[0]);
        seen.push(typeof got === 'string' ? got : operation[2]);
      }
      regional.destroy();
    }
    expect(new Set(seen).size).toBe(12);
  });

  test('a bucket is asked in its own region', async () => {
    const Bucket = 'sakura-office-files';
    await expect(aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $response: { headers: { 'x-amz-bucket-region': 'ap-northeast-1' } },
    });
    const { LocationConstraint } = await aws.s3.send(new s3.GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBe('ap-northeast-1');
    expect(sandbox.calls.at(-1)).toMatchObject({ operation: 's3:GetBucketLocation', bucket: Bucket });
  });

  test('a bucket that is not there', async () => {
    await expect(aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });
});

test('a generated bucket, function and database answer for their details', async () => {
  await start({
    generate: {
      'AWS::S3::Bucket': 3,
      'AWS::Lambda::Function': 3,
      'AWS::RDS::DBInstance': 3,
      'AWS::Lambda::EventSourceMapping': 3,
    },
  });
  const { Buckets } = await aws.s3.send(new s3.ListBucketsCommand({}));
  const tagging = await aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket: Buckets?.at(-1)?.Name }));
  expect(tagging.TagSet).toEqual(sandbox.estate.buckets[0]?.tags);
  const { Functions } = await aws.lambda.send(new lambda.ListFunctionsCommand({}));
  expect(
    (await aws.lambda.send(new lambda.ListTagsCommand({ Resource: Functions?.at(-1)?.FunctionArn }))).Tags,
  ).toHaveProperty('Team', 'web');
  const { EventSourceMappings } = await aws.lambda.send(new lambda.ListEventSourceMappingsCommand({}));
  expect(
    (
      await aws.lambda.send(
        new lambda.ListTagsCommand({ Resource: EventSourceMappings?.at(-1)?.EventSourceMappingArn }),
      )
    ).Tags,
  ).toEqual({ Team: 'web' });
  const { DBInstances } = await aws.rds.send(new rds.DescribeDBInstancesCommand({}));
  const { TagList } = await aws.rds.send(
    new rds.ListTagsForResourceCommand({ ResourceName: DBInstances?.at(-1)?.DBInstanceArn }),
  );
  expect(TagList).toEqual(DBInstances?.[0]?.TagList);
  await expect(
    aws.s3.send(new s3.GetBucketTaggingCommand({ Bucket: `${Buckets?.at(-1)?.Name?.slice(0, -1)}9` })),
  ).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('DynamoDB keeps what it is given, with conditions', async () => {
  await start();
  await aws.dynamodb.send(
    new ddb.CreateTableCommand({
      TableName: 'locks',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'lock_key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'lock_key', KeyType: 'HASH' }],
    }),
  );
  await ddb.waitUntilTableExists(
    { client: aws.dynamodb, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 },
    { TableName: 'locks' },
  );
  const Item = { lock_key: { S: '鍵 🔑' }, fencing_token: { N: '7' } };
  const put = () =>
    aws.dynamodb.send(
      new ddb.PutItemCommand({ TableName: 'locks', Item, ConditionExpression: 'attribute_not_exists(lock_key)' }),
    );
  await put();
  await expect(put()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const got = await aws.dynamodb.send(
    new ddb.GetItemCommand({ TableName: 'locks', Key: { lock_key: Item.lock_key }, ConsistentRead: true }),
  );
  expect(got.Item).toEqual(Item);
  expect(sandbox.calls.at(-1)).toMatchObject({ operation: 'dynamodb:GetItem', resource: 'locks' });
});
