import { Aws, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.js';

/** Where the stack is deployed to. */
export interface Home {
  readonly account: string;
  readonly region: string;
}

interface SnapshotBucketProps {
  /** CloudFormation takes up a retained bucket only by a name without functions in it. null: not known at synth. */
  readonly home: Home | null;
  readonly removalPolicy: RemovalPolicy;
}

/** The bucket of the snapshots. Its name is fixed, so that a later deployment can take up a bucket that was retained. */
export class SnapshotBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, { home, removalPolicy }: SnapshotBucketProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      bucketName: `aws-resource-visualizer-${home?.account ?? Aws.ACCOUNT_ID}-${home?.region ?? Aws.REGION}`,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) },
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
      removalPolicy,
    });
    acknowledge(this.bucket, {
      'AwsSolutions-S1':
        'Only the task role writes here, a few files a day, each named by its run; a second bucket for access logs would hold more than this one.',
    });
  }
}
