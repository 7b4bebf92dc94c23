/** Names that the stack gives and that programs, documents and people rely on. Source: SPEC §7. */
export const INFRASTRUCTURE = {
  stack: 'AwsResourceVisualizer',
  cluster: 'AwsResourceVisualizer-ecs',
  container: 'app',
  taskFamily: 'aws-resource-visualizer',
  logGroup: '/ecs-scheduled-tasks/aws-resource-visualizer',
  logStreamPrefix: 'batch',
  leaseTable: 'AwsResourceVisualizer-leases',
} as const;

/** Partition key of the lease table, and the IAM actions of a lease's calls. */
export const LEASE_TABLE = {
  key: 'lock_key',
  actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
} as const;
