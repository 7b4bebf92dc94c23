import { describe, expect, test } from 'vitest';
import { type Json, onlyOf, READY, resourcesOf, synthesize, VARIANTS } from './templates.js';

const { template } = synthesize(READY);
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const taskOf = (of: Json) => onlyOf(of, 'AWS::ECS::TaskDefinition')[1];
const containerOf = (of: Json) => {
  const [container, ...more] = taskOf(of).ContainerDefinitions;
  expect(more).toEqual([]);
  return container;
};
const environmentOf = (of: Json): Record<string, Json> =>
  Object.fromEntries(containerOf(of).Environment.map(({ Name, Value }: Json) => [Name, Value]));

describe('the task', () => {
  test('cluster with container insights, Fargate, 256 CPU units, 512 MiB, ARM64', () => {
    expect(onlyOf(template, 'AWS::ECS::Cluster')[1]).toMatchObject({
      ClusterName: 'AwsResourceVisualizer-ecs',
      ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
    });
    expect(taskOf(template)).toMatchObject({
      ...{ Family: 'aws-resource-visualizer', Cpu: '256', Memory: '512', NetworkMode: 'awsvpc' },
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      TaskRoleArn: arnOf(onlyOf(template, 'AWS::IAM::Role', 'BatchTaskRole')[0]),
      ExecutionRoleArn: arnOf(onlyOf(template, 'AWS::IAM::Role', 'BatchExecutionRole')[0]),
    });
  });

  test('container `app`: memory limit, stop timeout, init process, read-only root with a writable /tmp', () => {
    expect(containerOf(template)).toEqual({
      ...{ Name: 'app', Essential: true, Image: READY.imageUri, Memory: 512, StopTimeout: 120 },
      ...{ ReadonlyRootFilesystem: true, LinuxParameters: { Capabilities: {}, InitProcessEnabled: true } },
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
      Command: ['collect', '--region', { Ref: 'AWS::Region' }],
      Environment: expect.any(Array),
      LogConfiguration: {
        LogDriver: 'awslogs',
        Options: {
          'awslogs-group': { Ref: onlyOf(template, 'AWS::Logs::LogGroup', 'Batch')[0] },
          'awslogs-region': { Ref: 'AWS::Region' },
          'awslogs-stream-prefix': 'batch',
        },
      },
    });
    expect(taskOf(template).Volumes).toEqual([{ Name: 'tmp' }]);
  });

  test('the settings are its environment', () => {
    const usual = {
      ...{ BATCH_RUN_TYPE: 'ecs', IF_LOCKED: 'skip', AWS_REGION: { Ref: 'AWS::Region' } },
      ...{ SERVICES: 'EC2,RDS,S3,Lambda', TENANT_ID: 'default_tenant', TIME_ZONE: 'UTC', TARGET_DATE_OFFSET: '0' },
      ...{ CACHE_TTL_HOURS: '24', ACCEPTED_GAPS: '[]', ARV_LANG: 'ja' },
      LOCK_TABLE_NAME: { Ref: onlyOf(template, 'AWS::DynamoDB::Table')[0] },
      SNAPSHOT_STORE: { 'Fn::Join': ['', ['s3://', { Ref: onlyOf(template, 'AWS::S3::Bucket')[0] }]] },
      DLQ_QUEUE_URL: { Ref: onlyOf(template, 'AWS::SQS::Queue', 'DeadLetters')[0] },
    };
    expect(environmentOf(template)).toEqual(usual);

    const gaps = [{ resource_type: 'AWS::RDS::DBCluster', status: 'denied' }];
    const set = synthesize({
      ...{ ...READY, services: 'rds, ec2', tenantId: 'team-a', timeZone: 'Asia/Tokyo', targetDateOffset: '-1' },
      ...{ cacheTtlHours: 1.5, acceptedGaps: gaps, lang: 'en', region: 'eu-west-1', cpu: 1024, memory: 2048 },
      architecture: 'X86_64',
    }).template;
    expect(environmentOf(set)).toEqual({
      ...{ ...usual, SERVICES: 'EC2,RDS', TENANT_ID: 'team-a', TIME_ZONE: 'Asia/Tokyo', TARGET_DATE_OFFSET: '-1' },
      ...{ CACHE_TTL_HOURS: '1.5', ACCEPTED_GAPS: JSON.stringify(gaps), ARV_LANG: 'en' },
    });
    // The lease table stays where the stack is.
    expect(containerOf(set)).toMatchObject({ Command: ['collect', '--region', 'eu-west-1'], Memory: 2048 });
    const RuntimePlatform = { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' };
    expect(taskOf(set)).toMatchObject({ Cpu: '1024', Memory: '2048', RuntimePlatform });
  });

  test('the log group keeps 180 days, or as many as are set', () => {
    const LogGroupName = '/ecs-scheduled-tasks/aws-resource-visualizer';
    expect(onlyOf(template, 'AWS::Logs::LogGroup', 'Batch')[1]).toMatchObject({ LogGroupName, RetentionInDays: 180 });
    const set = synthesize({ ...READY, logRetentionDays: '731' }).template;
    expect(onlyOf(set, 'AWS::Logs::LogGroup', 'Batch')[1]).toMatchObject({ LogGroupName, RetentionInDays: 731 });
  });
});

describe('the schedule', () => {
  const [queueId, queue] = onlyOf(template, 'AWS::SQS::Queue', 'Schedule');
  const [ruleId, rule] = onlyOf(template, 'AWS::Events::Rule', 'Schedule');
  const [target, ...more] = rule.Targets;

  test('02:00 in Japan, enabled, with a description for a person in either language', () => {
    expect(rule).toMatchObject({ ScheduleExpression: 'cron(0 17 * * ? *)', State: 'ENABLED' });
    const words: string = template.Outputs.ScheduleInWords.Value;
    expect(rule.Description).toMatch(/^AWS リソースの一覧を収集するバッチ \(AWS Resource Visualizer\) を起動します: ./);
    expect(rule.Description).toContain(words);
    const set = synthesize({ ...READY, lang: 'en', schedule: 'rate(6 hours)' }).template;
    const english = onlyOf(set, 'AWS::Events::Rule', 'Schedule')[1];
    expect(english.ScheduleExpression).toBe('rate(6 hours)');
    expect(english.Description).toMatch(/^Starts the AWS Resource Visualizer batch, .*: ./);
    expect(english.Description).toContain(set.Outputs.ScheduleInWords.Value);
  });

  test('starts one Fargate task of this definition in this cluster; the slot reaches it as SCHEDULED_AT', () => {
    expect(more).toEqual([]);
    expect(target).toMatchObject({
      Arn: arnOf(onlyOf(template, 'AWS::ECS::Cluster')[0]),
      RoleArn: arnOf(onlyOf(template, 'AWS::IAM::Role', 'ScheduleEventsRole')[0]),
      EcsParameters: {
        ...{ LaunchType: 'FARGATE', TaskCount: 1, EnableExecuteCommand: false },
        TaskDefinitionArn: { Ref: onlyOf(template, 'AWS::ECS::TaskDefinition')[0] },
      },
    });
    const { InputPathsMap, InputTemplate } = target.InputTransformer;
    expect(InputPathsMap).toEqual({ time: '$.time' });
    expect(JSON.parse(InputTemplate.replace('<time>', '"2026-01-31T17:00:00Z"'))).toEqual({
      containerOverrides: [{ name: 'app', environment: [{ name: 'SCHEDULED_AT', value: '2026-01-31T17:00:00Z' }] }],
    });
  });

  test('tries again for two hours, then keeps the event in a queue of its own for two weeks', () => {
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 7200, MaximumRetryAttempts: 24 });
    expect(target.DeadLetterConfig).toEqual({ Arn: arnOf(queueId) });
    expect(queue).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
    const [, { PolicyDocument }] = onlyOf(template, 'AWS::SQS::QueuePolicy', 'Schedule');
    expect(PolicyDocument.Statement).toContainEqual({
      ...{ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' } },
      ...{ Resource: arnOf(queueId), Condition: { ArnEquals: { 'aws:SourceArn': arnOf(ruleId) } } },
      Sid: expect.any(String),
    });
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });
});

describe('what is kept', () => {
  test('the lease table: its key, on demand, recoverable, without TTL, retained', () => {
    const [[, table] = [], ...more] = Object.entries(resourcesOf(template, 'AWS::DynamoDB::Table'));
    expect(more).toEqual([]);
    expect(table).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const { Tags: _, ...properties } = table.Properties;
    expect(properties).toEqual({
      TableName: 'AwsResourceVisualizer-leases',
      AttributeDefinitions: [{ AttributeName: 'lock_key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'lock_key', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('the bucket: private, encrypted, TLS only, versioned, with a lifecycle, retained', () => {
    const [[id = '', bucket] = [], ...more] = Object.entries(resourcesOf(template, 'AWS::S3::Bucket'));
    expect(more).toEqual([]);
    expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const { Tags: _, BucketName, ...properties } = bucket.Properties;
    const parts = ['aws-resource-visualizer-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }];
    expect(BucketName).toEqual({ 'Fn::Join': ['', parts] });
    const every = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    expect(properties).toEqual({
      PublicAccessBlockConfiguration: Object.fromEntries(every.map((name) => [name, true])),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
      // What its rules do to each kind of file: lifecycle.test.ts.
      LifecycleConfiguration: { Rules: expect.any(Array) },
    });
    expect(onlyOf(template, 'AWS::S3::BucketPolicy')[1]).toEqual({
      Bucket: { Ref: id },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            ...{ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' } },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Resource: [arnOf(id), { 'Fn::Join': ['', [arnOf(id), '/*']] }],
          },
        ],
      },
    });
  });

  const STATEFUL = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup', 'AWS::Athena::WorkGroup'];
  test.each([
    ['retain', 'RetainExceptOnCreate', 'Retain'],
    ['destroy', 'Delete', 'Delete'],
  ])('removalPolicy=%s: table, bucket, log and workgroup', (removalPolicy, policy, replaced) => {
    const set = synthesize({ ...READY, removalPolicy }).template;
    const policies = STATEFUL.flatMap((type) => Object.values(resourcesOf(set, type)));
    expect(policies.length).toBeGreaterThanOrEqual(STATEFUL.length);
    for (const { DeletionPolicy, UpdateReplacePolicy } of policies) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual([policy, replaced]);
    }
  });
});

/** IAM and EC2 take no Japanese in a description; the rule and the outputs do. */
test.each(Object.entries(VARIANTS))('descriptions are in the characters that the service takes: %s', (_, context) => {
  const set = synthesize(context).template;
  for (const { Properties } of Object.values(resourcesOf(set, 'AWS::IAM::Role'))) {
    expect(Properties.Description).toMatch(/^[\t\n\r\x20-\x7e\xa1-\xff]{1,1000}$/);
  }
  const plain = /^[a-zA-Z0-9 ._:/()#,@[\]+=&;{}!$*-]{1,255}$/;
  for (const { Properties } of Object.values(resourcesOf(set, 'AWS::EC2::SecurityGroup'))) {
    const rules: Json[] = Properties.SecurityGroupEgress;
    for (const text of [Properties.GroupDescription, ...rules.map((rule) => rule.Description)]) {
      expect(text).toMatch(plain);
    }
  }
  for (const { Properties } of Object.values(resourcesOf(set, 'AWS::EC2::SecurityGroupIngress'))) {
    expect(Properties.Description).toMatch(plain);
  }
});
