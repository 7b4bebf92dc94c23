import { type CfnElement, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEAD_LETTER_ACTIONS, LEASE_TABLE, STORE_ACTIONS } from '../batch/contract/infrastructure.js';
import { CATALOG } from '../batch/services/index.js';
import { acknowledge } from './acknowledge.js';
import type { Settings } from './settings.js';

/** What ECS Exec needs. Source: "Using ECS Exec", Amazon ECS. */
const EXEC_ACTIONS = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map(
  (name) => `ssmmessages:${name}`,
);

/** The IAM actions that the rows of these services name, in alphabetical order. */
function collectActions(services: Settings['services']): string[] {
  const actions = CATALOG.filter((row) => services.includes(row.service)).flatMap((row) => row.actions);
  return [...new Set(actions)].sort();
}

/** What the program works on besides the account that it reads. */
export interface Places {
  readonly leases: dynamodb.ITable;
  readonly snapshots: s3.IBucket;
  readonly deadLetters: sqs.IQueue;
}

/** What the program may do: read what the enabled services' rows read, hold its lease, keep its files and dead letters. */
export class TaskRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, settings: Settings, { leases, snapshots, deadLetters }: Places) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'AWS Resource Visualizer: reads the inventory, holds its lease',
    });
    const grant = (sid: string, actions: string[], resource: string) =>
      this.role.addToPolicy(new iam.PolicyStatement({ sid, actions, resources: [resource] }));
    grant('Collect', collectActions(settings.services), '*');
    grant('Lease', [...LEASE_TABLE.actions], leases.tableArn);
    grant('StoreList', [...STORE_ACTIONS.bucket], snapshots.bucketArn);
    grant('StoreFiles', [...STORE_ACTIONS.objects], snapshots.arnForObjects(`${settings.tenantId}/*`));
    grant('DeadLetters', [...DEAD_LETTER_ACTIONS], deadLetters.queueArn);
    if (settings.enableExec) grant('EcsExec', EXEC_ACTIONS, '*');
    const bucket = Stack.of(this).getLogicalId(snapshots.node.defaultChild as CfnElement);
    acknowledge(this.role, {
      [`AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${settings.tenantId}/*]`]:
        "The wildcard is the tenant's folder: every file of a run has a name of its own.",
      'AwsSolutions-IAM5[Resource::*]':
        'List and Describe calls know no narrower resource, and an inventory has to see every bucket and function there is. The actions are read-only and listed one by one.',
    });
  }
}
