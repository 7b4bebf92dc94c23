import { expect, test } from 'vitest';
import { containerIn } from './container.js';
import type { Given } from './deployed.js';
import { resolved } from './resolved.js';
import { ACCOUNT, type Json, onlyOf, READY, REGION, resourcesOf, statementsOf } from './templates.js';

const LOG_GROUP = '/ecs-scheduled-tasks/aws-resource-visualizer';
const BUCKET = `aws-resource-visualizer-${ACCOUNT}-${REGION}`;

/** What moto has made of the stack, read back with boto3. */
export function testMade(given: () => Given): void {
  testTask(given);
  testSchedule(given);
  testRoles(given);
  testKept(given);
}

function testTask(given: () => Given): void {
  test('cluster, log group with 180 days, task definition', () => {
    const { account, taskDefinition } = given();
    expect(account.clusters).toEqual([
      expect.objectContaining({ clusterName: 'AwsResourceVisualizer-ecs', status: 'ACTIVE' }),
    ]);
    const group = { logGroupName: LOG_GROUP, retentionInDays: 180 };
    expect(account.logGroups).toContainEqual(expect.objectContaining(group));
    expect(taskDefinition()).toMatchObject({ family: 'aws-resource-visualizer', revision: 1, status: 'ACTIVE' });
    const [container] = taskDefinition().containerDefinitions;
    expect(container).toMatchObject({
      ...{ name: 'app', image: READY.imageUri, memory: 512, stopTimeout: 120, readonlyRootFilesystem: true },
      linuxParameters: { initProcessEnabled: true },
      mountPoints: [{ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false }],
    });
    const options = { 'awslogs-group': LOG_GROUP, 'awslogs-stream-prefix': 'batch', 'awslogs-region': REGION };
    expect(container.logConfiguration).toEqual({ logDriver: 'awslogs', options });
    expect(containerIn(taskDefinition()).environment).toMatchObject({
      ...{ AWS_REGION: REGION, LOCK_TABLE_NAME: 'AwsResourceVisualizer-leases' },
      ...{ BATCH_RUN_TYPE: 'ecs', IF_LOCKED: 'skip' },
    });
  });
}

function testSchedule(given: () => Given): void {
  test('rule with schedule and target, queue of the undelivered', () => {
    const { account, idsOf, roleArn, schedule, taskDefinition } = given();
    expect(schedule()).toMatchObject({ State: 'ENABLED', ScheduleExpression: 'cron(0 17 * * ? *)' });
    expect(schedule().Description).toContain('AWS Resource Visualizer');
    const [target, ...more] = schedule().Targets;
    expect(more).toEqual([]);
    const [queue] = idsOf('AWS::SQS::Queue', 'Schedule');
    expect(target).toMatchObject({
      Arn: account.clusters[0].clusterArn,
      RoleArn: roleArn('ScheduleEventsRole'),
      EcsParameters: { TaskDefinitionArn: taskDefinition().taskDefinitionArn, LaunchType: 'FARGATE', TaskCount: 1 },
      RetryPolicy: { MaximumRetryAttempts: 24, MaximumEventAgeInSeconds: 7200 },
      DeadLetterConfig: { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue?.split('/').at(-1)}` },
    });
    const facts = { QueueArn: target.DeadLetterConfig.Arn, MessageRetentionPeriod: '1209600' };
    expect(account.queues).toContainEqual(expect.objectContaining({ ...facts, SqsManagedSseEnabled: 'true' }));
    expect(account.queues).toHaveLength(idsOf('AWS::SQS::Queue').length);
  });
}

function testRoles(given: () => Given): void {
  test('roles: who may assume them and what they may do', () => {
    const { account, deployed, roleArn } = given();
    const idOf = (start: string) => onlyOf(deployed.template, 'AWS::IAM::Role', start)[0];
    const trusted = (start: string) => account.roles[idOf(start)].trust.Statement.map((one: Json) => one.Principal);
    const statements = (start: string) => account.roles[idOf(start)].policies.flatMap((one: Json) => one.Statement);
    expect(trusted('ScheduleEventsRole')).toEqual([{ Service: 'events.amazonaws.com' }]);
    expect(statements('ScheduleEventsRole')).toEqual([
      expect.objectContaining({
        ...{ Action: 'ecs:RunTask', Condition: { ArnEquals: { 'ecs:cluster': account.clusters[0].clusterArn } } },
        Resource: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/aws-resource-visualizer:*`,
      }),
      expect.objectContaining({
        ...{ Action: 'iam:PassRole', Resource: [roleArn('BatchTaskRole'), roleArn('BatchExecutionRole')] },
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    ]);
    for (const start of ['BatchTaskRole', 'BatchExecutionRole']) {
      expect(trusted(start)).toEqual([{ Service: 'ecs-tasks.amazonaws.com' }]);
      const actions = statementsOf(deployed.template, idOf(start)).map(({ Action }) => Action);
      expect(statements(start).map(({ Action }: Json) => Action)).toEqual(actions);
      expect(account.roles[idOf(start)].managed).toEqual([]);
    }
    expect(statements('BatchTaskRole')[1].Resource).toBe(account.tables[0].TableArn);
    expect(statements('BatchExecutionRole')[0].Resource).toContain(`:log-group:${LOG_GROUP}`);
  });
}

function testKept(given: () => Given): void {
  test('table with its key, bucket, subnets, endpoints, security group', () => {
    const { account, deployed } = given();
    expect(account.tables).toEqual([
      expect.objectContaining({
        TableName: 'AwsResourceVisualizer-leases',
        KeySchema: [{ AttributeName: 'lock_key', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'lock_key', AttributeType: 'S' }],
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      }),
    ]);
    const [{ ApplyServerSideEncryptionByDefault }] = account.buckets[BUCKET].encryption;
    expect(ApplyServerSideEncryptionByDefault).toEqual({ SSEAlgorithm: 'AES256' });
    expect(deployed.outputs.SnapshotBucketName).toBe(BUCKET);
    expect(new Set(account.subnets.map((subnet: Json) => subnet.AvailabilityZone)).size).toBe(2);
    const services = account.endpoints.map((endpoint: Json) => endpoint.ServiceName);
    expect(services.sort()).toEqual([`com.amazonaws.${REGION}.dynamodb`, `com.amazonaws.${REGION}.s3`]);
    expect(account.nats).toEqual([]);
    expect(account.groups.map((group: Json) => group.IpPermissions)).toEqual([[]]);
  });

  test('topics and dashboards, as many as the template has', () => {
    const { account, deployed, idsOf } = given();
    expect(account.topics.sort()).toEqual(idsOf('AWS::SNS::Topic').sort());
    const dashboards = Object.values(resourcesOf(deployed.template, 'AWS::CloudWatch::Dashboard'));
    const names = dashboards.map(({ Properties }) => resolved(deployed.template, Properties.DashboardName));
    expect(Object.keys(account.dashboards).sort()).toEqual(names.sort());
    for (const body of Object.values<Json>(account.dashboards)) expect(body.widgets.length).toBeGreaterThan(0);
  });
}
