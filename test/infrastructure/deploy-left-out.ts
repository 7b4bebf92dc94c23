import { expect, test } from 'vitest';
import type { Given } from './deployed.js';
import { type Json, onlyOf } from './templates.js';

/** What moto's CloudFormation does not make. It is in the template: other tests of this folder look at it there. */
const NOT_MADE = [
  ...['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::CDK::Metadata'],
  ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm', 'AWS::SNS::Subscription'],
  ...['AWS::Logs::QueryDefinition', 'AWS::Glue::Database', 'AWS::Glue::Table'],
  ...['AWS::Athena::WorkGroup', 'AWS::Athena::NamedQuery'],
];

/** What moto leaves out of what it does make, and what the template says of it. */
interface LeftOut {
  readonly what: string;
  /** Whether moto has it all the same. */
  readonly made: (of: Given) => boolean;
  /** Whose logical id begins so. */
  readonly resource: readonly [type: string, start: string];
  readonly property: string;
  readonly value: Json;
}

const TASK = ['AWS::ECS::TaskDefinition', 'Batch'] as const;
const CLUSTER = ['AWS::ECS::Cluster', 'Batch'] as const;
const RULE = ['AWS::Events::Rule', 'Schedule'] as const;
const GROUP = ['AWS::EC2::SecurityGroup', 'NetworkTask'] as const;
const TABLE = ['AWS::DynamoDB::Table', 'Leases'] as const;
const BUCKET = ['AWS::S3::Bucket', 'Snapshots'] as const;
const ARN = { 'Fn::GetAtt': [expect.any(String), 'Arn'] };

const inTask = (name: string) => (of: Given) => of.taskDefinition()[name] !== undefined;
const inBucket = (part: string) => (of: Given) => Object.values<Json>(of.account.buckets)[0][part] !== null;
const hasInsights = (of: Given) => of.account.clusters[0].settings[0].value === 'enabled';
const isAwsvpc = (of: Given) => of.taskDefinition().networkMode === 'awsvpc';
const hasNetwork = (of: Given) => Object.keys(of.schedule().Targets[0].EcsParameters.NetworkConfiguration).length > 0;
const onlyHttps = (of: Given) => of.account.groups[0].IpPermissionsEgress.some((rule: Json) => rule.FromPort === 443);
const isRecoverable = (of: Given) =>
  of.account.backups[0].PointInTimeRecoveryDescription.PointInTimeRecoveryStatus === 'ENABLED';

// biome-ignore format: a table
const LEFT_OUT: readonly LeftOut[] = [
  { what: 'CPU of the task', made: inTask('cpu'), resource: TASK, property: 'Cpu', value: '256' },
  { what: 'its network mode', made: isAwsvpc, resource: TASK, property: 'NetworkMode', value: 'awsvpc' },
  { what: 'its task role', made: inTask('taskRoleArn'), resource: TASK, property: 'TaskRoleArn', value: ARN },
  { what: 'its execution role', made: inTask('executionRoleArn'), resource: TASK, property: 'ExecutionRoleArn', value: ARN },
  { what: 'its platform', made: inTask('runtimePlatform'), resource: TASK, property: 'RuntimePlatform.CpuArchitecture', value: 'ARM64' },
  { what: 'container insights', made: hasInsights, resource: CLUSTER, property: 'ClusterSettings.0.Value', value: 'enabled' },
  { what: 'network of the target', made: hasNetwork, resource: RULE, property: 'Targets.0.EcsParameters.NetworkConfiguration.AwsVpcConfiguration.AssignPublicIp', value: 'ENABLED' },
  { what: 'way out of the security group', made: onlyHttps, resource: GROUP, property: 'SecurityGroupEgress.0.FromPort', value: 443 },
  { what: 'point-in-time recovery', made: isRecoverable, resource: TABLE, property: 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', value: true },
  { what: 'versions of the bucket', made: inBucket('versioning'), resource: BUCKET, property: 'VersioningConfiguration.Status', value: 'Enabled' },
  { what: 'its lifecycle', made: inBucket('lifecycle'), resource: BUCKET, property: 'LifecycleConfiguration.Rules.1.Status', value: 'Enabled' },
  { what: 'its public access block', made: inBucket('block'), resource: BUCKET, property: 'PublicAccessBlockConfiguration.RestrictPublicBuckets', value: true },
  { what: 'its ownership', made: inBucket('ownership'), resource: BUCKET, property: 'OwnershipControls.Rules.0.ObjectOwnership', value: 'BucketOwnerEnforced' },
];

export function testLeftOut(given: () => Given): void {
  test(`every resource of the template is made, but those of ${NOT_MADE.join(', ')}`, () => {
    const { account, deployed } = given();
    const made = new Set(account.resources.map((resource: Json) => resource.LogicalResourceId));
    const others = Object.entries<Json>(deployed.template.Resources).filter(([id]) => !made.has(id));
    const types = new Set(others.map(([, { Type }]) => Type));
    expect([...types].filter((type) => !NOT_MADE.includes(type))).toEqual([]);
  });

  test.each(LEFT_OUT)('not made, but in the template: $what', ({ made, resource, property, value }) => {
    expect(made(given())).toBe(false);
    expect(onlyOf(given().deployed.template, ...resource)[1]).toHaveProperty(property, value);
  });
}
