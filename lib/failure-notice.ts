import { Annotations, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { NoticeName } from '../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import type { Text } from '../batch/contract/text.js';
import type { BatchTask } from './batch-task.js';
import { noticeText, RULE_DESCRIPTIONS } from './notice-text.js';
import type { Settings } from './settings.js';

const NOBODY: Text = {
  ja: 'alarmEmail が設定されていません。失敗は SNS トピックに通知されますが、購読するまで誰にも届きません。',
  en: 'alarmEmail is not set: failures are published to the SNS topic, and reach nobody until someone subscribes to it.',
};

const FAILED_TO_START = 'TaskFailedToStart';

/**
 * Which of the ends of a task each notice is about. Together they are every end but exit code 0, and none is in both.
 * A stop without a code counts as one; EventBridge matches the fields of one container together, so that a container
 * which AWS adds to the task (runtime monitoring) does not speak for ours.
 */
const ENDS: Readonly<Record<NoticeName, Record<string, unknown>>> = {
  'task-failed': {
    stopCode: [{ 'anything-but': [FAILED_TO_START] }, { exists: false }],
    containers: { name: [INFRASTRUCTURE.container], exitCode: [{ 'anything-but': [0] }] },
  },
  'task-not-started': {
    $or: [{ stopCode: [FAILED_TO_START] }, { containers: { exitCode: [{ exists: false }] } }],
  },
};

interface FailureNoticeProps {
  readonly settings: Settings;
  readonly task: BatchTask;
  /** Gets the notices that could not be published. */
  readonly undelivered: sqs.IQueue;
}

/** Whom to tell, and the messages about tasks that failed. Alarms use the same topic. */
export class FailureNotice extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { settings, task, undelivered }: FailureNoticeProps) {
    super(scope, id);
    this.topic = this.encryptedTopic();
    if (settings.alarmEmail !== null) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(settings.alarmEmail));
    } else {
      Annotations.of(this).addInfoV2('arv:nobody-told', NOBODY[settings.lang]);
    }
    for (const notice of Object.keys(ENDS) as NoticeName[]) {
      const rule = new events.Rule(this, notice, {
        description: RULE_DESCRIPTIONS[notice][settings.lang],
        eventPattern: endsOf(task, notice),
      });
      rule.addTarget(
        new targets.SnsTopic(this.topic, {
          message: events.RuleTargetInput.fromMultilineText(noticeText(notice, settings.lang)),
          deadLetterQueue: undelivered,
          maxEventAge: Duration.hours(2),
          retryAttempts: 24,
        }),
      );
    }
  }

  /**
   * Alarms cannot publish under the key that AWS manages. The target of a rule allows `events.amazonaws.com` to publish
   * and to use the key, without a condition: EventBridge does not send what one could test ("Amazon SNS permissions",
   * EventBridge User Guide), and the notice would be lost. Rules of other accounts come with a role, not as this service.
   */
  private encryptedTopic(): sns.Topic {
    const masterKey = new kms.Key(this, 'Key', {
      description: 'AWS Resource Visualizer: failure notices',
      enableKeyRotation: true,
      // It protects messages on their way; nothing stays encrypted under it.
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    const topic = new sns.Topic(this, 'Topic', { displayName: 'AWS Resource Visualizer', masterKey, enforceSSL: true });
    const alarms = {
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    };
    topic.addToResourcePolicy(
      new iam.PolicyStatement({ sid: 'Alarms', actions: ['sns:Publish'], resources: [topic.topicArn], ...alarms }),
    );
    masterKey.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'Alarms',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        ...alarms,
      }),
    );
    return topic;
  }
}

/** Stopped tasks of this family in this cluster, however they were started. */
function endsOf(task: BatchTask, notice: NoticeName): events.EventPattern {
  const family = Stack.of(task).formatArn({
    ...{ service: 'ecs', resource: 'task-definition' },
    resourceName: `${INFRASTRUCTURE.taskFamily}:`,
  });
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Task State Change'],
    detail: {
      clusterArn: [task.cluster.clusterArn],
      taskDefinitionArn: [{ prefix: family }],
      lastStatus: ['STOPPED'],
      ...ENDS[notice],
    },
  };
}
