import type { BucketEstate, Estate, RegionEstate, ResourceTypeName } from '../sandbox/estate.js';
import { ID_FIELDS, idsOf } from '../sandbox/generate.js';

const REGION = 'us-east-1';
type Item = Record<string, unknown>;

const rule = (port: number, ...ranges: string[]) => ({
  FromPort: port,
  IpProtocol: 'tcp',
  IpRanges: ranges.map((CidrIp) => ({ CidrIp })),
  ToPort: port,
});
const [HTTP, HTTPS, SSH] = [rule(80, '0.0.0.0/0'), rule(443, '0.0.0.0/0'), rule(22, '10.0.0.0/8')];
const [FIRST, SECOND] = ['a', 'b'].map((name) => ({ Arn: `arn:aws:lambda:us-east-1:482915730164:layer:${name}:1` }));

/**
 * Of each resource type a property that is edited, by its path in the item and its two values; and what of it is told,
 * by its path in a record and its two values, where that is not the same or the last value in it.
 */
const EDITS: Readonly<
  Record<
    ResourceTypeName,
    readonly [path: string, before: unknown, after: unknown, told?: string, values?: readonly [unknown, unknown]]
  >
> = {
  'AWS::EC2::Instance': ['InstanceType', 't3.small', 't3.large'],
  'AWS::EC2::Volume': ['Size', 20, 40],
  'AWS::EC2::Snapshot': ['Description', 'a', '説明'],
  'AWS::EC2::Image': ['Public', false, true],
  'AWS::EC2::VPC': ['InstanceTenancy', 'default', 'dedicated'],
  'AWS::EC2::Subnet': ['MapPublicIpOnLaunch', true, false],
  'AWS::EC2::RouteTable': ['VpcId', 'vpc-1', 'vpc-2'],
  'AWS::EC2::InternetGateway': [
    'Attachments',
    [{ State: 'attached', VpcId: 'vpc-1' }],
    [{ State: 'attached', VpcId: 'vpc-2' }],
    'Attachments[0].VpcId',
  ],
  'AWS::EC2::NatGateway': ['ConnectivityType', 'public', 'private'],
  'AWS::EC2::SecurityGroup': ['IpPermissions', [HTTP, HTTPS], [SSH, HTTP, HTTPS], 'IpPermissions[0]', [null, SSH]],
  'AWS::EC2::NetworkInterface': ['SourceDestCheck', true, false],
  'AWS::EC2::EIP': ['PublicIp', '192.0.2.1', '192.0.2.2'],
  'AWS::EC2::KeyPair': ['KeyFingerprint', 'a+/=', 'b+/='],
  'AWS::EC2::LaunchTemplate': ['LatestVersionNumber', 4, 5],
  'AWS::EC2::VPCEndpoint': ['VpcEndpointType', 'Gateway', 'Interface'],
  'AWS::EC2::VPCPeeringConnection': [
    'Status',
    { Code: 'active', Message: 'a' },
    { Code: 'active', Message: 'b' },
    'Status.Message',
  ],
  'AWS::EC2::NetworkAcl': ['IsDefault', true, false],
  'AWS::RDS::DBInstance': ['AllocatedStorage', 100, 200],
  'AWS::RDS::DBCluster': ['EngineVersion', '16.6', '16.7'],
  'AWS::RDS::DBSnapshot': ['EngineVersion', '8.0.41', '8.0.42'],
  'AWS::RDS::DBClusterSnapshot': ['EngineVersion', '16.6', '16.7'],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupDescription', '店', '<&">'],
  'AWS::RDS::DBParameterGroup': ['Description', 'a', 'b'],
  'AWS::S3::Bucket': ['versioning', { Status: 'Enabled' }, { Status: 'Suspended' }, 'Versioning.Status'],
  'AWS::Lambda::Function': [
    'Layers',
    [FIRST, SECOND],
    [SECOND, FIRST],
    'Layers',
    [
      [FIRST, SECOND],
      [SECOND, FIRST],
    ],
  ],
  'AWS::Lambda::LayerVersion': ['LatestMatchingVersion.Description', 'a', 'b', 'Description'],
  'AWS::Lambda::EventSourceMapping': ['BatchSize', 10, 11],
};
export const TYPES = Object.keys(EDITS) as ResourceTypeName[];

/** What changes by itself, as AWS has it on two days. */
const VOLATILE: Partial<Record<ResourceTypeName, Readonly<Record<string, readonly [unknown, unknown]>>>> = {
  'AWS::EC2::Subnet': { AvailableIpAddressCount: [10, 9] },
  'AWS::EC2::Snapshot': { Progress: ['98%', '99%'] },
  'AWS::EC2::Image': { LastLaunchedTime: ['2026-01-30T00:00:00Z', '2026-01-31T00:00:00Z'] },
  'AWS::RDS::DBInstance': { LatestRestorableTime: [new Date(1), new Date(2)] },
  'AWS::RDS::DBCluster': {
    EarliestRestorableTime: [new Date(1), new Date(2)],
    LatestRestorableTime: [new Date(3), new Date(4)],
    EarliestBacktrackTime: [new Date(5), new Date(6)],
    BacktrackConsumedChangeRecords: [1, 2],
    PercentProgress: ['1', '2'],
    Capacity: [1, 2],
  },
  'AWS::RDS::DBSnapshot': { PercentProgress: [1, 2] },
  'AWS::RDS::DBClusterSnapshot': { PercentProgress: [1, 2] },
  'AWS::Lambda::EventSourceMapping': { LastProcessingResult: ['OK', 'PROBLEM: function call failed'] },
};

/** What has no order, as AWS has it on two days. */
export const SHUFFLED: typeof VOLATILE = {
  'AWS::EC2::Instance': {
    SecurityGroups: [
      [{ GroupId: 'sg-1' }, { GroupId: 'sg-2' }],
      [{ GroupId: 'sg-2' }, { GroupId: 'sg-1' }],
    ],
  },
  'AWS::EC2::SecurityGroup': {
    IpPermissionsEgress: [
      [HTTP, rule(22, '10.0.0.0/8', '10.1.0.0/16')],
      [rule(22, '10.1.0.0/16', '10.0.0.0/8'), HTTP],
    ],
  },
};

/** A resource as `arv diff` names it. */
interface Edited {
  readonly resource_type: ResourceTypeName;
  readonly resource_id: string;
}
export interface Edits {
  readonly created: Edited[];
  readonly deleted: Edited[];
  readonly changed: (Edited & { readonly changes: readonly { path: string; before: unknown; after: unknown }[] })[];
}

/** Gives each type so many copies of its first resource, in the state of the first day. */
export function populate(estate: Estate, copies: number): void {
  for (const type of TYPES) {
    const first = itemsOf(estate, type)[0] as Item;
    const items = Array.from({ length: copies }, (_, index) => copyOf(type, first, `c${index}`));
    // A list of its own: two regions may share one.
    if (type === 'AWS::S3::Bucket') estate.buckets = items as unknown as BucketEstate[];
    else Object.assign((estate.regions[REGION] as RegionEstate).resources, { [type]: items });
    setUnchanged(type, items, 0);
  }
}

/** The second day: edits spread over the types, and what is no change everywhere. Says what was done. */
export function edit(
  estate: Estate,
  { created, deleted, changed }: { created: number; deleted: number; changed: number },
  types = TYPES,
): Edits {
  const done: Edits = { created: [], deleted: [], changed: [] };
  const typeOf = (index: number) => types[index % types.length] as ResourceTypeName;
  const nth = (index: number) => Math.floor(index / types.length);
  for (let index = 0; index < changed; index += 1) {
    const type = typeOf(index);
    const item = itemsOf(estate, type)[nth(index)] as Item;
    const [path, before, after, told = path, values = [leaf(before), leaf(after)]] = EDITS[type];
    set(item, path, after);
    const change = { path: `properties.${told}`, before: values[0], after: values[1] };
    done.changed.push({ ...named(type, item), changes: [change] });
  }
  for (let index = 0; index < deleted; index += 1)
    done.deleted.push(named(typeOf(index), itemsOf(estate, typeOf(index)).pop() as Item));
  for (let index = 0; index < created; index += 1) {
    const type = typeOf(index);
    const items = itemsOf(estate, type);
    const item = copyOf(type, items[0] as Item, `n${nth(index)}`);
    // Anywhere in the list.
    items.splice(index % items.length, 0, item);
    done.created.push(named(type, item));
  }
  for (const type of TYPES) setUnchanged(type, itemsOf(estate, type), 1);
  return done;
}

function itemsOf({ buckets, regions }: Estate, type: ResourceTypeName): Item[] {
  if (type === 'AWS::S3::Bucket') return buckets as BucketEstate[] as unknown as Item[];
  return (regions[REGION] as RegionEstate).resources[type] as unknown as Item[];
}

function named(type: ResourceTypeName, item: Item): Edited {
  const layer = item.LatestMatchingVersion as { LayerVersionArn: string } | undefined;
  return { resource_type: type, resource_id: layer?.LayerVersionArn ?? idsOf(type, item)[0] ?? '' };
}

function copyOf(type: ResourceTypeName, item: Item, suffix: string): Item {
  const ids = ID_FIELDS[type].map((field) => String(item[field]));
  const copy = ids.reduce<unknown>((value, id) => renamed(value, id, `${id.split('.')[0]}.${suffix}`), item) as Item;
  const [path, before] = EDITS[type];
  set(copy, path, before);
  return copy;
}

/** The id wherever it stands on its own. */
function renamed(value: unknown, id: string, to: string): unknown {
  if (typeof value === 'string') {
    return value
      .split(/(?<![\w.-])([\w.-]+)(?![\w.-])/)
      .map((word) => (word === id ? to : word))
      .join('');
  }
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, id, to));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, renamed(inner, id, to)]));
}

function setUnchanged(type: ResourceTypeName, items: readonly Item[], day: 0 | 1): void {
  const values = Object.entries({ ...VOLATILE[type], ...SHUFFLED[type] });
  for (const item of items) for (const [name, days] of values) item[name] = structuredClone(days[day]);
}

function set(item: Item, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() as string;
  const inner = names.reduce((object, name) => object[name] as Item, item);
  inner[last] = structuredClone(value);
}

/** The one value that differs of an edit that is given as the whole it is in. */
function leaf(value: unknown): unknown {
  return value !== null && typeof value === 'object' ? Object.values(value).map(leaf).at(-1) : value;
}
