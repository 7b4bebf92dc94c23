import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { acknowledge } from './acknowledge.js';

/** The queue that gets a copy of every unit that failed for good. The ledger keeps them too, and for longer. */
export class DeadLetters extends Construct {
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: INFRASTRUCTURE.deadLetterQueue,
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
      // A redrive takes as long as a run may.
      visibilityTimeout: Duration.hours(1),
    });
    acknowledge(this.queue, { 'AwsSolutions-SQS3': 'This is a dead-letter queue itself.' });
  }
}
