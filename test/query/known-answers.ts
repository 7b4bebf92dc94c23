import { LAMBDA_RUNTIMES } from '../../batch/contract/lambda-runtimes.js';
import type { QueryName } from '../../batch/contract/named-queries.js';
import type { ResourceRecord } from '../../batch/contract/record.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the tests give the queries that take something. */
export const DAYS = { 'old-runtimes': 200, 'recently-created': 900 } as const;

// biome-ignore lint/suspicious/noExplicitAny: the properties are whatever AWS sends.
const of = (record: ResourceRecord) => record.properties as any;
const isPublic = (block: Readonly<Record<string, boolean>> | null) =>
  block === null || Object.values(block).filter((on) => on).length < 4;
const opens = (rule: { IpRanges?: { CidrIp: string }[]; Ipv6Ranges?: { CidrIpv6: string }[] }) =>
  rule.IpRanges?.some(({ CidrIp }) => CidrIp === '0.0.0.0/0') ||
  rule.Ipv6Ranges?.some((range) => range.CidrIpv6 === '::/0');
const deprecated = (runtime: unknown, collected: string) => {
  const limit = Date.parse(collected.slice(0, 10)) + DAYS['old-runtimes'] * DAY_MS;
  return LAMBDA_RUNTIMES.some(([name, day]) => name === runtime && Date.parse(day) <= limit);
};

/** Which records each query is about, said once more in another language than SQL. */
const CHOSEN: Readonly<Record<QueryName, (record: ResourceRecord, id: string) => boolean>> = {
  'untagged-resources': ({ tags, resource_type }) =>
    tags !== null && Object.keys(tags).length === 0 && resource_type !== 'AWS::Lambda::LayerVersion',
  'unattached-volumes': ({ resource_type, state }) => resource_type === 'AWS::EC2::Volume' && state === 'available',
  'public-buckets': (record) => record.service === 'S3' && isPublic(of(record).PublicAccessBlock),
  'open-security-groups': (record) =>
    record.resource_type === 'AWS::EC2::SecurityGroup' && of(record).IpPermissions.some(opens),
  'unencrypted-storage': (record) => of(record).Encrypted === false || of(record).StorageEncrypted === false,
  'old-runtimes': (record) => deprecated(of(record).Runtime, record.collected_at),
  'instances-by-type': ({ resource_type }) => resource_type === 'AWS::EC2::Instance',
  'recently-created': ({ created_at, collected_at }) =>
    created_at !== null && Date.parse(created_at) >= Date.parse(collected_at) - DAYS['recently-created'] * DAY_MS,
  dependents: ({ relations }, id) => relations.some((relation) => relation.resource_id === id),
};

/** The ids that a query has to find; of the one that counts, `type state` as often as there are such instances. */
export function knownAnswer(name: QueryName, records: readonly ResourceRecord[], id: string): string[] {
  const chosen = records.filter((record) => CHOSEN[name](record, id));
  const counted = name === 'instances-by-type';
  return chosen.map((record) => (counted ? `${of(record).InstanceType} ${record.state}` : record.resource_id)).sort();
}

type Row = Readonly<Record<string, unknown>>;

/** The same of the rows that a query gave. */
export function given(rows: readonly Row[]): string[] {
  return rows
    .flatMap(({ resource_id, instance_type, state, instances }) =>
      instances === undefined ? [String(resource_id)] : Array(Number(instances)).fill(`${instance_type} ${state}`),
    )
    .sort();
}
