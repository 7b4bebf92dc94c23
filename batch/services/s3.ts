import type * as S3 from '@aws-sdk/client-s3';
import { required } from '../core/invalid-item.js';
import type { CatalogRow, Detail, ServiceAccess } from './define.js';
import { rowsOf } from './define.js';
import { propertiesOf, tagMap } from './fields.js';
import { listed, pages } from './pages.js';
import type { Client, Sdk } from './sdks.js';

type Access = ServiceAccess<Sdk<'S3'>, Client<'S3'>>;
const row = rowsOf<Access>('S3');

/** A bucket with its details; null: not configured, or could not be read (then the unit's `unread` says so). */
interface Bucket extends S3.Bucket {
  Location: string | null;
  Tags: S3.Tag[] | null;
  Encryption: S3.ServerSideEncryptionRule[] | null;
  Versioning: { Status: string; MFADelete: string | null } | null;
  PublicAccessBlock: S3.PublicAccessBlockConfiguration | null;
  Ownership: string | null;
  HasLifecycle: boolean | null;
}

/** Asked in the bucket's own region: another one answers with a redirect. */
function inOwnRegion(aws: Access, bucket: Bucket): Client<'S3'> {
  return aws.client(bucket.Location ?? undefined);
}

/** The oldest buckets: no location is us-east-1, `EU` is eu-west-1. */
function regionOf(constraint: string | undefined): string {
  if (constraint === undefined || constraint === '') return 'us-east-1';
  return constraint === 'EU' ? 'eu-west-1' : constraint;
}

const name = (bucket: S3.Bucket) => ({ Bucket: required(bucket.Name, 'Name') });

const BUCKET_DETAILS: readonly Detail<Access, Bucket>[] = [
  {
    // First: the others are asked there. Costs a call only where ListBuckets does not tell.
    part: 'Location',
    action: 's3:GetBucketLocation',
    read: async (aws, bucket) => {
      if (bucket.BucketRegion !== undefined && bucket.BucketRegion !== '') return bucket.BucketRegion;
      const output = await aws.client().send(new aws.sdk.GetBucketLocationCommand(name(bucket)), aws.options);
      return regionOf(output.LocationConstraint);
    },
  },
  {
    part: 'Tags',
    action: 's3:GetBucketTagging',
    absent: { NoSuchTagSet: [] },
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetBucketTaggingCommand(name(bucket));
      return listed((await inOwnRegion(aws, bucket).send(command, aws.options)).TagSet);
    },
  },
  {
    part: 'Encryption',
    action: 's3:GetEncryptionConfiguration',
    absent: { ServerSideEncryptionConfigurationNotFoundError: null },
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetBucketEncryptionCommand(name(bucket));
      const output = await inOwnRegion(aws, bucket).send(command, aws.options);
      return output.ServerSideEncryptionConfiguration?.Rules;
    },
  },
  {
    part: 'Versioning',
    action: 's3:GetBucketVersioning',
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetBucketVersioningCommand(name(bucket));
      const output = await inOwnRegion(aws, bucket).send(command, aws.options);
      // A bucket that never had versions answers without a status.
      return { Status: output.Status ?? 'Disabled', MFADelete: output.MFADelete ?? null };
    },
  },
  {
    part: 'PublicAccessBlock',
    action: 's3:GetBucketPublicAccessBlock',
    absent: { NoSuchPublicAccessBlockConfiguration: null },
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetPublicAccessBlockCommand(name(bucket));
      return (await inOwnRegion(aws, bucket).send(command, aws.options)).PublicAccessBlockConfiguration;
    },
  },
  {
    part: 'Ownership',
    action: 's3:GetBucketOwnershipControls',
    absent: { OwnershipControlsNotFoundError: null },
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetBucketOwnershipControlsCommand(name(bucket));
      const output = await inOwnRegion(aws, bucket).send(command, aws.options);
      return output.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    },
  },
  {
    part: 'HasLifecycle',
    action: 's3:GetLifecycleConfiguration',
    absent: { NoSuchLifecycleConfiguration: false },
    read: async (aws, bucket) => {
      const command = new aws.sdk.GetBucketLifecycleConfigurationCommand(name(bucket));
      return ((await inOwnRegion(aws, bucket).send(command, aws.options)).Rules?.length ?? 0) > 0;
    },
  },
];

export const S3_ROWS: readonly CatalogRow[] = [
  row({
    type: 'AWS::S3::Bucket',
    scope: 'global',
    principal: true,
    actions: ['s3:ListAllMyBuckets'],
    // With a page size AWS tells each bucket's region as well.
    list: (aws) =>
      pages(
        aws.sdk.paginateListBuckets({ client: aws.client(), pageSize: 10_000 }, {}, aws.options),
        (page) => page.Buckets,
      ),
    details: BUCKET_DETAILS,
    gone: ['NoSuchBucket'],
    normalize: (item: Bucket, place) => {
      const id = required(item.Name, 'Name');
      return {
        id,
        arn: `arn:${place.partition}:s3:::${id}`,
        name: id,
        state: null,
        createdAt: item.CreationDate ?? null,
        region: item.Location ?? 'unknown',
        tags: item.Tags === null ? null : tagMap(item.Tags),
        relations: [],
        properties: propertiesOf(item, 'Tags', 'BucketRegion'),
      };
    },
  }),
];
