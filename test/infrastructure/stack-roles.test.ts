import { describe, expect, test } from 'vitest';
import { CATALOG } from '../../batch/services/index.js';
import { FROM_ECR, type Json, onlyOf, READY, resourcesOf, statementsOf, synthesize } from './templates.js';

const { template } = synthesize(READY);
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const trust = (service: string) => ({
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: service } }],
  Version: '2012-10-17',
});

describe('the roles', () => {
  const [eventsRole, { AssumeRolePolicyDocument: eventsTrust }] = onlyOf(
    template,
    'AWS::IAM::Role',
    'ScheduleEventsRole',
  );
  const [taskRole, { AssumeRolePolicyDocument: taskTrust }] = onlyOf(template, 'AWS::IAM::Role', 'BatchTaskRole');
  const [executionRole, execution] = onlyOf(template, 'AWS::IAM::Role', 'BatchExecutionRole');

  test('none has a managed or an inline policy; what a role may do is in its statements', () => {
    for (const [id, { Properties }] of Object.entries(resourcesOf(template, 'AWS::IAM::Role'))) {
      expect([Properties.ManagedPolicyArns, Properties.Policies], id).toEqual([undefined, undefined]);
    }
    // There is one for people, which the stack attaches to nobody.
    const [, { Roles, Users, Groups }] = onlyOf(template, 'AWS::IAM::ManagedPolicy', 'Readers');
    expect([Roles, Users, Groups]).toEqual([undefined, undefined, undefined]);
  });

  test('events role: RunTask of this family in this cluster, PassRole of its two roles to ECS; no more', () => {
    expect(eventsTrust).toEqual(trust('events.amazonaws.com'));
    const [cluster] = onlyOf(template, 'AWS::ECS::Cluster');
    const partsOfArn = [
      ...['arn:', { Ref: 'AWS::Partition' }, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }],
      ':task-definition/aws-resource-visualizer:*',
    ];
    expect(statementsOf(template, eventsRole)).toEqual([
      {
        ...{ Sid: 'Run', Effect: 'Allow', Action: 'ecs:RunTask', Resource: { 'Fn::Join': ['', partsOfArn] } },
        Condition: { ArnEquals: { 'ecs:cluster': arnOf(cluster) } },
      },
      {
        ...{ Sid: 'Pass', Effect: 'Allow', Action: 'iam:PassRole', Resource: [arnOf(taskRole), arnOf(executionRole)] },
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ]);
  });

  const lease = (of: Json) => ({
    ...{ Sid: 'Lease', Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:PutItem'] },
    Resource: arnOf(onlyOf(of, 'AWS::DynamoDB::Table')[0]),
  });

  test.each([
    ['EC2,RDS,S3,Lambda', 36],
    ['EC2', 17],
    ['RDS', 7],
    ['S3', 8],
    ['Lambda', 4],
    ['Lambda,S3', 12],
  ])(
    'task role for %s: the actions of its rows, of the lease, of its files and dead letters, no more',
    (services, actions) => {
      const set = synthesize({ ...READY, services }).template;
      const rows = CATALOG.filter(({ service }) => services.split(',').includes(service));
      const Action = [...new Set(rows.flatMap((row) => row.actions))].sort();
      expect(Action).toHaveLength(actions);
      const collect = { Sid: 'Collect', Effect: 'Allow', Action, Resource: '*' };
      expect(taskTrust).toEqual(trust('ecs-tasks.amazonaws.com'));
      expect(statementsOf(set, onlyOf(set, 'AWS::IAM::Role', 'BatchTaskRole')[0])).toEqual([
        collect,
        lease(set),
        ...places(set),
      ]);
    },
  );

  const places = (of: Json) => {
    const bucket = arnOf(onlyOf(of, 'AWS::S3::Bucket')[0]);
    const queue = arnOf(onlyOf(of, 'AWS::SQS::Queue', 'DeadLetters')[0]);
    const sqs = ['ChangeMessageVisibility', 'DeleteMessage', 'ReceiveMessage', 'SendMessage'];
    return [
      { Sid: 'StoreList', Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket },
      {
        ...{ Sid: 'StoreFiles', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'] },
        Resource: { 'Fn::Join': ['', [bucket, '/default_tenant/*']] },
      },
      { Sid: 'DeadLetters', Effect: 'Allow', Action: sqs.map((name) => `sqs:${name}`), Resource: queue },
    ];
  };

  const write = (of: Json) => ({
    ...{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] },
    Resource: arnOf(onlyOf(of, 'AWS::Logs::LogGroup', 'Batch')[0]),
  });

  test('execution role: writes the one log group; with a public image, no more', () => {
    expect(execution.AssumeRolePolicyDocument).toEqual(trust('ecs-tasks.amazonaws.com'));
    expect(statementsOf(template, executionRole)).toEqual([write(template)]);
  });

  const digest = `sha256:${'0'.repeat(64)}`;
  const repository = FROM_ECR.imageUri.replace(/:1\.0$/, '');
  test.each([
    [`${repository}:1.0`, ':1.0'],
    [`${repository}@${digest}`, `@${digest}`],
    [`${repository}:1.0@${digest}`, `@${digest}`],
    [repository, ':latest'],
  ])('execution role: of ECR, the one repository: %s', (imageUri, pulled) => {
    const set = synthesize({ imageUri }).template;
    const arn = ['arn:', { Ref: 'AWS::Partition' }, ':ecr:us-east-1:123456789012:repository/team/arv'];
    const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
    expect(statementsOf(set, onlyOf(set, 'AWS::IAM::Role', 'BatchExecutionRole')[0])).toEqual([
      { Effect: 'Allow', Action: pull, Resource: { 'Fn::Join': ['', arn] } },
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      write(set),
    ]);
    const image: Json[] = onlyOf(set, 'AWS::ECS::TaskDefinition')[1].ContainerDefinitions[0].Image['Fn::Join'][1];
    const text = image.map((part) => (typeof part === 'string' ? part : 'amazonaws.com')).join('');
    expect(text).toBe(`${repository}${pulled}`);
  });
});
