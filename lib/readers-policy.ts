import { Aws, type CfnElement, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { acknowledge } from './acknowledge.js';

const { database, workGroup, resultsFolder } = INFRASTRUCTURE;

const named = (service: string, names: readonly string[]) => names.map((name) => `${service}:${name}`);

/** Run queries in the workgroup, see those that were run, and read the saved ones. */
const QUERY = named('athena', [
  ...['StartQueryExecution', 'StopQueryExecution', 'GetQueryExecution', 'BatchGetQueryExecution'],
  ...['ListQueryExecutions', 'GetQueryResults', 'GetQueryResultsStream', 'GetQueryRuntimeStatistics', 'GetWorkGroup'],
  ...['ListNamedQueries', 'GetNamedQuery', 'BatchGetNamedQuery'],
]);

/** What the console asks before anything is chosen. These know no resource. */
const CONSOLE = named('athena', ['ListDataCatalogs', 'ListEngineVersions', 'ListWorkGroups']);
const CATALOG = named('athena', ['GetDatabase', 'GetTableMetadata', 'ListDatabases', 'ListTableMetadata']);
/** What Athena asks of Glue in the reader's name. Its partitions are worked out, not asked for. */
const GLUE = named('glue', ['GetDatabase', 'GetDatabases', 'GetTable', 'GetTables']);
const RESULTS = named('s3', ['AbortMultipartUpload', 'GetObject', 'ListMultipartUploadParts', 'PutObject']);

interface ReadersPolicyProps {
  readonly snapshots: s3.IBucket;
  readonly tenantId: string;
}

/**
 * For people who may query: a team attaches it to the role of its choice. It reads the published table and nothing else
 * of the bucket, and writes nothing but results. Attached to nothing by the stack.
 */
export class ReadersPolicy extends Construct {
  readonly policy: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, { snapshots, tenantId }: ReadersPolicyProps) {
    super(scope, id);
    const { stack } = INFRASTRUCTURE;
    const arn = (service: string, name: string) =>
      `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${name}`;
    const data = `${tenantId}/analytics/*`;
    const results = `${resultsFolder}/*`;
    // Athena looks into the database `default` whatever is asked. A list of tables is allowed for all of them, or not.
    const tables = ['catalog', 'database/default', `database/${database}`, `table/${database}/*`];
    const statements: Record<string, iam.PolicyStatementProps> = {
      Query: { actions: QUERY, resources: [arn('athena', `workgroup/${workGroup}`)] },
      Console: { actions: CONSOLE, resources: ['*'] },
      Catalog: { actions: CATALOG, resources: [arn('athena', 'datacatalog/AwsDataCatalog')] },
      Table: { actions: GLUE, resources: tables.map((name) => arn('glue', name)) },
      Bucket: {
        actions: named('s3', ['GetBucketLocation', 'ListBucketMultipartUploads']),
        resources: [snapshots.bucketArn],
      },
      List: {
        actions: ['s3:ListBucket'],
        resources: [snapshots.bucketArn],
        conditions: { StringLike: { 's3:prefix': [data, results] } },
      },
      Data: { actions: ['s3:GetObject'], resources: [snapshots.arnForObjects(data)] },
      Results: { actions: RESULTS, resources: [snapshots.arnForObjects(results)] },
    };
    this.policy = new iam.ManagedPolicy(this, 'Policy', {
      // Policies are known by their name in all regions of an account.
      managedPolicyName: `${stack}-readers-${Aws.REGION}`,
      description: 'AWS Resource Visualizer: query the snapshots with Athena',
      statements: Object.entries(statements).map(([sid, props]) => new iam.PolicyStatement({ sid, ...props })),
    });
    const bucket = Stack.of(this).getLogicalId(snapshots.node.defaultChild as CfnElement);
    acknowledge(this.policy, {
      [`AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${data}]`]:
        'The wildcard is the folder of the table: a file for each day, account and region.',
      [`AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${results}]`]:
        'The wildcard is the folder of the results: Athena names each by its query.',
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/${database}/*]`]:
        'GetTables is allowed for all tables of a database or not at all; this one is of the stack, and read-only here.',
      'AwsSolutions-IAM5[Resource::*]': 'Lists of workgroups, catalogs and engine versions know no narrower resource.',
    });
  }
}
