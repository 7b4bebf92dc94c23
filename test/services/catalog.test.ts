import { readFileSync } from 'node:fs';
import { NormalizedSchema } from '@smithy/core/schema';
import { expect, test } from 'vitest';
import { SERVICES } from '../../batch/core/model.js';
import { CATALOG } from '../../batch/services/index.js';
import { LISTS } from '../sandbox/operations.js';

/** SPEC §6, word for word. */
const CONTRACT = {
  EC2: `Instance Volume Snapshot Image VPC Subnet RouteTable InternetGateway NatGateway SecurityGroup NetworkInterface
    EIP KeyPair LaunchTemplate VPCEndpoint VPCPeeringConnection NetworkAcl`,
  RDS: 'DBInstance DBCluster DBSnapshot DBClusterSnapshot DBSubnetGroup DBParameterGroup',
  S3: 'Bucket',
  Lambda: 'Function LayerVersion EventSourceMapping',
};

test('the catalog has every resource type of the contract, each once', () => {
  const promised = Object.entries(CONTRACT).flatMap(([service, names]) =>
    names.split(/\s+/).map((name) => `AWS::${service}::${name}`),
  );
  expect(CATALOG.map((row) => row.type).sort()).toEqual(promised.sort());
});

test('each service has one principal resource, and only buckets are global', () => {
  const principals = SERVICES.map((service) => CATALOG.filter((row) => row.service === service && row.principal));
  expect(principals.map((rows) => rows.map((row) => row.type))).toEqual([
    ['AWS::EC2::Instance'],
    ['AWS::RDS::DBInstance'],
    ['AWS::S3::Bucket'],
    ['AWS::Lambda::Function'],
  ]);
  expect(CATALOG.filter((row) => row.scope === 'global').map((row) => row.type)).toEqual(['AWS::S3::Bucket']);
});

test('every row names reading actions of its own service, and those of its details', () => {
  for (const row of CATALOG) {
    expect(row.actions.length, row.type).toBeGreaterThan(0);
    for (const action of row.actions) {
      expect(action, row.type).toMatch(new RegExp(`^${row.service.toLowerCase()}:(Describe|List|Get)[A-Za-z]+$`));
    }
    expect(row.callsPerResource, row.type).toBe(row.details.length);
    for (const detail of row.details) expect(row.actions, row.type).toContain(detail.action);
  }
});

/** The lists that are told in order: because it means something, or since there is never more than one element. */
const ORDERED = {
  'AWS::RDS::DBInstance': ['DomainMemberships', 'DomainMemberships.DnsIps'],
  'AWS::RDS::DBCluster': ['DomainMemberships', 'DomainMemberships.DnsIps'],
  'AWS::Lambda::Function': [
    ...['Architectures', 'FileSystemConfigs', 'ImageConfigResponse.ImageConfig.Command'],
    ...['ImageConfigResponse.ImageConfig.EntryPoint', 'Layers'],
  ],
  'AWS::Lambda::EventSourceMapping': ['Queues'],
};

test('of every list that the SDK knows it is said whether it has an order', () => {
  const ordered: Record<string, string[]> = {};
  for (const { type, operation, member } of LISTS) {
    const found = listsBelow(NormalizedSchema.of(operation[5]).getMemberSchema(member).getValueSchema())
      .filter((path) => member !== 'Reservations' || path.startsWith('Instances.'))
      .map((path) => path.replace(/^(Instances|LatestMatchingVersion)\./, ''))
      .filter((path) => !['Tags', 'TagList', 'TagSet'].includes(path));
    const unordered = CATALOG.find((row) => row.type === type)?.unordered ?? [];
    const isBelow = (path: string) => (list: string) => list === path || list.startsWith(`${path}.`);
    for (const path of unordered) expect(found.some(isBelow(path)), `${type} ${path}`).toBe(true);
    const rest = found.filter((list) => !unordered.some((path) => isBelow(path)(list)));
    if (rest.length > 0) ordered[type] = rest.sort();
  }
  expect(ordered).toEqual(ORDERED);
});

/** The property paths of all lists in a shape; `*` is a key of a map. */
function listsBelow(schema: NormalizedSchema, path: readonly string[] = [], within: readonly string[] = []): string[] {
  if (schema.isListSchema()) return [path.join('.'), ...listsBelow(schema.getValueSchema(), path, within)];
  if (schema.isMapSchema()) return listsBelow(schema.getValueSchema(), [...path, '*'], within);
  const name = schema.getName() ?? '';
  if (!schema.isStructSchema() || within.includes(name)) return [];
  return [...schema.structIterator()].flatMap(([key, member]) => listsBelow(member, [...path, key], [...within, name]));
}

test('the table of the documentation says the same as the rows', () => {
  const lines = readFileSync(new URL('../../docs/resource-types.md', import.meta.url), 'utf8').split('\n');
  const documented = lines.filter((line) => line.startsWith('| `AWS::'));
  const expected = CATALOG.map((row) => {
    const actions = row.actions.map((action) => `\`${action}\``).join(', ');
    const [volatile, unordered] = [row.volatile, row.unordered].map(
      (paths) => paths.map((path) => `\`${path}\``).join(', ') || '–',
    );
    return `| \`${row.type}\` | ${row.scope} | ${actions} | ${volatile} | ${unordered} |`;
  });
  expect(documented).toEqual(expected);
});
