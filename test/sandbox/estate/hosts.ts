import type { Instance, InstanceStateName, NetworkInterface, Volume } from '@aws-sdk/client-ec2';
import { OFFICE, SHOP } from './network.js';
import { ACCOUNT_ID, arn, date, ec2Id, TOKYO, tags } from './words.js';

/** One line a server; its instance, root volume and network interface are all made from it, so that they agree. */
interface Host {
  readonly key: string;
  readonly type: Instance['InstanceType'] & string;
  readonly subnet: string;
  readonly ip: string;
  readonly zone: string;
  readonly group: string;
  readonly state: InstanceStateName;
  readonly launched: string;
  readonly tags: Record<string, string>;
}

const STATE_CODES: Record<InstanceStateName, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};
/** The office starts its servers from a public image, which is not the account's. */
const baseOf = (host: Host) => (inTokyo(host) ? 'public-linux' : 'shop-base');
const inTokyo = (host: Host) => host.zone.startsWith(TOKYO);

const [A, B] = ['shop-private-a', 'shop-private-b'];
// biome-ignore format: a table
const SHOP_HOSTS: readonly Host[] = [
  { key: 'web-1', type: 't3.small', subnet: A, ip: '10.10.10.11', zone: 'us-east-1a', group: 'shop-web', state: 'running', launched: '2025-06-02T01:00:00Z', tags: { Name: 'shop-web-1', 環境: '本番', Team: 'web' } },
  { key: 'web-2', type: 't3.small', subnet: B, ip: '10.10.11.12', zone: 'us-east-1b', group: 'shop-web', state: 'running', launched: '2025-06-02T01:00:00Z', tags: { Name: 'shop-web-2', 環境: '本番', Team: 'web' } },
  { key: 'web-3', type: 't3.small', subnet: A, ip: '10.10.10.13', zone: 'us-east-1a', group: 'shop-web', state: 'stopped', launched: '2025-03-11T23:41:09Z', tags: { Name: 'shop-web-3 (予備)', 環境: '本番', Memo: '' } },
  { key: 'api-1', type: 'm6i.large', subnet: A, ip: '10.10.10.21', zone: 'us-east-1a', group: 'shop-web', state: 'running', launched: '2025-05-20T10:12:00Z', tags: { Name: 'shop-api-1', Owner: '山田 太郎' } },
  { key: 'api-2', type: 'm6i.large', subnet: B, ip: '10.10.11.22', zone: 'us-east-1b', group: 'shop-web', state: 'running', launched: '2025-05-20T10:12:00Z', tags: { Name: 'shop-api-2', Owner: '山田 太郎' } },
  { key: 'search', type: 'r6i.xlarge', subnet: B, ip: '10.10.11.31', zone: 'us-east-1b', group: 'shop-web', state: 'running', launched: '2024-12-01T05:30:00Z', tags: { Name: '検索サーバー 🔍', Note: `a < b && c > "d" 'e'` } },
  { key: 'batch', type: 'c6i.large', subnet: A, ip: '10.10.10.41', zone: 'us-east-1a', group: 'shop-web', state: 'stopping', launched: '2025-07-01T15:00:00Z', tags: { Name: 'shop-batch' } },
  { key: 'bastion', type: 't3.micro', subnet: 'shop-public-a', ip: '10.10.0.10', zone: 'us-east-1a', group: 'shop-bastion', state: 'running', launched: '2024-08-15T08:08:08Z', tags: { Name: 'shop-bastion' } },
  { key: 'trial', type: 't3.nano', subnet: 'legacy-a', ip: '172.31.0.50', zone: 'us-east-1a', group: 'legacy-open', state: 'running', launched: '2022-02-02T22:22:22Z', tags: {} },
  { key: 'old-crm', type: 't2.medium', subnet: 'legacy-a', ip: '172.31.0.51', zone: 'us-east-1a', group: 'legacy-open', state: 'stopped', launched: '2021-10-10T00:00:00Z', tags: { Name: '旧・顧客管理（2026年廃止予定）' } },
  { key: 'new-web', type: 't3.small', subnet: B, ip: '10.10.11.14', zone: 'us-east-1b', group: 'shop-web', state: 'pending', launched: '2025-07-15T03:00:00Z', tags: { Name: 'shop-web-4' } },
  { key: 'gone', type: 't3.small', subnet: '', ip: '', zone: 'us-east-1a', group: '', state: 'terminated', launched: '2025-07-14T18:00:00Z', tags: { Name: 'shop-web-0' } },
];
// biome-ignore format: a table
const OFFICE_HOSTS: readonly Host[] = [
  { key: 'files', type: 't3.medium', subnet: 'office-private-a', ip: '10.20.0.11', zone: 'ap-northeast-1a', group: 'office-files', state: 'running', launched: '2024-04-01T00:00:00Z', tags: { Name: 'ファイルサーバー', 部署: '総務' } },
  { key: 'print', type: 't3.micro', subnet: 'office-private-c', ip: '10.20.1.12', zone: 'ap-northeast-1c', group: 'office-files', state: 'running', launched: '2024-04-01T00:00:00Z', tags: { Name: '帳票 🖨️', 部署: '経理' } },
  { key: 'dev', type: 't4g.small', subnet: 'office-private-a', ip: '10.20.0.21', zone: 'ap-northeast-1a', group: 'office-files', state: 'stopped', launched: '2025-01-20T02:00:00Z', tags: { Name: 'dev' } },
];

const vpcOf = (host: Host) => (inTokyo(host) ? OFFICE : host.subnet === 'legacy-a' ? ec2Id('vpc', 'legacy') : SHOP);
const groupsOf = (host: Host) => [{ GroupId: ec2Id('sg', host.group), GroupName: host.group }];
const attachedAt = (host: Host) => date(host.launched);

function instance(host: Host): Instance {
  const gone = host.state === 'terminated';
  return {
    InstanceId: ec2Id('i', host.key),
    ImageId: ec2Id('ami', baseOf(host)),
    InstanceType: host.type,
    ...(!inTokyo(host) && { KeyName: 'shop-ops' }),
    LaunchTime: date(host.launched),
    AmiLaunchIndex: 0,
    Architecture: host.type.startsWith('t4g') ? 'arm64' : 'x86_64',
    EbsOptimized: false,
    EnaSupport: true,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    Monitoring: { State: 'disabled' },
    Placement: { AvailabilityZone: host.zone, GroupName: '', Tenancy: 'default' },
    State: { Code: STATE_CODES[host.state], Name: host.state },
    StateTransitionReason: host.state === 'stopped' || gone ? 'User initiated (2025-07-14 18:30:00 GMT)' : '',
    MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 2, State: 'applied' },
    ...(!gone && {
      VpcId: vpcOf(host),
      SubnetId: ec2Id('subnet', host.subnet),
      PrivateIpAddress: host.ip,
      PrivateDnsName: `ip-${host.ip.replaceAll('.', '-')}.${inTokyo(host) ? 'ap-northeast-1.compute' : 'ec2'}.internal`,
      SecurityGroups: groupsOf(host),
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: {
            AttachTime: attachedAt(host),
            DeleteOnTermination: true,
            Status: 'attached',
            VolumeId: ec2Id('vol', host.key),
          },
        },
      ],
      NetworkInterfaces: [
        {
          NetworkInterfaceId: ec2Id('eni', host.key),
          SubnetId: ec2Id('subnet', host.subnet),
          VpcId: vpcOf(host),
          PrivateIpAddress: host.ip,
          Status: 'in-use',
          Groups: groupsOf(host),
        },
      ],
    }),
    ...(host.key === 'bastion' && { PublicIpAddress: '3.221.88.7' }),
    Tags: tags(host.tags),
  };
}

function rootVolume(host: Host): Volume {
  return {
    VolumeId: ec2Id('vol', host.key),
    AvailabilityZone: host.zone,
    CreateTime: date(host.launched),
    Encrypted: true,
    KmsKeyId: arn('kms', host.zone.slice(0, -1), 'key/5f2b6c1e-2f34-4b0a-9f5f-0d2c8e6a7b19'),
    Iops: 3000,
    Throughput: 125,
    MultiAttachEnabled: false,
    Size: 20,
    SnapshotId: ec2Id('snap', baseOf(host)),
    State: 'in-use',
    VolumeType: 'gp3',
    Attachments: [
      {
        AttachTime: attachedAt(host),
        DeleteOnTermination: true,
        Device: '/dev/xvda',
        InstanceId: ec2Id('i', host.key),
        State: 'attached',
        VolumeId: ec2Id('vol', host.key),
      },
    ],
    Tags: host.tags.Name === undefined ? [] : tags({ Name: `${host.tags.Name} /` }),
  };
}

function networkInterface(host: Host): NetworkInterface {
  return {
    NetworkInterfaceId: ec2Id('eni', host.key),
    AvailabilityZone: host.zone,
    Description: '',
    Groups: groupsOf(host),
    InterfaceType: 'interface',
    OwnerId: ACCOUNT_ID,
    PrivateIpAddress: host.ip,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: host.ip }],
    RequesterManaged: false,
    SourceDestCheck: true,
    Status: 'in-use',
    SubnetId: ec2Id('subnet', host.subnet),
    VpcId: vpcOf(host),
    Attachment: {
      AttachTime: attachedAt(host),
      AttachmentId: ec2Id('eni-attach', host.key),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      InstanceId: ec2Id('i', host.key),
      InstanceOwnerId: ACCOUNT_ID,
      Status: 'attached',
    },
    TagSet: [],
  };
}

const there = (hosts: readonly Host[]) => hosts.filter((host) => host.state !== 'terminated');

function servers(hosts: readonly Host[]) {
  return {
    instances: hosts.map(instance),
    volumes: there(hosts).map(rootVolume),
    networkInterfaces: there(hosts).map(networkInterface),
  };
}

export const SHOP_SERVERS = servers(SHOP_HOSTS);
export const OFFICE_SERVERS = servers(OFFICE_HOSTS);
