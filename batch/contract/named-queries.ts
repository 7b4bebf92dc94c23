import { LAMBDA_RUNTIMES } from './lambda-runtimes.js';
import type { Text } from './text.js';

/** A value that a person may give a query. */
export interface QueryParameter {
  readonly name: string;
  readonly description: Text;
  /** Its type is that of the parameter. The default; of one that is required, an example. */
  readonly value: number | string;
  readonly required: boolean;
}

export interface NamedQuery {
  readonly description: Text;
  readonly parameters: readonly QueryParameter[];
  /**
   * A SELECT in the words that Athena (Trino) and DuckDB share, over `resources` (a record a row, of one day),
   * `relations` (a relation a row: the resource that has it, `kind`, `target_type`, `target_id`) and `parameters` (one
   * row, a column for each). Times are in UTC, without a zone.
   */
  readonly sql: string;
}

const runtimes = LAMBDA_RUNTIMES.map(([runtime, day]) => `('${runtime}', DATE '${day}')`).join(',\n    ');

/** What an operations team asks daily, by name. */
export const NAMED_QUERIES = {
  'untagged-resources': {
    description: {
      ja: 'タグが 1 つもないリソース。タグを読み取れなかったものと、タグを付けられない Lambda レイヤーは含まない',
      en: 'Resources without any tag. Not those whose tags could not be read, nor Lambda layers, which take none',
    },
    parameters: [],
    sql: `SELECT account_id, region, resource_type, resource_id, name, created_at
FROM resources
WHERE cardinality(tags) = 0 AND resource_type <> 'AWS::Lambda::LayerVersion'
ORDER BY account_id, region, resource_type, resource_id`,
  },

  'unattached-volumes': {
    description: {
      ja: 'どのインスタンスにも接続されていない EBS ボリューム。大きい順',
      en: 'EBS volumes that no instance uses, the largest first',
    },
    parameters: [],
    sql: `SELECT account_id, region, resource_id, name,
  CAST(json_extract_scalar(properties, '$.Size') AS integer) AS size_gib,
  json_extract_scalar(properties, '$.VolumeType') AS volume_type,
  created_at
FROM resources
WHERE resource_type = 'AWS::EC2::Volume' AND state = 'available'
ORDER BY size_gib DESC, account_id, region, resource_id`,
  },

  'public-buckets': {
    description: {
      ja: '公開される可能性のある S3 バケット。自身のブロックパブリックアクセスの 4 項目すべてが有効とは読み取れなかったもの（NULL は未設定または読み取れず。アカウント単位の設定は見ない）',
      en: 'S3 buckets that may be public: not all four settings of their own public access block were read as on (NULL: not set, or not read; that of the account is not looked at)',
    },
    parameters: [],
    sql: `SELECT account_id, region, resource_id,
  json_extract_scalar(properties, '$.PublicAccessBlock.BlockPublicAcls') AS block_public_acls,
  json_extract_scalar(properties, '$.PublicAccessBlock.IgnorePublicAcls') AS ignore_public_acls,
  json_extract_scalar(properties, '$.PublicAccessBlock.BlockPublicPolicy') AS block_public_policy,
  json_extract_scalar(properties, '$.PublicAccessBlock.RestrictPublicBuckets') AS restrict_public_buckets
FROM resources
WHERE resource_type = 'AWS::S3::Bucket' AND (
  COALESCE(json_extract_scalar(properties, '$.PublicAccessBlock.BlockPublicAcls'), '-') <> 'true'
  OR COALESCE(json_extract_scalar(properties, '$.PublicAccessBlock.IgnorePublicAcls'), '-') <> 'true'
  OR COALESCE(json_extract_scalar(properties, '$.PublicAccessBlock.BlockPublicPolicy'), '-') <> 'true'
  OR COALESCE(json_extract_scalar(properties, '$.PublicAccessBlock.RestrictPublicBuckets'), '-') <> 'true')
ORDER BY account_id, region, resource_id`,
  },

  'open-security-groups': {
    description: {
      ja: 'どこからでも（0.0.0.0/0 または ::/0）受信できるセキュリティグループと、その受信ルール',
      en: 'Security groups that let anybody in (0.0.0.0/0 or ::/0), with their rules',
    },
    parameters: [],
    sql: `SELECT account_id, region, resource_id, name, json_format(json_extract(properties, '$.IpPermissions')) AS ingress
FROM resources
WHERE resource_type = 'AWS::EC2::SecurityGroup' AND (
  json_format(json_extract(properties, '$.IpPermissions')) LIKE '%"0.0.0.0/0"%'
  OR json_format(json_extract(properties, '$.IpPermissions')) LIKE '%"::/0"%')
ORDER BY account_id, region, resource_id`,
  },

  'unencrypted-storage': {
    description: {
      ja: '暗号化されていないボリューム、スナップショット、データベース',
      en: 'Volumes, snapshots and databases that are not encrypted',
    },
    parameters: [],
    sql: `SELECT account_id, region, resource_type, resource_id, name, state
FROM resources
WHERE json_extract_scalar(properties, '$.Encrypted') = 'false'
  OR json_extract_scalar(properties, '$.StorageEncrypted') = 'false'
ORDER BY account_id, region, resource_type, resource_id`,
  },

  'old-runtimes': {
    description: {
      ja: 'AWS のサポートが終了した、または指定した日数以内に終了するランタイムの Lambda 関数',
      en: 'Lambda functions on a runtime that AWS has deprecated, or will deprecate within so many days',
    },
    parameters: [
      {
        ...{ name: 'days', value: 90, required: false },
        description: { ja: '何日先まで見るか', en: 'how many days ahead' },
      },
    ],
    sql: `SELECT r.account_id, r.region, r.resource_id, runtimes.runtime, runtimes.deprecated_on,
  json_extract_scalar(r.properties, '$.LastModified') AS last_modified
FROM resources r
CROSS JOIN parameters
JOIN (
  VALUES
    ${runtimes}
) AS runtimes (runtime, deprecated_on) ON runtimes.runtime = json_extract_scalar(r.properties, '$.Runtime')
WHERE r.resource_type = 'AWS::Lambda::Function'
  AND runtimes.deprecated_on <= CAST(r.collected_at AS date) + parameters.days * INTERVAL '1' DAY
ORDER BY runtimes.deprecated_on, r.account_id, r.region, r.resource_id`,
  },

  'instances-by-type': {
    description: {
      ja: 'EC2 インスタンスの台数。アカウント、リージョン、インスタンスタイプ、状態ごと',
      en: 'How many EC2 instances there are, by account, region, instance type and state',
    },
    parameters: [],
    sql: `SELECT account_id, region, json_extract_scalar(properties, '$.InstanceType') AS instance_type, state, COUNT(*) AS instances
FROM resources
WHERE resource_type = 'AWS::EC2::Instance'
GROUP BY account_id, region, json_extract_scalar(properties, '$.InstanceType'), state
ORDER BY instances DESC, account_id, region, instance_type, state`,
  },

  'recently-created': {
    description: {
      ja: '収集までの指定した日数に作成されたリソース。新しい順。AWS が作成日時を持たないタイプは含まない',
      en: 'Resources created in so many days before they were collected, the newest first. Not types whose creation time AWS does not keep',
    },
    parameters: [
      {
        ...{ name: 'days', value: 7, required: false },
        description: { ja: '何日前まで見るか', en: 'how many days back' },
      },
    ],
    sql: `SELECT account_id, region, resource_type, resource_id, name, created_at
FROM resources
CROSS JOIN parameters
WHERE created_at >= collected_at - parameters.days * INTERVAL '1' DAY
ORDER BY created_at DESC, account_id, region, resource_type, resource_id`,
  },

  dependents: {
    description: {
      ja: '指定した ID のリソースを参照しているリソース（直接の関係のみ）',
      en: 'What refers to the resource of this id (direct relations only)',
    },
    parameters: [
      {
        ...{ name: 'id', value: 'vpc-0123456789abcdef0', required: true },
        description: { ja: 'リソース ID', en: 'id of the resource' },
      },
    ],
    sql: `SELECT relations.account_id, relations.region, relations.kind, relations.resource_type, relations.resource_id
FROM relations
JOIN parameters ON relations.target_id = parameters.id
ORDER BY relations.account_id, relations.region, relations.resource_type, relations.resource_id, relations.kind`,
  },
} as const satisfies Record<string, NamedQuery>;

export type QueryName = keyof typeof NAMED_QUERIES;
