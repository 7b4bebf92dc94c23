import type * as Rds from '@aws-sdk/client-rds';
import { required } from '../core/invalid-item.js';
import type { Draft } from '../core/model.js';
import type { CatalogRow, Detail, ServiceAccess } from './define.js';
import { rowsOf } from './define.js';
import { propertiesOf, relations, tagMap } from './fields.js';
import { listed, pages } from './pages.js';
import type { Client, Sdk } from './sdks.js';

type Access = ServiceAccess<Sdk<'RDS'>, Client<'RDS'>>;
const row = rowsOf<Access>('RDS');
/** 100 is the most that RDS gives at once. */
const paging = (access: Access) => ({ client: access.client(), pageSize: 100 });

/** What all RDS records share. The identifier is the name. */
function draft(id: string, tags: readonly Rds.Tag[] | null, properties: object, rest: Partial<Draft>): Draft {
  const base = { arn: null, state: null, createdAt: null, relations: [] };
  return { id, name: id, tags: tags === null ? null : tagMap(tags), properties, ...base, ...rest };
}

/** Subnet groups and parameter groups come without their tags. */
function tagsByCall<Item>(
  arnOf: (item: Item) => string | undefined,
): Detail<Access, Item & { Tags: Rds.Tag[] | null }> {
  return {
    part: 'Tags',
    action: 'rds:ListTagsForResource',
    read: async (aws, item) => {
      const command = new aws.sdk.ListTagsForResourceCommand({ ResourceName: arnOf(item) });
      return listed((await aws.client().send(command, aws.options)).TagList);
    },
  };
}

const vpcGroupIds = (groups: readonly Rds.VpcSecurityGroupMembership[] | undefined) =>
  (groups ?? []).map((group) => group.VpcSecurityGroupId);

export const RDS_ROWS: readonly CatalogRow[] = [
  row({
    type: 'AWS::RDS::DBInstance',
    principal: true,
    actions: ['rds:DescribeDBInstances'],
    list: (aws) => pages(aws.sdk.paginateDescribeDBInstances(paging(aws), {}, aws.options), (page) => page.DBInstances),
    normalize: (item: Rds.DBInstance) =>
      draft(
        required(item.DBInstanceIdentifier, 'DBInstanceIdentifier'),
        item.TagList ?? [],
        propertiesOf(item, 'TagList'),
        {
          arn: item.DBInstanceArn ?? null,
          state: item.DBInstanceStatus ?? null,
          createdAt: item.InstanceCreateTime ?? null,
          relations: relations(
            ['in', 'AWS::RDS::DBCluster', [item.DBClusterIdentifier]],
            ['in', 'AWS::RDS::DBSubnetGroup', [item.DBSubnetGroup?.DBSubnetGroupName]],
            ['in', 'AWS::EC2::VPC', [item.DBSubnetGroup?.VpcId]],
            ['uses', 'AWS::EC2::SecurityGroup', vpcGroupIds(item.VpcSecurityGroups)],
            [
              'uses',
              'AWS::RDS::DBParameterGroup',
              (item.DBParameterGroups ?? []).map((group) => group.DBParameterGroupName),
            ],
          ),
        },
      ),
    volatile: ['LatestRestorableTime'],
    unordered: [
      ...['AdditionalStorageVolumes', 'AssociatedRoles', 'DBInstanceAutomatedBackupsReplications', 'DBParameterGroups'],
      ...['DBSecurityGroups', 'DBSubnetGroup.Subnets', 'DBSubnetGroup.SupportedNetworkTypes'],
      ...['EnabledCloudwatchLogsExports', 'OptionGroupMemberships', 'PendingModifiedValues'],
      ...['ProcessorFeatures', 'ReadReplicaDBClusterIdentifiers'],
      ...['ReadReplicaDBInstanceIdentifiers', 'StatusInfos', 'VpcSecurityGroups'],
    ],
  }),
  row({
    type: 'AWS::RDS::DBCluster',
    actions: ['rds:DescribeDBClusters'],
    list: (aws) => pages(aws.sdk.paginateDescribeDBClusters(paging(aws), {}, aws.options), (page) => page.DBClusters),
    normalize: (item: Rds.DBCluster) =>
      draft(
        required(item.DBClusterIdentifier, 'DBClusterIdentifier'),
        item.TagList ?? [],
        propertiesOf(item, 'TagList'),
        {
          arn: item.DBClusterArn ?? null,
          state: item.Status ?? null,
          createdAt: item.ClusterCreateTime ?? null,
          relations: relations(
            ['in', 'AWS::RDS::DBSubnetGroup', [item.DBSubnetGroup]],
            ['uses', 'AWS::EC2::SecurityGroup', vpcGroupIds(item.VpcSecurityGroups)],
          ),
        },
      ),
    volatile: [
      ...['EarliestRestorableTime', 'LatestRestorableTime', 'EarliestBacktrackTime'],
      ...['BacktrackConsumedChangeRecords', 'Capacity', 'PercentProgress'],
    ],
    unordered: [
      ...['AssociatedRoles', 'AvailabilityZones', 'CustomEndpoints', 'DBClusterMembers'],
      ...['DBClusterOptionGroupMemberships', 'EnabledCloudwatchLogsExports', 'PendingModifiedValues'],
      ...['ReadReplicaIdentifiers', 'StatusInfos', 'VpcSecurityGroups'],
    ],
  }),
  row({
    type: 'AWS::RDS::DBSnapshot',
    actions: ['rds:DescribeDBSnapshots'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeDBSnapshots(paging(aws), { SnapshotType: 'manual' }, aws.options),
        (page) => page.DBSnapshots,
      ),
    normalize: (item: Rds.DBSnapshot) =>
      draft(
        required(item.DBSnapshotIdentifier, 'DBSnapshotIdentifier'),
        item.TagList ?? [],
        propertiesOf(item, 'TagList'),
        {
          arn: item.DBSnapshotArn ?? null,
          state: item.Status ?? null,
          createdAt: item.SnapshotCreateTime ?? null,
          relations: relations(['made_from', 'AWS::RDS::DBInstance', [item.DBInstanceIdentifier]]),
        },
      ),
    volatile: ['PercentProgress'],
    unordered: ['AdditionalStorageVolumes', 'ProcessorFeatures'],
  }),
  row({
    type: 'AWS::RDS::DBClusterSnapshot',
    actions: ['rds:DescribeDBClusterSnapshots'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeDBClusterSnapshots(paging(aws), { SnapshotType: 'manual' }, aws.options),
        (page) => page.DBClusterSnapshots,
      ),
    normalize: (item: Rds.DBClusterSnapshot) =>
      draft(
        required(item.DBClusterSnapshotIdentifier, 'DBClusterSnapshotIdentifier'),
        item.TagList ?? [],
        propertiesOf(item, 'TagList'),
        {
          arn: item.DBClusterSnapshotArn ?? null,
          state: item.Status ?? null,
          createdAt: item.SnapshotCreateTime ?? null,
          relations: relations(['made_from', 'AWS::RDS::DBCluster', [item.DBClusterIdentifier]]),
        },
      ),
    volatile: ['PercentProgress'],
    unordered: ['AvailabilityZones'],
  }),
  row({
    type: 'AWS::RDS::DBSubnetGroup',
    actions: ['rds:DescribeDBSubnetGroups'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeDBSubnetGroups(paging(aws), {}, aws.options), (page) => page.DBSubnetGroups),
    details: [tagsByCall<Rds.DBSubnetGroup>((item) => item.DBSubnetGroupArn)],
    gone: ['DBSubnetGroupNotFoundFault'],
    normalize: (item: Rds.DBSubnetGroup & { Tags: Rds.Tag[] | null }) =>
      draft(required(item.DBSubnetGroupName, 'DBSubnetGroupName'), item.Tags, propertiesOf(item, 'Tags'), {
        arn: item.DBSubnetGroupArn ?? null,
        state: item.SubnetGroupStatus ?? null,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['uses', 'AWS::EC2::Subnet', (item.Subnets ?? []).map((subnet) => subnet.SubnetIdentifier)],
        ),
      }),
    unordered: ['Subnets', 'SupportedNetworkTypes'],
  }),
  row({
    type: 'AWS::RDS::DBParameterGroup',
    actions: ['rds:DescribeDBParameterGroups'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeDBParameterGroups(paging(aws), {}, aws.options), (page) => page.DBParameterGroups),
    details: [tagsByCall<Rds.DBParameterGroup>((item) => item.DBParameterGroupArn)],
    gone: ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'],
    normalize: (item: Rds.DBParameterGroup & { Tags: Rds.Tag[] | null }) =>
      draft(required(item.DBParameterGroupName, 'DBParameterGroupName'), item.Tags, propertiesOf(item, 'Tags'), {
        arn: item.DBParameterGroupArn ?? null,
      }),
  }),
];
