import * as ec2 from '@aws-sdk/client-ec2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clients, clients, collect } from './clients.js';
import type { Resources } from './estate.js';
import { ID_FIELDS } from './generate.js';
import { LISTS } from './operations.js';
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

const own = <T extends { OwnerId?: string | undefined }>(items: T[] | undefined) =>
  items?.filter((item) => item.OwnerId === sandbox.estate.accountId);

type Page = Record<string, unknown>;
type Ask = (aws: Clients, token: string | undefined) => Promise<Page>;
interface ListCase {
  readonly ask: Ask;
  readonly member: string;
  readonly give?: 'NextToken' | 'Marker' | 'NextMarker';
  readonly expected?: (resources: Resources) => unknown[] | undefined;
}
const e =
  (Command: new (input: never) => unknown, more = {}): Ask =>
  ({ ec2 }, NextToken) =>
    ec2.send(new Command({ ...more, NextToken } as never) as never) as Promise<unknown> as Promise<Page>;
const r =
  (Command: new (input: never) => unknown, more = {}): Ask =>
  ({ rds }, Marker) =>
    rds.send(new Command({ ...more, Marker } as never) as never) as Promise<unknown> as Promise<Page>;
const l =
  (Command: new (input: never) => unknown): Ask =>
  ({ lambda }, Marker) =>
    lambda.send(new Command({ Marker } as never) as never) as Promise<unknown> as Promise<Page>;

const CASES: { [T in keyof Required<Resources>]: ListCase } = {
  'AWS::EC2::Instance': { ask: e(ec2.DescribeInstancesCommand), member: 'Reservations' },
  'AWS::EC2::Volume': { ask: e(ec2.DescribeVolumesCommand), member: 'Volumes' },
  'AWS::EC2::Snapshot': {
    ask: e(ec2.DescribeSnapshotsCommand, { OwnerIds: ['self'] }),
    member: 'Snapshots',
    expected: (resources) => own(resources['AWS::EC2::Snapshot']),
  },
  'AWS::EC2::Image': {
    ask: e(ec2.DescribeImagesCommand, { Owners: ['self'] }),
    member: 'Images',
    expected: (resources) => own(resources['AWS::EC2::Image']),
  },
  'AWS::EC2::VPC': { ask: e(ec2.DescribeVpcsCommand), member: 'Vpcs' },
  'AWS::EC2::Subnet': { ask: e(ec2.DescribeSubnetsCommand), member: 'Subnets' },
  'AWS::EC2::RouteTable': { ask: e(ec2.DescribeRouteTablesCommand), member: 'RouteTables' },
  'AWS::EC2::InternetGateway': { ask: e(ec2.DescribeInternetGatewaysCommand), member: 'InternetGateways' },
  'AWS::EC2::NatGateway': { ask: e(ec2.DescribeNatGatewaysCommand), member: 'NatGateways' },
  'AWS::EC2::SecurityGroup': { ask: e(ec2.DescribeSecurityGroupsCommand), member: 'SecurityGroups' },
  'AWS::EC2::NetworkInterface': { ask: e(ec2.DescribeNetworkInterfacesCommand), member: 'NetworkInterfaces' },
  'AWS::EC2::EIP': { ask: e(ec2.DescribeAddressesCommand), member: 'Addresses' },
  'AWS::EC2::KeyPair': { ask: e(ec2.DescribeKeyPairsCommand), member: 'KeyPairs' },
  'AWS::EC2::LaunchTemplate': { ask: e(ec2.DescribeLaunchTemplatesCommand), member: 'LaunchTemplates' },
  'AWS::EC2::VPCEndpoint': { ask: e(ec2.DescribeVpcEndpointsCommand), member: 'VpcEndpoints' },
  'AWS::EC2::VPCPeeringConnection': {
    ask: e(ec2.DescribeVpcPeeringConnectionsCommand),
    member: 'VpcPeeringConnections',
  },
  'AWS::EC2::NetworkAcl': { ask: e(ec2.DescribeNetworkAclsCommand), member: 'NetworkAcls' },
  'AWS::RDS::DBInstance': { ask: r(rds.DescribeDBInstancesCommand), member: 'DBInstances', give: 'Marker' },
  'AWS::RDS::DBCluster': { ask: r(rds.DescribeDBClustersCommand), member: 'DBClusters', give: 'Marker' },
  'AWS::RDS::DBSnapshot': { ask: r(rds.DescribeDBSnapshotsCommand), member: 'DBSnapshots', give: 'Marker' },
  'AWS::RDS::DBClusterSnapshot': {
    ask: r(rds.DescribeDBClusterSnapshotsCommand),
    member: 'DBClusterSnapshots',
    give: 'Marker',
  },
  'AWS::RDS::DBSubnetGroup': { ask: r(rds.DescribeDBSubnetGroupsCommand), member: 'DBSubnetGroups', give: 'Marker' },
  'AWS::RDS::DBParameterGroup': {
    ask: r(rds.DescribeDBParameterGroupsCommand),
    member: 'DBParameterGroups',
    give: 'Marker',
  },
  'AWS::Lambda::Function': { ask: l(lambda.ListFunctionsCommand), member: 'Functions', give: 'NextMarker' },
  'AWS::Lambda::LayerVersion': { ask: l(lambda.ListLayersCommand), member: 'Layers', give: 'NextMarker' },
  'AWS::Lambda::EventSourceMapping': {
    ask: l(lambda.ListEventSourceMappingsCommand),
    member: 'EventSourceMappings',
    give: 'NextMarker',
  },
};
const TYPES = Object.keys(CASES) as (keyof typeof CASES)[];

async function list(type: keyof typeof CASES): Promise<unknown[]> {
  const { ask, member, give = 'NextToken' } = CASES[type];
  const items = await collect(async (token) => {
    const page = await ask(aws, token);
    return [page[member] as unknown[] | undefined, page[give] as string | undefined];
  });
  return type === 'AWS::EC2::Instance'
    ? (items as ec2.Reservation[]).flatMap((reservation) => reservation.Instances ?? [])
    : items;
}

describe('lists, read through the SDK two at a time', () => {
  beforeEach(() => start({ pageSize: 2 }));

  test('every list call of the table has its case here', () => {
    expect(new Set(LISTS.map((row) => row.type))).toEqual(new Set([...TYPES, 'AWS::S3::Bucket']));
  });

  test.each(TYPES)('%s', async (type) => {
    const resources = sandbox.estate.regions['us-east-1']?.resources ?? {};
    const expected = CASES[type].expected?.(resources) ?? resources[type] ?? [];
    expect(expected.length).toBeGreaterThan(0);
    expect(await list(type)).toEqual(expected);
    const paged = LISTS.find((row) => row.type === type)?.paging;
    expect(sandbox.calls).toHaveLength(paged ? Math.ceil(expected.length / 2) : 1);
  });

  test.each(TYPES)('%s in a region with nothing in it', async (type) => {
    aws.destroy();
    aws = clients(sandbox.url, 'eu-central-1');
    const page = await CASES[type].ask(aws, undefined);
    expect(page[CASES[type].member]).toEqual([]);
    expect(page[CASES[type].give ?? 'NextToken'] ?? undefined).toBeUndefined();
  });

  test('the other region has its own', async () => {
    aws.destroy();
    aws = clients(sandbox.url, 'ap-northeast-1');
    expect(await list('AWS::EC2::Instance')).toEqual(
      sandbox.estate.regions['ap-northeast-1']?.resources['AWS::EC2::Instance'],
    );
    expect(sandbox.calls[0]).toMatchObject({ operation: 'ec2:DescribeInstances', region: 'ap-northeast-1' });
  });

  test('what others own is there unless one asks for self', async () => {
    const { ImageId } = sandbox.estate.regions['us-east-1']?.resources['AWS::EC2::Image']?.at(-1) ?? {};
    const all = await collect(async (NextToken) => {
      const page = await aws.ec2.send(new ec2.DescribeImagesCommand({ NextToken }));
      return [page.Images, page.NextToken];
    });
    expect(all.map((image) => image.ImageId)).toContain(ImageId);
  });

  test('manual snapshots only', async () => {
    const { DBSnapshots } = await aws.rds.send(new rds.DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
    expect(DBSnapshots?.map((snapshot) => snapshot.SnapshotType)).toEqual(['manual', 'manual']);
    const clusters = await aws.rds.send(new rds.DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' }));
    expect(clusters.DBClusterSnapshots).toHaveLength(1);
  });
});

describe('generated resources', () => {
  test('thousands, each with its own id, page by page', async () => {
    await start({ generate: { 'AWS::EC2::Instance': 2500 } });
    const reservations = await collect(async (NextToken) => {
      const page = await aws.ec2.send(new ec2.DescribeInstancesCommand({ MaxResults: 1000, NextToken }));
      return [page.Reservations, page.NextToken];
    });
    const ids = reservations.flatMap((one) => one.Instances ?? []).map((one) => one.InstanceId);
    expect(ids).toHaveLength(12 + 2500);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^i-0[0-9a-f]{16}$/.test(id ?? ''))).toBe(true);
    expect(sandbox.calls).toHaveLength(3);
  });

  test.each(TYPES)('three more %s', async (type) => {
    await start({ generate: { [type]: 3 }, pageSize: 2 });
    const resources = sandbox.estate.regions['us-east-1']?.resources ?? {};
    const before = CASES[type].expected?.(resources) ?? resources[type] ?? [];
    const items = (await list(type)) as Record<string, unknown>[];
    expect(items).toHaveLength(before.length + 3);
    for (const field of ID_FIELDS[type]) expect(new Set(items.map((item) => item[field])).size).toBe(items.length);
  });
});
