import * as sdk from '@aws-sdk/client-s3';
import { AWKWARD_TAGS } from './words.js';

type Make = (s3: sdk.S3Client, bucket: { readonly Bucket: string }) => Promise<unknown>;

const DETAILS: Readonly<Record<string, Make>> = {
  tagging: (s3, bucket) => s3.send(new sdk.PutBucketTaggingCommand({ ...bucket, Tagging: { TagSet: AWKWARD_TAGS } })),
  encryption: (s3, bucket) => {
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/shop' } as const;
    const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }];
    const ServerSideEncryptionConfiguration = { Rules };
    return s3.send(new sdk.PutBucketEncryptionCommand({ ...bucket, ServerSideEncryptionConfiguration }));
  },
  versioning: (s3, bucket) =>
    s3.send(new sdk.PutBucketVersioningCommand({ ...bucket, VersioningConfiguration: { Status: 'Enabled' } })),
  suspended: async (s3, bucket) => {
    await DETAILS.versioning?.(s3, bucket);
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await s3.send(new sdk.PutBucketVersioningCommand({ ...bucket, VersioningConfiguration }));
  },
  block: (s3, bucket) => {
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, RestrictPublicBuckets: false };
    return s3.send(new sdk.PutPublicAccessBlockCommand({ ...bucket, PublicAccessBlockConfiguration }));
  },
  ownership: (s3, bucket) => {
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
    return s3.send(new sdk.PutBucketOwnershipControlsCommand({ ...bucket, OwnershipControls }));
  },
  lifecycle: (s3, bucket) => {
    const rule = { ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 90 } } as const;
    const LifecycleConfiguration = { Rules: [rule] };
    return s3.send(new sdk.PutBucketLifecycleConfigurationCommand({ ...bucket, LifecycleConfiguration }));
  },
};

/** A bucket with everything, one with nothing, and one for each detail alone, in the regions by turns. */
const BUCKETS: readonly (readonly [name: string, region: string, details: readonly string[]])[] = [
  ['everything', 'us-east-1', Object.keys(DETAILS).filter((detail) => detail !== 'suspended')],
  ['nothing', 'ap-northeast-1', []],
  ['only-tagging', 'eu-west-1', ['tagging']],
  ['only-encryption', 'ap-northeast-1', ['encryption']],
  ['only-versioning', 'eu-west-1', ['versioning']],
  ['only-suspended', 'us-east-1', ['suspended']],
  ['only-block', 'ap-northeast-1', ['block']],
  ['only-ownership', 'us-east-1', ['ownership']],
  ['only-lifecycle', 'eu-west-1', ['lifecycle']],
];

export async function fillBuckets(s3In: (region: string) => sdk.S3Client): Promise<void> {
  for (const [name, region, details] of BUCKETS) {
    const s3 = s3In(region);
    const bucket = { Bucket: `arv-${name}.example.jp` };
    const LocationConstraint = region as sdk.BucketLocationConstraint;
    const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint } };
    await s3.send(new sdk.CreateBucketCommand({ ...bucket, ...place }));
    for (const detail of details) await DETAILS[detail]?.(s3, bucket);
  }
}
