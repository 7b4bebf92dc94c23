import type { SandboxRequest } from './request.js';

/** Where IAM calls an operation by another name. Source: the service authorization reference. */
const ACTION_OF: Readonly<Record<string, string>> = {
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
};

/** The IAM action that a call of this operation (`s3:ListBuckets`) needs; null: none. */
export function actionOf(operation: string): string | null {
  return operation === 'sts:GetCallerIdentity' ? null : (ACTION_OF[operation] ?? operation);
}

/** A statement of an identity's policy that allows. Names of actions are whole; a resource is `*` or an ARN. */
export interface Allow {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** As IAM decides: what no statement allows is denied. Only tables are known by their ARN; all else is `*`. */
export function permits(policy: readonly Allow[], request: SandboxRequest, accountId: string): boolean {
  const action = actionOf(request.operation);
  if (action === null) return true;
  const { service, region, resource } = request;
  const arn = service === 'dynamodb' ? `arn:aws:dynamodb:${region}:${accountId}:table/${resource}` : '*';
  return policy.some(({ Action, Resource }) => {
    const resources = [Resource].flat();
    return [Action].flat().includes(action) && (resources.includes('*') || resources.includes(arn));
  });
}
