import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SERVICES } from '../../batch/core/model.js';
import { CATALOG } from '../../batch/services/index.js';

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

test('the table of the documentation says the same as the rows', () => {
  const lines = readFileSync(new URL('../../docs/resource-types.md', import.meta.url), 'utf8').split('\n');
  const documented = lines.filter((line) => line.startsWith('| `AWS::'));
  const expected = CATALOG.map((row) => {
    const actions = row.actions.map((action) => `\`${action}\``).join(', ');
    const volatile = row.volatile.map((path) => `\`${path}\``).join(', ') || '–';
    return `| \`${row.type}\` | ${row.scope} | ${actions} | ${volatile} |`;
  });
  expect(documented).toEqual(expected);
});
