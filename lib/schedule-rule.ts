import { Aws, Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../batch/contract/environment.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { fill, type Text } from '../batch/contract/text.js';
import { acknowledge } from './acknowledge.js';
import type { BatchTask } from './batch-task.js';
import type { Network } from './network.js';
import type { Settings } from './settings.js';

const DESCRIPTION: Text = {
  ja: 'AWS リソースの一覧を収集するバッチ (AWS Resource Visualizer) を起動します: {when}',
  en: 'Starts the AWS Resource Visualizer batch, which takes the inventory of AWS resources: {when}',
};

/** Characters that EventBridge takes. A schedule in words may be longer; the stack's output has it whole. */
const LONGEST_DESCRIPTION = 512;

interface ScheduleRuleProps {
  readonly settings: Settings;
  readonly task: BatchTask;
  readonly network: Network;
  /** The schedule in words. */
  readonly when: string;
}

/** The EventBridge rule that starts the task, and the queue of the firings that could not be delivered. */
export class ScheduleRule extends Construct {
  readonly rule: events.Rule;
  readonly undelivered: sqs.Queue;

  constructor(scope: Construct, id: string, { settings, task, network, when }: ScheduleRuleProps) {
    super(scope, id);
    this.undelivered = new sqs.Queue(this, 'Undelivered', {
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.undelivered, { 'AwsSolutions-SQS3': 'This is the dead-letter queue itself.' });
    this.rule = new events.Rule(this, 'Rule', {
      schedule: events.Schedule.expression(settings.schedule),
      description: fill(DESCRIPTION[settings.lang], { when }).slice(0, LONGEST_DESCRIPTION),
    });
    this.rule.addTarget(
      new targets.EcsTask({
        cluster: task.cluster,
        taskDefinition: task.definition,
        // Policy updates withheld: the construct would add an unconditioned iam:PassRole and ecs:TagResource.
        role: eventsRole(this, task).withoutPolicyUpdates(),
        subnetSelection: network.subnets,
        securityGroups: [network.securityGroup],
        assignPublicIp: network.assignPublicIp,
        enableExecuteCommand: settings.enableExec,
        // The slot, so that a late start is filed under the day it belongs to and a double firing is recognized.
        containerOverrides: [
          {
            containerName: INFRASTRUCTURE.container,
            environment: [{ name: ENV.scheduledAt, value: events.EventField.time }],
          },
        ],
        deadLetterQueue: this.undelivered,
        // What could not be started within two hours is left to the alarm: the next firing may be near.
        maxEventAge: Duration.hours(2),
        retryAttempts: 24,
      }),
    );
  }
}

/** May run this family in this cluster and pass its two roles to ECS; no more. */
function eventsRole(scope: Construct, { cluster, definition }: BatchTask): iam.Role {
  const role = new iam.Role(scope, 'EventsRole', {
    assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
    description: 'AWS Resource Visualizer: lets the schedule start the task',
  });
  const family = `arn:${Aws.PARTITION}:ecs:${Aws.REGION}:${Aws.ACCOUNT_ID}:task-definition/${INFRASTRUCTURE.taskFamily}:*`;
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'Run',
      actions: ['ecs:RunTask'],
      resources: [family],
      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'Pass',
      actions: ['iam:PassRole'],
      resources: [definition.taskRole.roleArn, definition.obtainExecutionRole().roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  );
  const anyRevision = `arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/${INFRASTRUCTURE.taskFamily}:*`;
  acknowledge(role, {
    [`AwsSolutions-IAM5[Resource::${anyRevision}]`]:
      'The wildcard is the revision of the one task family, which every deployment counts up.',
  });
  return role;
}
