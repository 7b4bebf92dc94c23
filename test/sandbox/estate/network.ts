import type { IpPermission, NetworkAcl, RouteTable, SecurityGroup, State, Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { Resources } from '../estate.js';
import { ACCOUNT_ID, arn, date, ec2Id, TOKYO, tags, VIRGINIA } from './words.js';

export const SHOP = ec2Id('vpc', 'shop');
const LEGACY = ec2Id('vpc', 'legacy');
export const OFFICE = ec2Id('vpc', 'office');
const PEERING = ec2Id('pcx', 'shop-office');
export const NAT_PUBLIC_IP = '54.204.61.19';

function vpc(VpcId: string, CidrBlock: string, IsDefault: boolean, names: Record<string, string>): Vpc {
  return {
    CidrBlock,
    DhcpOptionsId: ec2Id('dopt', 'default'),
    State: 'available',
    VpcId,
    OwnerId: ACCOUNT_ID,
    InstanceTenancy: 'default',
    CidrBlockAssociationSet: [
      { AssociationId: ec2Id('vpc-cidr-assoc', VpcId), CidrBlock, CidrBlockState: { State: 'associated' } },
    ],
    IsDefault,
    Tags: tags(names),
  };
}

function subnet(name: string, VpcId: string, AvailabilityZone: string, CidrBlock: string, open: boolean): Subnet {
  const SubnetId = ec2Id('subnet', name);
  return {
    AvailabilityZone,
    AvailableIpAddressCount: 243,
    CidrBlock,
    DefaultForAz: false,
    MapPublicIpOnLaunch: open,
    State: 'available',
    SubnetId,
    SubnetArn: arn('ec2', AvailabilityZone.slice(0, -1), `subnet/${SubnetId}`),
    VpcId,
    OwnerId: ACCOUNT_ID,
    Tags: tags({ Name: name, Tier: open ? 'public' : 'private' }),
  };
}

function routeTable(
  name: string,
  VpcId: string,
  cidr: string,
  subnets: string[],
  routes: RouteTable['Routes'] = [],
): RouteTable {
  const RouteTableId = ec2Id('rtb', name);
  const associations = subnets.map((word) => ({ Main: false, SubnetId: ec2Id('subnet', word) }));
  return {
    RouteTableId,
    VpcId,
    OwnerId: ACCOUNT_ID,
    Associations: (associations.length > 0 ? associations : [{ Main: true }]).map((association, at) => ({
      ...association,
      RouteTableId,
      RouteTableAssociationId: ec2Id('rtbassoc', `${name}/${at}`),
      AssociationState: { State: 'associated' },
    })),
    Routes: [
      { DestinationCidrBlock: cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      ...routes,
    ],
    PropagatingVgws: [],
    Tags: tags({ Name: name }),
  };
}

const tcp = (port: number, source: Partial<IpPermission>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  ...source,
});
const anyone = { IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
const from = (group: string) => ({ UserIdGroupPairs: [{ GroupId: ec2Id('sg', group), UserId: ACCOUNT_ID }] });

function securityGroup(name: string, VpcId: string, Description: string, IpPermissions: IpPermission[]): SecurityGroup {
  return {
    GroupId: ec2Id('sg', name),
    GroupName: name,
    Description,
    VpcId,
    OwnerId: ACCOUNT_ID,
    IpPermissions,
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    Tags: tags({ Name: name }),
  };
}

function networkAcl(name: string, VpcId: string, subnets: string[]): NetworkAcl {
  const NetworkAclId = ec2Id('acl', name);
  const entry = (Egress: boolean, RuleNumber: number, RuleAction: 'allow' | 'deny') => ({
    CidrBlock: '0.0.0.0/0',
    Egress,
    Protocol: '-1',
    RuleAction,
    RuleNumber,
  });
  return {
    NetworkAclId,
    VpcId,
    OwnerId: ACCOUNT_ID,
    IsDefault: true,
    Associations: subnets.map((word) => ({
      NetworkAclAssociationId: ec2Id('aclassoc', word),
      NetworkAclId,
      SubnetId: ec2Id('subnet', word),
    })),
    Entries: [
      entry(true, 100, 'allow'),
      entry(true, 32767, 'deny'),
      entry(false, 100, 'allow'),
      entry(false, 32767, 'deny'),
    ],
    Tags: [],
  };
}

const peering: Resources['AWS::EC2::VPCPeeringConnection'] = [
  {
    VpcPeeringConnectionId: PEERING,
    RequesterVpcInfo: { VpcId: SHOP, CidrBlock: '10.10.0.0/16', OwnerId: ACCOUNT_ID, Region: VIRGINIA },
    AccepterVpcInfo: { VpcId: OFFICE, CidrBlock: '10.20.0.0/16', OwnerId: ACCOUNT_ID, Region: TOKYO },
    Status: { Code: 'active', Message: 'Active' },
    Tags: tags({ Name: 'shop-office', 用途: '店舗と事務所の接続' }),
  },
];

export const VIRGINIA_NETWORK: Resources = {
  'AWS::EC2::VPC': [
    vpc(SHOP, '10.10.0.0/16', false, { Name: 'shop', 環境: '本番', Note: `<"tea" & 'rice'> = 100% \\o/` }),
    vpc(LEGACY, '172.31.0.0/16', true, {}),
  ],
  'AWS::EC2::Subnet': [
    subnet('shop-public-a', SHOP, 'us-east-1a', '10.10.0.0/24', true),
    subnet('shop-public-b', SHOP, 'us-east-1b', '10.10.1.0/24', true),
    subnet('shop-private-a', SHOP, 'us-east-1a', '10.10.10.0/24', false),
    subnet('shop-private-b', SHOP, 'us-east-1b', '10.10.11.0/24', false),
    subnet('legacy-a', LEGACY, 'us-east-1a', '172.31.0.0/20', true),
  ],
  'AWS::EC2::RouteTable': [
    routeTable('shop-main', SHOP, '10.10.0.0/16', []),
    routeTable(
      'shop-public',
      SHOP,
      '10.10.0.0/16',
      ['shop-public-a', 'shop-public-b'],
      [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: ec2Id('igw', 'shop'), Origin: 'CreateRoute', State: 'active' }],
    ),
    routeTable(
      'shop-private',
      SHOP,
      '10.10.0.0/16',
      ['shop-private-a', 'shop-private-b'],
      [
        {
          DestinationCidrBlock: '0.0.0.0/0',
          NatGatewayId: ec2Id('nat', 'shop'),
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationCidrBlock: '10.20.0.0/16',
          VpcPeeringConnectionId: PEERING,
          Origin: 'CreateRoute',
          State: 'active',
        },
      ],
    ),
    routeTable('legacy-main', LEGACY, '172.31.0.0/16', []),
  ],
  'AWS::EC2::InternetGateway': [
    {
      InternetGatewayId: ec2Id('igw', 'shop'),
      OwnerId: ACCOUNT_ID,
      Attachments: [{ State: 'attached', VpcId: SHOP }],
      Tags: tags({ Name: 'shop' }),
    },
    {
      InternetGatewayId: ec2Id('igw', 'legacy'),
      OwnerId: ACCOUNT_ID,
      Attachments: [{ State: 'attached', VpcId: LEGACY }],
      Tags: [],
    },
    { InternetGatewayId: ec2Id('igw', 'unused'), OwnerId: ACCOUNT_ID, Attachments: [], Tags: tags({ Name: '未使用' }) },
  ],
  'AWS::EC2::NatGateway': [
    {
      NatGatewayId: ec2Id('nat', 'shop'),
      SubnetId: ec2Id('subnet', 'shop-public-a'),
      VpcId: SHOP,
      State: 'available',
      ConnectivityType: 'public',
      CreateTime: date('2023-04-03T02:11:40Z'),
      NatGatewayAddresses: [
        {
          AllocationId: ec2Id('eipalloc', 'nat'),
          NetworkInterfaceId: ec2Id('eni', 'nat'),
          PrivateIp: '10.10.0.200',
          PublicIp: NAT_PUBLIC_IP,
          IsPrimary: true,
          Status: 'succeeded',
        },
      ],
      Tags: tags({ Name: 'shop' }),
    },
  ],
  'AWS::EC2::SecurityGroup': [
    securityGroup('shop-alb', SHOP, 'load balancer', [tcp(443, anyone), tcp(80, anyone)]),
    securityGroup('shop-web', SHOP, 'web servers', [tcp(8080, from('shop-alb'))]),
    securityGroup('shop-db', SHOP, 'databases', [tcp(3306, from('shop-web')), tcp(5432, from('shop-web'))]),
    securityGroup('shop-bastion', SHOP, 'bastion: only from the office', [
      tcp(22, { IpRanges: [{ CidrIp: '203.0.113.24/32', Description: 'Osaka office' }] }),
    ]),
    securityGroup('legacy-open', LEGACY, 'open to the world', [tcp(22, anyone)]),
  ],
  'AWS::EC2::VPCEndpoint': [
    {
      VpcEndpointId: ec2Id('vpce', 'shop-s3'),
      VpcEndpointType: 'Gateway',
      VpcId: SHOP,
      ServiceName: 'com.amazonaws.us-east-1.s3',
      // What EC2 sends, whatever the SDK's type says.
      State: 'available' as State,
      RouteTableIds: [ec2Id('rtb', 'shop-private')],
      SubnetIds: [],
      Groups: [],
      NetworkInterfaceIds: [],
      CreationTimestamp: date('2023-04-03T02:20:00Z'),
      OwnerId: ACCOUNT_ID,
      Tags: tags({ Name: 'shop-s3' }),
    },
  ],
  'AWS::EC2::VPCPeeringConnection': peering,
  'AWS::EC2::NetworkAcl': [
    networkAcl('shop', SHOP, ['shop-public-a', 'shop-public-b', 'shop-private-a', 'shop-private-b']),
    networkAcl('legacy', LEGACY, ['legacy-a']),
  ],
};

export const TOKYO_NETWORK: Resources = {
  'AWS::EC2::VPC': [vpc(OFFICE, '10.20.0.0/16', false, { Name: 'office', 場所: '大阪事務所 🏢' })],
  'AWS::EC2::Subnet': [
    subnet('office-private-a', OFFICE, 'ap-northeast-1a', '10.20.0.0/24', false),
    subnet('office-private-c', OFFICE, 'ap-northeast-1c', '10.20.1.0/24', false),
  ],
  'AWS::EC2::RouteTable': [
    routeTable(
      'office-main',
      OFFICE,
      '10.20.0.0/16',
      ['office-private-a', 'office-private-c'],
      [
        {
          DestinationCidrBlock: '10.10.0.0/16',
          VpcPeeringConnectionId: PEERING,
          Origin: 'CreateRoute',
          State: 'active',
        },
      ],
    ),
  ],
  'AWS::EC2::SecurityGroup': [
    securityGroup('office-files', OFFICE, 'file server', [tcp(445, { IpRanges: [{ CidrIp: '10.20.0.0/16' }] })]),
  ],
  'AWS::EC2::VPCPeeringConnection': peering,
  'AWS::EC2::NetworkAcl': [networkAcl('office', OFFICE, ['office-private-a', 'office-private-c'])],
};
