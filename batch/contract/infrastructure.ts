/** Names that the stack gives and that programs, documents and people rely on. Source: SPEC §7. */
export const INFRASTRUCTURE = {
  stack: 'AwsResourceVisualizer',
  cluster: 'AwsResourceVisualizer-ecs',
  container: 'app',
  taskFamily: 'aws-resource-visualizer',
  logGroup: '/ecs-scheduled-tasks/aws-resource-visualizer',
  logStreamPrefix: 'batch',
  leaseTable: 'AwsResourceVisualizer-leases',
  deadLetterQueue: 'aws-resource-visualizer-dead-letters',
  /** Of Glue, which takes lower case; SQL needs no quotation marks for it. */
  database: 'aws_resource_visualizer',
  table: 'resources',
  /** Of Athena. */
  workGroup: 'AwsResourceVisualizer',
  /** Folder of the bucket that gets the results of queries. No tenant can be called so: none has a dot in its name. */
  resultsFolder: 'athena.results',
} as const;

/** IAM actions on the bucket of the snapshots, and on what lies in it. */
export const STORE_ACTIONS = { bucket: ['s3:ListBucket'], objects: ['s3:GetObject', 's3:PutObject'] } as const;

/** IAM actions on the queue of the dead letters: a run sends, `arv failures redrive --from-queue` does the rest. */
export const DEAD_LETTER_ACTIONS = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
] as const;

/** Partition key of the lease table, and the IAM actions of a lease's calls. */
export const LEASE_TABLE = {
  key: 'lock_key',
  actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
} as const;
