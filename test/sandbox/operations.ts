import * as ec2 from '@aws-sdk/client-ec2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import type { BucketEstate, ResourceTypeName } from './estate.js';
import type { OperationSchema, ServiceName } from './protocols.js';

/** How a service asks for and limits a page. A size outside min–max is refused; one above `page` is cut to it unasked. */
interface Paging {
  readonly size: string;
  readonly ask: string;
  readonly give: string;
  readonly min: number;
  readonly max: number;
  readonly page: number;
}

export interface ListRow {
  readonly service: ServiceName;
  readonly operation: OperationSchema;
  readonly type: ResourceTypeName;
  /** The output's list. */
  readonly member: string;
  /** Null: the call has no pages. */
  readonly paging: Paging | null;
  /** Parameters that select: name on the wire → does this item stay? */
  readonly filters?: Readonly<Record<string, (item: never, value: string, accountId: string) => boolean>>;
  /** Parameters that may come and change nothing here. All others are refused, so that no filter is silently ignored. */
  readonly ignores?: readonly string[];
}

const EC2: Paging = { size: 'MaxResults', ask: 'NextToken', give: 'NextToken', min: 5, max: 1000, page: 1000 };
const RDS: Paging = { size: 'MaxRecords', ask: 'Marker', give: 'Marker', min: 20, max: 100, page: 100 };
const LAMBDA: Paging = { size: 'MaxItems', ask: 'Marker', give: 'NextMarker', min: 1, max: 10_000, page: 50 };
const S3: Paging = {
  size: 'max-buckets',
  ask: 'continuation-token',
  give: 'ContinuationToken',
  min: 1,
  max: 10_000,
  page: 10_000,
};

type Rest = Pick<ListRow, 'filters' | 'ignores'>;
const row =
  (service: ServiceName) =>
  (
    operation: OperationSchema,
    type: ResourceTypeName,
    member: string,
    paging: Paging | null,
    rest: Rest = {},
  ): ListRow => ({
    service,
    operation,
    type,
    member,
    paging,
    ...rest,
  });
const ec2Row = row('ec2');
const rdsRow = row('rds');
const lambdaRow = row('lambda');

const owner = (item: { OwnerId?: string }, value: string, accountId: string) =>
  item.OwnerId === (value === 'self' ? accountId : value);
const snapshotType = (item: { SnapshotType?: string }, value: string) => item.SnapshotType === value;
const RDS_SNAPSHOTS: Rest = { filters: { SnapshotType: snapshotType }, ignores: ['IncludeShared', 'IncludePublic'] };

/** Every list call: limits as in the API reference of each. */
export const LISTS: readonly ListRow[] = [
  ec2Row(ec2.DescribeInstances$, 'AWS::EC2::Instance', 'Reservations', EC2, { ignores: ['IncludeManagedResources'] }),
  ec2Row(
    ec2.DescribeVolumes$,
    'AWS::EC2::Volume',
    'Volumes',
    { ...EC2, max: Infinity, page: 500 },
    { ignores: ['IncludeManagedResources'] },
  ),
  ec2Row(
    ec2.DescribeSnapshots$,
    'AWS::EC2::Snapshot',
    'Snapshots',
    { ...EC2, max: Infinity },
    { filters: { 'Owner.1': owner } },
  ),
  ec2Row(
    ec2.DescribeImages$,
    'AWS::EC2::Image',
    'Images',
    { ...EC2, min: 1 },
    { filters: { 'Owner.1': owner }, ignores: ['IncludeDeprecated', 'IncludeDisabled'] },
  ),
  ec2Row(ec2.DescribeVpcs$, 'AWS::EC2::VPC', 'Vpcs', EC2),
  ec2Row(ec2.DescribeSubnets$, 'AWS::EC2::Subnet', 'Subnets', EC2),
  ec2Row(ec2.DescribeRouteTables$, 'AWS::EC2::RouteTable', 'RouteTables', { ...EC2, max: 100, page: 100 }),
  ec2Row(ec2.DescribeInternetGateways$, 'AWS::EC2::InternetGateway', 'InternetGateways', EC2),
  ec2Row(ec2.DescribeNatGateways$, 'AWS::EC2::NatGateway', 'NatGateways', EC2),
  ec2Row(ec2.DescribeSecurityGroups$, 'AWS::EC2::SecurityGroup', 'SecurityGroups', EC2),
  ec2Row(ec2.DescribeNetworkInterfaces$, 'AWS::EC2::NetworkInterface', 'NetworkInterfaces', EC2, {
    ignores: ['IncludeManagedResources'],
  }),
  ec2Row(ec2.DescribeAddresses$, 'AWS::EC2::EIP', 'Addresses', null),
  ec2Row(ec2.DescribeKeyPairs$, 'AWS::EC2::KeyPair', 'KeyPairs', null, { ignores: ['IncludePublicKey'] }),
  ec2Row(ec2.DescribeLaunchTemplates$, 'AWS::EC2::LaunchTemplate', 'LaunchTemplates', {
    ...EC2,
    min: 1,
    max: 200,
    page: 200,
  }),
  ec2Row(ec2.DescribeVpcEndpoints$, 'AWS::EC2::VPCEndpoint', 'VpcEndpoints', { ...EC2, min: 1, max: Infinity }),
  ec2Row(ec2.DescribeVpcPeeringConnections$, 'AWS::EC2::VPCPeeringConnection', 'VpcPeeringConnections', EC2),
  ec2Row(ec2.DescribeNetworkAcls$, 'AWS::EC2::NetworkAcl', 'NetworkAcls', EC2),
  rdsRow(rds.DescribeDBInstances$, 'AWS::RDS::DBInstance', 'DBInstances', RDS),
  rdsRow(rds.DescribeDBClusters$, 'AWS::RDS::DBCluster', 'DBClusters', RDS, { ignores: ['IncludeShared'] }),
  rdsRow(rds.DescribeDBSnapshots$, 'AWS::RDS::DBSnapshot', 'DBSnapshots', RDS, RDS_SNAPSHOTS),
  rdsRow(rds.DescribeDBClusterSnapshots$, 'AWS::RDS::DBClusterSnapshot', 'DBClusterSnapshots', RDS, RDS_SNAPSHOTS),
  rdsRow(rds.DescribeDBSubnetGroups$, 'AWS::RDS::DBSubnetGroup', 'DBSubnetGroups', RDS),
  rdsRow(rds.DescribeDBParameterGroups$, 'AWS::RDS::DBParameterGroup', 'DBParameterGroups', RDS),
  lambdaRow(lambda.ListFunctions$, 'AWS::Lambda::Function', 'Functions', LAMBDA),
  lambdaRow(lambda.ListLayers$, 'AWS::Lambda::LayerVersion', 'Layers', { ...LAMBDA, max: 50 }),
  lambdaRow(lambda.ListEventSourceMappings$, 'AWS::Lambda::EventSourceMapping', 'EventSourceMappings', {
    ...LAMBDA,
    page: 100,
  }),
  row('s3')(s3.ListBuckets$, 'AWS::S3::Bucket', 'Buckets', S3, {
    filters: {
      prefix: (bucket: BucketEstate, value) => bucket.Name.startsWith(value),
      'bucket-region': (bucket: BucketEstate, value) => bucket.region === value,
    },
  }),
];

export const LISTS_BY_NAME: ReadonlyMap<string, ListRow> = new Map(
  LISTS.map((r) => [`${r.service}:${r.operation[2]}`, r]),
);

export interface BucketRow {
  readonly operation: OperationSchema;
  /** Undefined: not configured, answered with `missing`. */
  readonly read: (bucket: BucketEstate) => Record<string, unknown> | undefined;
  readonly missing?: readonly [code: string, message: string];
}

/** Every call about one bucket, with AWS's own way to say that nothing is configured. */
export const BUCKET_DETAILS: readonly BucketRow[] = [
  // us-east-1 is told by an empty element; before 2008, eu-west-1 was called EU.
  {
    operation: s3.GetBucketLocation$,
    read: (b) => (b.region === 'us-east-1' ? {} : { LocationConstraint: b.location ?? b.region }),
  },
  {
    operation: s3.GetBucketTagging$,
    read: (b) => b.tags && { TagSet: b.tags },
    missing: ['NoSuchTagSet', 'The TagSet does not exist'],
  },
  {
    operation: s3.GetBucketEncryption$,
    read: (b) => b.encryption && { ServerSideEncryptionConfiguration: b.encryption },
    missing: [
      'ServerSideEncryptionConfigurationNotFoundError',
      'The server side encryption configuration was not found',
    ],
  },
  { operation: s3.GetBucketVersioning$, read: (b) => b.versioning ?? {} },
  {
    operation: s3.GetPublicAccessBlock$,
    read: (b) => b.publicAccessBlock && { PublicAccessBlockConfiguration: b.publicAccessBlock },
    missing: ['NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found'],
  },
  {
    operation: s3.GetBucketOwnershipControls$,
    read: (b) => b.ownership && { OwnershipControls: b.ownership },
    missing: ['OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'],
  },
  {
    operation: s3.GetBucketLifecycleConfiguration$,
    read: (b) => b.lifecycle && { Rules: b.lifecycle },
    missing: ['NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'],
  },
];

const httpOf = (operation: OperationSchema): [string, string, number] =>
  (operation[3] as { http: [string, string, number] }).http;

/** `/?tagging` in the schema: the query parameter that names the call. */
export const S3_BUCKET_CALLS = BUCKET_DETAILS.map(({ operation }) => ({
  name: operation[2],
  query: httpOf(operation)[1].replace(/^\/\?/, '').replace(/&.*/, ''),
}));

export const BUCKET_DETAILS_BY_NAME: ReadonlyMap<string, BucketRow> = new Map(
  BUCKET_DETAILS.map((r) => [`s3:${r.operation[2]}`, r]),
);

/** Lambda's paths, out of the schemas; `{Resource}` matches a whole escaped ARN. */
export const ROUTES = [
  lambda.ListFunctions$,
  lambda.ListLayers$,
  lambda.ListEventSourceMappings$,
  lambda.ListTags$,
].map((operation) => {
  const [method, path] = httpOf(operation);
  return { name: `lambda:${operation[2]}`, method, path: new RegExp(`^${path.replace(/\{\w+\}/, '(.+?)')}/?$`) };
});
