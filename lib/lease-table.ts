import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { INFRASTRUCTURE, LEASE_TABLE } from '../batch/contract/infrastructure.js';

/**
 * The table of the leases. It has no TTL: that would delete the fencing tokens. Its name is fixed, so that a later
 * deployment can take up a table that was retained.
 */
export class LeaseTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      tableName: INFRASTRUCTURE.leaseTable,
      partitionKey: { name: LEASE_TABLE.key, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }
}
