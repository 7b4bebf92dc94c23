import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startSandbox } from './sandbox.js';

/** Another implementation of the same protocols: what both read alike is not an accident of the SDK's own serializer. */
const SCRIPT = `
import boto3, json, os
from botocore.config import Config
def client(name, region='us-east-1'):
    return boto3.client(name, endpoint_url=os.environ['URL'], region_name=region, aws_access_key_id='test',
        aws_secret_access_key='test', config=Config(s3={'addressing_style': 'path'}, retries={'max_attempts': 0}))
ec2, rds, s3, aws_lambda = client('ec2'), client('rds'), client('s3'), client('lambda')
def pages(c, call, key, **args):
    return [item for page in c.get_paginator(call).paginate(**args) for item in page[key]]
def code(call, **args):
    try: call(**args)
    except Exception as e: return e.response['Error']['Code']
ddb = client('dynamodb')
ddb.create_table(TableName='locks', BillingMode='PAY_PER_REQUEST', AttributeDefinitions=[{'AttributeName': 'k', 'AttributeType': 'S'}],
    KeySchema=[{'AttributeName': 'k', 'KeyType': 'HASH'}])
ddb.get_waiter('table_exists').wait(TableName='locks', WaiterConfig={'Delay': 0.01, 'MaxAttempts': 500})
ddb.put_item(TableName='locks', Item={'k': {'S': 'v'}})
functions = pages(aws_lambda, 'list_functions', 'Functions')
mappings = pages(aws_lambda, 'list_event_source_mappings', 'EventSourceMappings')
print(json.dumps({
  'account': client('sts').get_caller_identity()['Account'],
  'instances': [i for r in pages(ec2, 'describe_instances', 'Reservations') for i in r['Instances']],
  'snapshots': pages(ec2, 'describe_snapshots', 'Snapshots', OwnerIds=['self']),
  'volumes': pages(ec2, 'describe_volumes', 'Volumes', PaginationConfig={'PageSize': 500}),
  'nothing': client('ec2', 'eu-central-1').describe_vpcs()['Vpcs'],
  'dbInstances': pages(rds, 'describe_db_instances', 'DBInstances'),
  'dbSnapshots': pages(rds, 'describe_db_snapshots', 'DBSnapshots', SnapshotType='manual'),
  'functions': functions,
  'functionTags': aws_lambda.list_tags(Resource=functions[0]['FunctionArn'])['Tags'],
  'mappings': mappings,
  'buckets': pages(s3, 'list_buckets', 'Buckets', PaginationConfig={'PageSize': 3}),
  'locations': [s3.get_bucket_location(Bucket=b).get('LocationConstraint') for b in
    ['sakura-shop-assets', 'sakura-dublin-archive', 'sakura-office-files']],
  'tagging': s3.get_bucket_tagging(Bucket='sakura-shop-terraform')['TagSet'],
  'encryption': s3.get_bucket_encryption(Bucket='sakura-shop-backup')['ServerSideEncryptionConfiguration'],
  'lifecycle': s3.get_bucket_lifecycle_configuration(Bucket='sakura-shop-logs')['Rules'],
  'missing': [code(call, Bucket='sakura-old-uploads') for call in [s3.get_bucket_tagging, s3.get_bucket_encryption,
    s3.get_public_access_block, s3.get_bucket_ownership_controls, s3.get_bucket_lifecycle_configuration]],
  'denied': [code(client('ec2', 'us-west-1').describe_vpcs), code(client('rds', 'us-west-1').describe_db_instances),
    code(client('lambda', 'us-west-1').list_functions), code(client('dynamodb', 'us-west-1').list_tables)],
  'item': ddb.get_item(TableName='locks', Key={'k': {'S': 'v'}})['Item'],
}, default=lambda date: date.timestamp() * 1000))
`;

const found = spawnSync('python3', ['-c', 'import boto3'], { encoding: 'utf8' });
const why = found.error ? 'no python3 on PATH' : found.status === 0 ? '' : 'python3 has no boto3';

describe(`read with boto3${why && ` (skipped: ${why})`}`, () => {
  test.skipIf(why !== '')('each protocol', { timeout: 60_000 }, async () => {
    const sandbox = await startSandbox({ pageSize: 2 });
    sandbox.fault({ match: '*', region: 'us-west-1', does: 'deny' });
    try {
      const { stdout } = await promisify(execFile)('python3', ['-c', SCRIPT], {
        env: { ...process.env, URL: sandbox.url },
        maxBuffer: 1e8,
      });
      const { estate } = sandbox;
      const { resources, tags } = estate.regions['us-east-1'] ?? { resources: {}, tags: {} };
      expect(JSON.parse(stdout)).toEqual({
        account: estate.accountId,
        instances: plain(resources['AWS::EC2::Instance']),
        snapshots: plain(resources['AWS::EC2::Snapshot']?.slice(0, -1)),
        volumes: plain(resources['AWS::EC2::Volume']),
        nothing: [],
        dbInstances: plain(resources['AWS::RDS::DBInstance']),
        dbSnapshots: plain(resources['AWS::RDS::DBSnapshot']?.slice(0, 2)),
        functions: plain(resources['AWS::Lambda::Function']),
        functionTags: tags[resources['AWS::Lambda::Function']?.[0]?.FunctionArn ?? ''],
        mappings: plain(resources['AWS::Lambda::EventSourceMapping']),
        buckets: plain(
          estate.buckets.map(({ Name, CreationDate, region }) => ({ Name, CreationDate, BucketRegion: region })),
        ),
        locations: [null, 'EU', 'ap-northeast-1'],
        tagging: estate.buckets[3]?.tags,
        encryption: estate.buckets[1]?.encryption,
        lifecycle: estate.buckets[2]?.lifecycle,
        missing: [
          'NoSuchTagSet',
          'ServerSideEncryptionConfigurationNotFoundError',
          'NoSuchPublicAccessBlockConfiguration',
          'OwnershipControlsNotFoundError',
          'NoSuchLifecycleConfiguration',
        ],
        denied: ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'AccessDeniedException'],
        item: { k: { S: 'v' } },
      });
    } finally {
      await sandbox.close();
    }
  });
});

/** Dates as the milliseconds that the script prints. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
