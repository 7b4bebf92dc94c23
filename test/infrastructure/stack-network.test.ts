import { describe, expect, test } from 'vitest';
import {
  EXISTING_VPC,
  FOUND_SUBNETS,
  FROM_ECR,
  type Json,
  onlyOf,
  READY,
  resourcesOf,
  synthesize,
} from './templates.js';

const count = (template: Json, type: string) => Object.keys(resourcesOf(template, type)).length;

/** `com.amazonaws.<region>.s3` → `s3`, sorted. */
function endpointsOf(template: Json, kind: 'Gateway' | 'Interface'): string[] {
  const endpoints = Object.values(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).map(({ Properties }) => Properties);
  const names = endpoints
    .filter(({ VpcEndpointType }) => VpcEndpointType === kind)
    .map(({ ServiceName }) => {
      const parts: Json[] = typeof ServiceName === 'string' ? [ServiceName] : ServiceName['Fn::Join'][1];
      return String(parts.at(-1)).replace(/^(com\.amazonaws)?\./, '');
    });
  return names.sort();
}

const targetNetwork = (template: Json) =>
  onlyOf(template, 'AWS::Events::Rule', 'Schedule')[1].Targets[0].EcsParameters.NetworkConfiguration
    .AwsVpcConfiguration;

function expectTaskGroup(template: Json, vpc: Json): void {
  const [id, group] = onlyOf(template, 'AWS::EC2::SecurityGroup', 'NetworkTask');
  expect(group.VpcId).toEqual(vpc);
  expect(group.SecurityGroupIngress).toBeUndefined();
  const https = { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: expect.any(String) };
  expect(group.SecurityGroupEgress).toEqual([https]);
  expect(count(template, 'AWS::EC2::SecurityGroupEgress')).toBe(0);
  // Nothing adds a rule to it from outside.
  const into = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress'));
  for (const { Properties } of into) expect(Properties.GroupId['Fn::GetAtt'][0]).not.toBe(id);
  expect(targetNetwork(template).SecurityGroups).toEqual([{ 'Fn::GetAtt': [id, 'GroupId'] }]);
}

describe('by default', () => {
  const { template, warnings } = synthesize(READY);
  const [vpcId] = onlyOf(template, 'AWS::EC2::VPC');

  test('two public subnets in two zones, an internet gateway, no NAT and nothing else that costs', () => {
    const subnets = resourcesOf(template, 'AWS::EC2::Subnet');
    const zones = Object.values(subnets).map(({ Properties }) => Properties.AvailabilityZone);
    expect(zones).toEqual([0, 1].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })));
    for (const { Properties } of Object.values(subnets)) {
      expect(Properties).toMatchObject({ MapPublicIpOnLaunch: true, VpcId: { Ref: vpcId } });
    }
    const [gateway] = onlyOf(template, 'AWS::EC2::InternetGateway');
    const routes = Object.values(resourcesOf(template, 'AWS::EC2::Route')).map(({ Properties }) => Properties);
    expect(routes).toHaveLength(2);
    for (const route of routes) {
      expect(route).toMatchObject({ DestinationCidrBlock: '0.0.0.0/0', GatewayId: { Ref: gateway } });
    }
    for (const type of ['NatGateway', 'EIP', 'FlowLog']) expect(count(template, `AWS::EC2::${type}`)).toBe(0);
    expect(endpointsOf(template, 'Interface')).toEqual([]);
  });

  test('gateway endpoints of S3 and DynamoDB, for both subnets', () => {
    expect(endpointsOf(template, 'Gateway')).toEqual(['dynamodb', 's3']);
    const tables = Object.keys(resourcesOf(template, 'AWS::EC2::RouteTable')).map((Ref) => ({ Ref }));
    expect(tables).toHaveLength(2);
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::EC2::VPCEndpoint'))) {
      expect(Properties.RouteTableIds).toEqual(tables);
    }
  });

  test('nothing comes in, only HTTPS goes out; the task has an address of its own', () => {
    expectTaskGroup(template, { Ref: vpcId });
    expect(count(template, 'AWS::EC2::SecurityGroupIngress')).toBe(0);
    const subnets = Object.keys(resourcesOf(template, 'AWS::EC2::Subnet')).map((Ref) => ({ Ref }));
    expect(targetNetwork(template)).toMatchObject({ AssignPublicIp: 'ENABLED', Subnets: subnets });
    expect(warnings).toEqual([]);
  });
});

describe('network=private', () => {
  const { template, warnings } = synthesize({ ...FROM_ECR, network: 'private' });
  const [vpcId] = onlyOf(template, 'AWS::EC2::VPC');

  test('no way in or out but the endpoints of what the task calls', () => {
    for (const type of ['InternetGateway', 'NatGateway', 'Route', 'EIP']) {
      expect(count(template, `AWS::EC2::${type}`), type).toBe(0);
    }
    const calls = ['ec2', 'ecr.api', 'ecr.dkr', 'lambda', 'logs', 'rds', 'sqs', 'sts'];
    expect(endpointsOf(template, 'Interface')).toEqual(calls);
    expect(endpointsOf(template, 'Gateway')).toEqual(['dynamodb', 's3']);
    expectTaskGroup(template, { Ref: vpcId });
    expect(targetNetwork(template)).toMatchObject({ AssignPublicIp: 'DISABLED' });
  });

  test('the endpoints let in the task alone, and answer under the usual names', () => {
    const [task] = onlyOf(template, 'AWS::EC2::SecurityGroup', 'NetworkTask');
    const [group, { SecurityGroupIngress }] = onlyOf(template, 'AWS::EC2::SecurityGroup', 'NetworkEndpoint');
    expect(SecurityGroupIngress).toBeUndefined();
    expect(onlyOf(template, 'AWS::EC2::SecurityGroupIngress')[1]).toEqual({
      ...{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: expect.any(String) },
      GroupId: { 'Fn::GetAtt': [group, 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [task, 'GroupId'] },
    });
    const subnets = Object.keys(resourcesOf(template, 'AWS::EC2::Subnet')).map((Ref) => ({ Ref }));
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::EC2::VPCEndpoint'))) {
      if (Properties.VpcEndpointType === 'Gateway') continue;
      const groups = [{ 'Fn::GetAtt': [group, 'GroupId'] }];
      expect(Properties).toMatchObject({ PrivateDnsEnabled: true, SecurityGroupIds: groups, SubnetIds: subnets });
    }
  });

  test('a word about buckets elsewhere, in the language of the settings, where buckets are collected', () => {
    expect(warnings).toEqual([expect.stringMatching(/^network=private: S3 .*ほかのリージョン.*vpcId/)]);
    const english = synthesize({ ...FROM_ECR, network: 'private', lang: 'en' });
    expect(english.warnings).toEqual([expect.stringMatching(/^network=private: .*Buckets elsewhere.*vpcId/)]);
    expect(synthesize({ ...FROM_ECR, network: 'private', services: 'EC2,RDS' }).warnings).toEqual([]);
  });

  test('endpoints only of the services that are collected; of ECS Exec when it is on', () => {
    const rds = synthesize({ ...FROM_ECR, network: 'private', services: 'RDS', enableExec: true }).template;
    expect(endpointsOf(rds, 'Interface')).toEqual(['ecr.api', 'ecr.dkr', 'logs', 'rds', 'sqs', 'ssmmessages', 'sts']);
  });
});

describe('an existing VPC', () => {
  test.each([
    ['public', 'ENABLED'],
    ['private', 'DISABLED'],
  ] as const)('%s: its subnets, a security group in it, nothing else', (network, AssignPublicIp) => {
    const { template, warnings } = synthesize({ ...EXISTING_VPC, network });
    const made = Object.values<Json>(template.Resources).map(({ Type }) => Type);
    expect(made.filter((type) => type.startsWith('AWS::EC2::'))).toEqual(['AWS::EC2::SecurityGroup']);
    expectTaskGroup(template, EXISTING_VPC.vpcId);
    const Subnets = FOUND_SUBNETS[network];
    expect(targetNetwork(template)).toMatchObject({ AssignPublicIp, Subnets });
    expect(warnings).toEqual([]);
    expect(template.Outputs.RunCommand.Value['Fn::Join'][1].join('')).toContain(`subnets=[${Subnets.join(',')}]`);
  });

  const isolated = {
    ...{
      vpcId: EXISTING_VPC.vpcId,
      vpcCidrBlock: '10.1.0.0/16',
      ownerAccountId: '123456789012',
      availabilityZones: [],
    },
    subnetGroups: [
      {
        ...{ name: 'Isolated', type: 'Isolated' },
        subnets: [{ subnetId: 'subnet-1', cidr: '10.1.0.0/24', availabilityZone: 'us-east-1a', routeTableId: 'rtb-1' }],
      },
    ],
  };
  test.each([
    ['public', 'ja', /^- network: vpc-0123456789abcdef0 に public のサブネットがありません。.*vpcId/],
    ['private', 'en', /^- network: vpc-0123456789abcdef0 has no private subnet\. .*vpcId/],
  ])('without %s subnets is refused in words, in %s', (network, lang, message) => {
    expect(() => synthesize({ ...EXISTING_VPC, network, lang }, isolated)).toThrow(message);
  });
});
