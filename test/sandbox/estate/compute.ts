import type { NetworkInterfaceType } from '@aws-sdk/client-ec2';
import type { Resources } from '../estate.js';
import { OFFICE_SERVERS, SHOP_SERVERS } from './hosts.js';
import { NAT_PUBLIC_IP, SHOP } from './network.js';
import { ACCOUNT_ID, date, ec2Id, FOREIGN_ACCOUNT_ID, tags } from './words.js';

export const VIRGINIA_COMPUTE: Resources = {
  'AWS::EC2::Instance': SHOP_SERVERS.instances,
  'AWS::EC2::Volume': [
    ...SHOP_SERVERS.volumes,
    {
      VolumeId: ec2Id('vol', 'forgotten'),
      AvailabilityZone: 'us-east-1a',
      CreateTime: date('2022-11-30T11:00:00Z'),
      Encrypted: false,
      Iops: 300,
      MultiAttachEnabled: false,
      Size: 100,
      SnapshotId: '',
      State: 'available',
      VolumeType: 'gp2',
      Attachments: [],
      Tags: tags({ Name: '移行データ（確認後に削除）' }),
    },
  ],
  'AWS::EC2::NetworkInterface': [
    ...SHOP_SERVERS.networkInterfaces,
    {
      NetworkInterfaceId: ec2Id('eni', 'nat'),
      AvailabilityZone: 'us-east-1a',
      Description: `Interface for NAT Gateway ${ec2Id('nat', 'shop')}`,
      Groups: [],
      // What EC2 sends, whatever the SDK's type says.
      InterfaceType: 'nat_gateway' as NetworkInterfaceType,
      OwnerId: ACCOUNT_ID,
      PrivateIpAddress: '10.10.0.200',
      Association: { AllocationId: ec2Id('eipalloc', 'nat'), PublicIp: NAT_PUBLIC_IP, IpOwnerId: ACCOUNT_ID },
      RequesterManaged: true,
      Status: 'in-use',
      SubnetId: ec2Id('subnet', 'shop-public-a'),
      VpcId: SHOP,
      TagSet: [],
    },
  ],
  'AWS::EC2::Snapshot': [
    {
      SnapshotId: ec2Id('snap', 'shop-base'),
      OwnerId: ACCOUNT_ID,
      Description: 'Created for shop-base',
      Encrypted: true,
      Progress: '100%',
      StartTime: date('2024-07-30T04:00:00.123Z'),
      State: 'completed',
      VolumeId: ec2Id('vol', 'builder'),
      VolumeSize: 20,
      StorageTier: 'standard',
      Tags: tags({ Name: 'shop-base' }),
    },
    {
      SnapshotId: ec2Id('snap', 'forgotten'),
      OwnerId: ACCOUNT_ID,
      Description: '移行前の控え',
      Encrypted: false,
      Progress: '100%',
      StartTime: date('2022-12-01T00:00:00Z'),
      State: 'completed',
      VolumeId: ec2Id('vol', 'forgotten'),
      VolumeSize: 100,
      StorageTier: 'archive',
      Tags: [],
    },
    // Shared with the account by another one: only there without Owner=self.
    {
      SnapshotId: ec2Id('snap', 'foreign'),
      OwnerId: FOREIGN_ACCOUNT_ID,
      Encrypted: false,
      Progress: '100%',
      StartTime: date('2023-05-05'),
      State: 'completed',
      VolumeSize: 8,
    },
  ],
  'AWS::EC2::Image': [
    {
      ImageId: ec2Id('ami', 'shop-base'),
      Name: 'shop-base-20240730',
      ImageLocation: `${ACCOUNT_ID}/shop-base-20240730`,
      OwnerId: ACCOUNT_ID,
      CreationDate: '2024-07-30T04:10:00.000Z',
      Architecture: 'x86_64',
      ImageType: 'machine',
      Public: false,
      PlatformDetails: 'Linux/UNIX',
      RootDeviceName: '/dev/xvda',
      RootDeviceType: 'ebs',
      State: 'available',
      VirtualizationType: 'hvm',
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: { SnapshotId: ec2Id('snap', 'shop-base'), VolumeSize: 20, VolumeType: 'gp3', Encrypted: true },
        },
      ],
      Tags: tags({ Name: 'shop-base', 作成者: '基盤チーム' }),
    },
    {
      ImageId: ec2Id('ami', 'foreign'),
      Name: 'ubuntu/images/hvm-ssd/ubuntu-noble-24.04-amd64',
      OwnerId: FOREIGN_ACCOUNT_ID,
      Public: true,
      State: 'available',
      CreationDate: '2024-05-01T00:00:00.000Z',
    },
  ],
  'AWS::EC2::EIP': [
    {
      AllocationId: ec2Id('eipalloc', 'nat'),
      AssociationId: ec2Id('eipassoc', 'nat'),
      Domain: 'vpc',
      NetworkInterfaceId: ec2Id('eni', 'nat'),
      NetworkInterfaceOwnerId: ACCOUNT_ID,
      PrivateIpAddress: '10.10.0.200',
      PublicIp: NAT_PUBLIC_IP,
      Tags: tags({ Name: 'nat' }),
    },
    {
      AllocationId: ec2Id('eipalloc', 'bastion'),
      AssociationId: ec2Id('eipassoc', 'bastion'),
      Domain: 'vpc',
      InstanceId: ec2Id('i', 'bastion'),
      NetworkInterfaceId: ec2Id('eni', 'bastion'),
      NetworkInterfaceOwnerId: ACCOUNT_ID,
      PrivateIpAddress: '10.10.0.10',
      PublicIp: '3.221.88.7',
      Tags: [],
    },
    {
      AllocationId: ec2Id('eipalloc', 'spare'),
      Domain: 'vpc',
      PublicIp: '18.209.140.33',
      Tags: tags({ Name: '予備（未使用）' }),
    },
  ],
  'AWS::EC2::KeyPair': [
    {
      KeyPairId: ec2Id('key', 'shop-ops'),
      KeyName: 'shop-ops',
      KeyType: 'ed25519',
      KeyFingerprint: 'Jm6p8cTq0gQ2hX1v0Yl3l0o6c5n2m9b8v7c6x5z4a3s=',
      CreateTime: date('2023-04-01T00:00:00Z'),
      Tags: [],
    },
  ],
  'AWS::EC2::LaunchTemplate': [
    {
      LaunchTemplateId: ec2Id('lt', 'shop-web'),
      LaunchTemplateName: 'shop-web',
      CreatedBy: `arn:aws:iam::${ACCOUNT_ID}:user/yamada`,
      CreateTime: date('2023-04-05T09:00:00Z'),
      DefaultVersionNumber: 3,
      LatestVersionNumber: 4,
      Tags: tags({ Name: 'shop-web' }),
    },
  ],
};

export const TOKYO_COMPUTE: Resources = {
  'AWS::EC2::Instance': OFFICE_SERVERS.instances,
  'AWS::EC2::Volume': OFFICE_SERVERS.volumes,
  'AWS::EC2::NetworkInterface': OFFICE_SERVERS.networkInterfaces,
};
