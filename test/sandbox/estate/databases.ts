import type { DBCluster, DBInstance, DBParameterGroup, DBSnapshot, DBSubnetGroup } from '@aws-sdk/client-rds';
import type { RegionEstate } from '../estate.js';
import { OFFICE, SHOP } from './network.js';
import { arn, date, ec2Id, TOKYO, tags, uuid, VIRGINIA } from './words.js';

const SHOP_SUBNETS: DBSubnetGroup = {
  DBSubnetGroupName: 'shop-databases',
  DBSubnetGroupDescription: '店舗のデータベース',
  DBSubnetGroupArn: arn('rds', VIRGINIA, 'subgrp:shop-databases'),
  SubnetGroupStatus: 'Complete',
  VpcId: SHOP,
  Subnets: [
    {
      SubnetIdentifier: ec2Id('subnet', 'shop-private-a'),
      SubnetAvailabilityZone: { Name: 'us-east-1a' },
      SubnetStatus: 'Active',
    },
    {
      SubnetIdentifier: ec2Id('subnet', 'shop-private-b'),
      SubnetAvailabilityZone: { Name: 'us-east-1b' },
      SubnetStatus: 'Active',
    },
  ],
  SupportedNetworkTypes: ['IPV4'],
};

const OFFICE_SUBNETS: DBSubnetGroup = {
  DBSubnetGroupName: 'office-databases',
  DBSubnetGroupDescription: 'office',
  DBSubnetGroupArn: arn('rds', TOKYO, 'subgrp:office-databases'),
  SubnetGroupStatus: 'Complete',
  VpcId: OFFICE,
  Subnets: [
    {
      SubnetIdentifier: ec2Id('subnet', 'office-private-a'),
      SubnetAvailabilityZone: { Name: 'ap-northeast-1a' },
      SubnetStatus: 'Active',
    },
    {
      SubnetIdentifier: ec2Id('subnet', 'office-private-c'),
      SubnetAvailabilityZone: { Name: 'ap-northeast-1c' },
      SubnetStatus: 'Active',
    },
  ],
};

function database(id: string, fields: Partial<DBInstance> & { Engine: string; AvailabilityZone: string }): DBInstance {
  const region = fields.AvailabilityZone.slice(0, -1);
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: arn('rds', region, `db:${id}`),
    DbiResourceId: `db-${uuid(id).replaceAll('-', '').slice(0, 26).toUpperCase()}`,
    DBInstanceClass: 'db.t4g.medium',
    DBInstanceStatus: 'available',
    EngineVersion: '8.0.41',
    MasterUsername: 'admin',
    Endpoint: { Address: `${id}.c7wq3zk1xm2p.${region}.rds.amazonaws.com`, Port: 3306, HostedZoneId: 'Z2R2ITUGPM61AM' },
    AllocatedStorage: 100,
    StorageType: 'gp3',
    StorageEncrypted: true,
    InstanceCreateTime: date('2023-04-10T05:06:07.089Z'),
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: '17:00-17:30',
    PreferredMaintenanceWindow: 'sun:18:00-sun:18:30',
    MultiAZ: false,
    PubliclyAccessible: false,
    DeletionProtection: true,
    AutoMinorVersionUpgrade: true,
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    LatestRestorableTime: date('2025-07-15T02:55:00Z'),
    DBSubnetGroup: SHOP_SUBNETS,
    DBParameterGroups: [{ DBParameterGroupName: 'shop-mysql80', ParameterApplyStatus: 'in-sync' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: ec2Id('sg', 'shop-db'), Status: 'active' }],
    TagList: [],
    ...fields,
  };
}

const CLUSTER_GROUP = {
  DBParameterGroups: [{ DBParameterGroupName: 'default.aurora-postgresql16', ParameterApplyStatus: 'in-sync' }],
};

const members: DBCluster['DBClusterMembers'] = [
  {
    DBInstanceIdentifier: 'catalog-1',
    IsClusterWriter: true,
    DBClusterParameterGroupStatus: 'in-sync',
    PromotionTier: 1,
  },
  {
    DBInstanceIdentifier: 'catalog-2',
    IsClusterWriter: false,
    DBClusterParameterGroupStatus: 'in-sync',
    PromotionTier: 2,
  },
];

function snapshot(
  id: string,
  SnapshotType: 'manual' | 'automated',
  created: string,
  TagList: DBSnapshot['TagList'] = [],
): DBSnapshot {
  return {
    DBSnapshotIdentifier: id,
    DBSnapshotArn: arn('rds', VIRGINIA, `snapshot:${id}`),
    DBInstanceIdentifier: 'orders',
    SnapshotType,
    Status: 'available',
    SnapshotCreateTime: date(created),
    InstanceCreateTime: date('2023-04-10T05:06:07.089Z'),
    Engine: 'mysql',
    EngineVersion: '8.0.41',
    AllocatedStorage: 100,
    AvailabilityZone: 'us-east-1a',
    Encrypted: true,
    PercentProgress: 100,
    Port: 3306,
    StorageType: 'gp3',
    VpcId: SHOP,
    TagList,
  };
}

function parameterGroup(name: string, region: string, family: string, Description: string): DBParameterGroup {
  return {
    DBParameterGroupName: name,
    DBParameterGroupFamily: family,
    Description,
    DBParameterGroupArn: arn('rds', region, `pg:${name}`),
  };
}

export const VIRGINIA_DATABASES: RegionEstate = {
  resources: {
    'AWS::RDS::DBInstance': [
      database('orders', {
        Engine: 'mysql',
        AvailabilityZone: 'us-east-1a',
        MultiAZ: true,
        TagList: tags({ 用途: '注文', 重要度: '高 ⚠️', Memo: '' }),
      }),
      database('members', {
        Engine: 'mysql',
        AvailabilityZone: 'us-east-1b',
        DBInstanceStatus: 'stopped',
        TagList: tags({ Note: '<会員 & "住所">' }),
      }),
      database('catalog-1', {
        Engine: 'aurora-postgresql',
        EngineVersion: '16.6',
        AvailabilityZone: 'us-east-1a',
        DBClusterIdentifier: 'catalog',
        ...CLUSTER_GROUP,
      }),
      database('catalog-2', {
        Engine: 'aurora-postgresql',
        EngineVersion: '16.6',
        AvailabilityZone: 'us-east-1b',
        DBClusterIdentifier: 'catalog',
        ...CLUSTER_GROUP,
      }),
    ],
    'AWS::RDS::DBCluster': [
      {
        DBClusterIdentifier: 'catalog',
        DBClusterArn: arn('rds', VIRGINIA, 'cluster:catalog'),
        DbClusterResourceId: 'cluster-7Q3YH5ZKJ2M4N6P8R9S1T3V5W7',
        DBClusterMembers: members,
        DBClusterParameterGroup: 'default.aurora-postgresql16',
        DBSubnetGroup: 'shop-databases',
        Status: 'available',
        Engine: 'aurora-postgresql',
        EngineVersion: '16.6',
        EngineMode: 'provisioned',
        Endpoint: 'catalog.cluster-c7wq3zk1xm2p.us-east-1.rds.amazonaws.com',
        ReaderEndpoint: 'catalog.cluster-ro-c7wq3zk1xm2p.us-east-1.rds.amazonaws.com',
        Port: 5432,
        MasterUsername: 'postgres',
        MultiAZ: true,
        StorageEncrypted: true,
        DeletionProtection: true,
        BackupRetentionPeriod: 14,
        AllocatedStorage: 1,
        AvailabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
        ClusterCreateTime: date('2024-02-29T12:00:00.5Z'),
        VpcSecurityGroups: [{ VpcSecurityGroupId: ec2Id('sg', 'shop-db'), Status: 'active' }],
        TagList: tags({ 用途: '商品カタログ' }),
      },
    ],
    'AWS::RDS::DBSnapshot': [
      snapshot('orders-before-2025-sale', 'manual', '2024-12-30T20:00:00Z', tags({ 理由: '年末セール前' })),
      snapshot('orders-upgrade', 'manual', '2025-03-03T03:03:03Z'),
      snapshot('rds:orders-2025-07-14-17-05', 'automated', '2025-07-14T17:05:00Z'),
      snapshot('rds:orders-2025-07-15-17-05', 'automated', '2025-07-15T17:05:00Z'),
    ],
    'AWS::RDS::DBClusterSnapshot': (['manual', 'automated'] as const).map((SnapshotType) => {
      const id = SnapshotType === 'manual' ? 'catalog-before-migration' : 'rds:catalog-2025-07-15-17-10';
      return {
        DBClusterSnapshotIdentifier: id,
        DBClusterSnapshotArn: arn('rds', VIRGINIA, `cluster-snapshot:${id}`),
        DBClusterIdentifier: 'catalog',
        SnapshotType,
        Status: 'available',
        SnapshotCreateTime: date('2025-07-15T17:10:00Z'),
        Engine: 'aurora-postgresql',
        EngineVersion: '16.6',
        AllocatedStorage: 1,
        PercentProgress: 100,
        StorageEncrypted: true,
        VpcId: SHOP,
        TagList: [],
      };
    }),
    'AWS::RDS::DBSubnetGroup': [SHOP_SUBNETS],
    'AWS::RDS::DBParameterGroup': [
      parameterGroup('shop-mysql80', VIRGINIA, 'mysql8.0', '文字コード utf8mb4'),
      parameterGroup(
        'default.aurora-postgresql16',
        VIRGINIA,
        'aurora-postgresql16',
        'Default parameter group for aurora-postgresql16',
      ),
    ],
  },
  tags: {
    [arn('rds', VIRGINIA, 'subgrp:shop-databases')]: { 環境: '本番' },
    [arn('rds', VIRGINIA, 'pg:shop-mysql80')]: { Owner: '基盤チーム' },
  },
};

export const TOKYO_DATABASES: RegionEstate = {
  resources: {
    'AWS::RDS::DBInstance': [
      database('accounting', {
        Engine: 'postgres',
        EngineVersion: '15.10',
        AvailabilityZone: 'ap-northeast-1a',
        DBSubnetGroup: OFFICE_SUBNETS,
        DBParameterGroups: [{ DBParameterGroupName: 'default.postgres15', ParameterApplyStatus: 'in-sync' }],
        VpcSecurityGroups: [{ VpcSecurityGroupId: ec2Id('sg', 'office-files'), Status: 'active' }],
        TagList: tags({ 部署: '経理' }),
      }),
    ],
    'AWS::RDS::DBSubnetGroup': [OFFICE_SUBNETS],
    'AWS::RDS::DBParameterGroup': [
      parameterGroup('default.postgres15', TOKYO, 'postgres15', 'Default parameter group for postgres15'),
    ],
  },
  tags: {},
};
