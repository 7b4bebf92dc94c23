import { Aws, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { RETENTION } from '../batch/contract/retention.js';
import { acknowledge } from './acknowledge.js';

/** Where the stack is deployed to. */
export interface Home {
  readonly account: string;
  readonly region: string;
}

interface SnapshotBucketProps {
  /** CloudFormation takes up a retained bucket only by a name without functions in it. null: not known at synth. */
  readonly home: Home | null;
  readonly tenantId: string;
  readonly removalPolicy: RemovalPolicy;
}

/** The bucket of the snapshots. Its name is fixed, so that a later deployment can take up a bucket that was retained. */
export class SnapshotBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, { home, tenantId, removalPolicy }: SnapshotBucketProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      bucketName: `aws-resource-visualizer-${home?.account ?? Aws.ACCOUNT_ID}-${home?.region ?? Aws.REGION}`,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: lifecycleOf(tenantId),
      removalPolicy,
    });
    acknowledge(this.bucket, {
      'AwsSolutions-S1':
        'The task role writes a few files a day, each named by its run, and Athena the results of queries, which its workgroup lists with who asked; a second bucket for access logs would hold more than this one.',
    });
  }
}

/**
 * Manifests lie under none of these prefixes, and stay. What a rule takes away is an old version first, and can be brought
 * back for a while.
 */
function lifecycleOf(tenantId: string): s3.LifecycleRule[] {
  const days = Duration.days;
  return [
    { id: 'units', prefix: `${tenantId}/units/`, expiration: days(RETENTION.unitDays) },
    {
      id: 'daily-files',
      prefix: `${tenantId}/analytics/`,
      // Read at once, as Athena needs it. Glacier Instant Retrieval would cost less to keep, but more for each read, and
      // queries over the year are what old days are kept for. Files under 128 KB stay where they are (S3's default):
      // they would be billed as 128 KB there.
      transitions: [
        {
          storageClass: s3.StorageClass.INFREQUENT_ACCESS,
          transitionAfter: days(RETENTION.dailyCheaperAfterDays),
        },
      ],
      expiration: days(RETENTION.dailyDays),
    },
    {
      id: 'query-results',
      prefix: `${INFRASTRUCTURE.resultsFolder}/`,
      expiration: days(RETENTION.queryResultDays),
      noncurrentVersionExpiration: days(RETENTION.oldQueryResultDays),
    },
    {
      id: 'old-versions',
      noncurrentVersionExpiration: days(RETENTION.oldVersionDays),
      // The marker of a deleted file, when no version of it is left.
      expiredObjectDeleteMarker: true,
    },
    { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: days(RETENTION.unfinishedUploadDays) },
  ];
}
