import type { ResourceTypeName } from './estate.js';

/** The fields that hold a resource's id (or a second unique name); their value is replaced wherever it stands in it. */
export const ID_FIELDS: Readonly<Record<ResourceTypeName, readonly string[]>> = {
  'AWS::EC2::Instance': ['InstanceId'],
  'AWS::EC2::Volume': ['VolumeId'],
  'AWS::EC2::Snapshot': ['SnapshotId'],
  'AWS::EC2::Image': ['ImageId'],
  'AWS::EC2::VPC': ['VpcId'],
  'AWS::EC2::Subnet': ['SubnetId'],
  'AWS::EC2::RouteTable': ['RouteTableId'],
  'AWS::EC2::InternetGateway': ['InternetGatewayId'],
  'AWS::EC2::NatGateway': ['NatGatewayId'],
  'AWS::EC2::SecurityGroup': ['GroupId'],
  'AWS::EC2::NetworkInterface': ['NetworkInterfaceId'],
  'AWS::EC2::EIP': ['AllocationId'],
  'AWS::EC2::KeyPair': ['KeyPairId', 'KeyName'],
  'AWS::EC2::LaunchTemplate': ['LaunchTemplateId', 'LaunchTemplateName'],
  'AWS::EC2::VPCEndpoint': ['VpcEndpointId'],
  'AWS::EC2::VPCPeeringConnection': ['VpcPeeringConnectionId'],
  'AWS::EC2::NetworkAcl': ['NetworkAclId'],
  'AWS::RDS::DBInstance': ['DBInstanceIdentifier'],
  'AWS::RDS::DBCluster': ['DBClusterIdentifier'],
  'AWS::RDS::DBSnapshot': ['DBSnapshotIdentifier'],
  'AWS::RDS::DBClusterSnapshot': ['DBClusterSnapshotIdentifier'],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::RDS::DBParameterGroup': ['DBParameterGroupName'],
  'AWS::S3::Bucket': ['Name'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::Lambda::LayerVersion': ['LayerName'],
  'AWS::Lambda::EventSourceMapping': ['UUID'],
};

const HEX_ID = /^([a-z]+-)[0-9a-f]{17}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of the index-th generated resource, in the form of the first one's id. */
function generatedId(id: string, index: number): string {
  const hex = HEX_ID.exec(id);
  if (hex) return `${hex[1]}0f${index.toString(16).padStart(15, '0')}`;
  if (UUID.test(id)) return id.slice(0, 24) + index.toString(16).padStart(12, '0');
  return `${id}-${String(index).padStart(6, '0')}`;
}

export function idsOf(type: ResourceTypeName, item: object): string[] {
  return ID_FIELDS[type].flatMap((field) => {
    const id = (item as Record<string, unknown>)[field];
    return typeof id === 'string' ? [id] : [];
  });
}

/** Private-use characters: they occur in no id and no serializer escapes them. */
const MARK = (position: number) => String.fromCharCode(0xe000 + position);

/**
 * Serializes an item once and gives back a function that renders it with the ids of any index: what makes a page of a
 * thousand cost a few milliseconds.
 */
export function renderer(
  type: ResourceTypeName,
  first: object,
  write: (item: object) => string,
): (index: number) => string {
  const ids = idsOf(type, first);
  const text = write(marked(first, ids) as object);
  const marks = new RegExp(`[${MARK(0)}-${MARK(ids.length)}]`);
  const parts = text.split(marks);
  const order = [...text].flatMap((char) => (marks.test(char) ? [char.charCodeAt(0) - 0xe000] : []));
  return (index) => {
    const own = ids.map((id) => generatedId(id, index));
    let out = parts[0] ?? '';
    for (const [at, position] of order.entries()) out += (own[position] ?? '') + (parts[at + 1] ?? '');
    return out;
  };
}

/** The id only where it stands on its own: `orders` in an ARN, not inside `orders-subnets`. */
function marked(value: unknown, ids: readonly string[]): unknown {
  if (typeof value === 'string') {
    return ids.reduce(
      (text, id, at) => text.replace(new RegExp(`(?<![\\w-])${escaped(id)}(?![\\w-])`, 'g'), MARK(at)),
      value,
    );
  }
  if (Array.isArray(value)) return value.map((item) => marked(item, ids));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marked(inner, ids)]));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** For calls about one generated resource: its name or ARN with the name of the one that it was made from. */
export function ungenerated(first: string, count: number, text: string): string {
  const stem = escaped(UUID.test(first) ? first.slice(0, 24) : `${first}-`);
  const match = new RegExp(`(?<![\\w-])${stem}([0-9a-f]{6,})(?![\\w-])`).exec(text);
  const digits = match?.[1];
  if (digits === undefined) return text;
  const index = Number.parseInt(digits, UUID.test(first) ? 16 : 10);
  return index < count && text.includes(generatedId(first, index))
    ? text.replace(generatedId(first, index), first)
    : text;
}
