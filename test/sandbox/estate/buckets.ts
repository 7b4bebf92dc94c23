import type {
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
} from '@aws-sdk/client-s3';
import type { BucketEstate } from '../estate.js';
import { ACCOUNT_ID, arn, date, TOKYO, tags, VIRGINIA } from './words.js';

const SSE_S3: ServerSideEncryptionConfiguration = {
  Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
};
const SSE_KMS: ServerSideEncryptionConfiguration = {
  Rules: [
    {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: arn('kms', VIRGINIA, 'key/5f2b6c1e-2f34-4b0a-9f5f-0d2c8e6a7b19'),
      },
      BucketKeyEnabled: true,
    },
  ],
};
const block = (all: boolean): PublicAccessBlockConfiguration => ({
  BlockPublicAcls: all,
  IgnorePublicAcls: all,
  BlockPublicPolicy: all,
  RestrictPublicBuckets: all,
});
const ownership = (ObjectOwnership: 'BucketOwnerEnforced' | 'ObjectWriter'): OwnershipControls => ({
  Rules: [{ ObjectOwnership }],
});

/** As a bucket of today comes: closed and encrypted. */
const SAFE = { encryption: SSE_S3, publicAccessBlock: block(true), ownership: ownership('BucketOwnerEnforced') };
const expireAfter = (days: number) => [
  { ID: `expire-${days}`, Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: days } },
];

export const BUCKETS: BucketEstate[] = [
  {
    Name: 'sakura-shop-assets',
    CreationDate: date('2023-04-02T01:02:03Z'),
    region: VIRGINIA,
    ...SAFE,
    versioning: { Status: 'Enabled' },
    tags: tags({ 環境: '本番', 用途: '商品画像 🖼️' }),
  },
  {
    Name: 'sakura-shop-backup',
    CreationDate: date('2023-04-02T01:10:00Z'),
    region: VIRGINIA,
    ...SAFE,
    encryption: SSE_KMS,
    versioning: { Status: 'Enabled' },
    lifecycle: expireAfter(365),
    tags: tags({ 環境: '本番' }),
  },
  {
    Name: 'sakura-shop-logs',
    CreationDate: date('2023-04-02T01:20:00Z'),
    region: VIRGINIA,
    ...SAFE,
    lifecycle: expireAfter(90),
  },
  {
    Name: 'sakura-shop-terraform',
    CreationDate: date('2023-04-01T00:00:00Z'),
    region: VIRGINIA,
    ...SAFE,
    versioning: { Status: 'Enabled' },
    tags: tags({ Note: `<state> & "lock" 'file'`, Empty: '' }),
  },
  {
    Name: 'sakura-campaign-2021.example.jp',
    CreationDate: date('2021-07-07T07:07:07Z'),
    region: VIRGINIA,
    // Public, with everything that keeps a bucket closed switched off.
    publicAccessBlock: block(false),
    ownership: ownership('ObjectWriter'),
    encryption: SSE_S3,
    tags: tags({ Name: '七夕キャンペーン🎋', 公開: 'はい' }),
  },
  // From before any of the details existed, and never touched: each of them is "not configured".
  { Name: 'sakura-old-uploads', CreationDate: date('2012-03-04T05:06:07Z'), region: VIRGINIA },
  {
    Name: `sakura-analytics-${ACCOUNT_ID}`,
    CreationDate: date('2024-10-01T00:00:00Z'),
    region: VIRGINIA,
    ...SAFE,
    versioning: { Status: 'Suspended' },
  },
  {
    Name: 'sakura-office-files',
    CreationDate: date('2024-04-01T00:00:00Z'),
    region: TOKYO,
    ...SAFE,
    versioning: { Status: 'Enabled' },
    tags: tags({ 部署: '総務' }),
  },
  {
    Name: 'sakura-office-scans',
    CreationDate: date('2024-04-02T00:00:00Z'),
    region: TOKYO,
    ...SAFE,
    lifecycle: expireAfter(2555),
    tags: tags({ 部署: '経理' }),
  },
  { Name: 'sakura-payroll', CreationDate: date('2024-05-01T00:00:00Z'), region: TOKYO, ...SAFE, encryption: SSE_KMS },
  {
    Name: 'sakura-dublin-archive',
    CreationDate: date('2007-11-11T11:11:11Z'),
    region: 'eu-west-1',
    location: 'EU',
    encryption: SSE_S3,
  },
  {
    Name: 'sakura-dr-oregon',
    CreationDate: date('2025-01-15T00:00:00Z'),
    region: 'us-west-2',
    ...SAFE,
    versioning: { Status: 'Enabled' },
  },
];
