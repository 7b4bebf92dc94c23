import { ListTags$ } from '@aws-sdk/client-lambda';
import { ListTagsForResource$ } from '@aws-sdk/client-rds';
import { GetCallerIdentity$ } from '@aws-sdk/client-sts';
import type { BucketEstate, ResourceTypeName } from './estate.js';
import { idsOf, ungenerated } from './generate.js';
import { GENERATED_REGION, itemsOf, listPage, type PageTwist, type Served } from './lists.js';
import { BUCKET_DETAILS_BY_NAME, LISTS_BY_NAME } from './operations.js';
import { type Answer, ApiError, writeOutput } from './protocols.js';
import type { SandboxRequest } from './request.js';

/** Answers one call out of the estate, or throws the ApiError that AWS would answer. */
export function serve(served: Served, request: SandboxRequest, twist: PageTwist): Answer {
  const list = LISTS_BY_NAME.get(request.operation);
  const detail = BUCKET_DETAILS_BY_NAME.get(request.operation);
  if (request.service === 'ec2' && request.params.DryRun === 'true') {
    throw new ApiError(412, 'DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
  }
  if (list) return listPage(served, request, list, twist);
  if (detail) {
    const bucket = bucketFor(served, request);
    const output = detail.read(bucket);
    if (output) return writeOutput('s3', detail.operation, output);
    const [code, message] = detail.missing ?? ['NoSuchConfiguration', 'Not configured'];
    throw new ApiError(404, code, message, {}, { BucketName: bucket.Name });
  }
  const { accountId } = served.estate;
  switch (request.operation) {
    case 'sts:GetCallerIdentity': {
      const identity = {
        Account: accountId,
        Arn: `arn:aws:iam::${accountId}:user/sandbox`,
        UserId: 'AIDASANDBOXEXAMPLE000',
      };
      return writeOutput('sts', GetCallerIdentity$, identity);
    }
    case 'rds:ListTagsForResource': {
      const tags = tagsOf(served, request);
      if (!tags) throw new ApiError(404, ...missingRds(request.resource ?? ''));
      return writeOutput('rds', ListTagsForResource$, {
        TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      });
    }
    case 'lambda:ListTags': {
      const tags = tagsOf(served, request);
      if (!tags)
        throw new ApiError(
          404,
          'ResourceNotFoundException',
          `The resource you requested does not exist: ${request.resource}`,
        );
      return writeOutput('lambda', ListTags$, { Tags: tags });
    }
    default:
      throw new ApiError(501, 'NotImplemented', `The sandbox does not serve ${request.operation}`);
  }
}

/** The resource that a name or ARN stands for: itself, or the one that it was generated from. */
function original(served: Served, region: string, types: readonly ResourceTypeName[], text: string): string {
  for (const type of types) {
    const first = itemsOf(served, region, type)[0];
    const count = served.generate[type] ?? 0;
    for (const id of first && count > 0 ? idsOf(type, first) : []) {
      const found = ungenerated(id, count, text);
      if (found !== text) return found;
    }
  }
  return text;
}

function bucketFor(served: Served, request: SandboxRequest): BucketEstate {
  const name = request.bucket ?? '';
  const known = original(served, GENERATED_REGION, ['AWS::S3::Bucket'], name);
  const bucket = served.estate.buckets.find((b) => b.Name === known);
  if (!bucket) throw new ApiError(404, 'NoSuchBucket', 'The specified bucket does not exist', {}, { BucketName: name });
  if (request.operation !== 's3:GetBucketLocation' && bucket.region !== request.region) {
    throw new ApiError(
      301,
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      { 'x-amz-bucket-region': bucket.region },
      { Endpoint: `${name}.s3.${bucket.region}.amazonaws.com`, Bucket: name },
    );
  }
  return { ...bucket, Name: name };
}

const TAGGED: Record<'rds' | 'lambda', readonly ResourceTypeName[]> = {
  rds: [
    'AWS::RDS::DBInstance',
    'AWS::RDS::DBCluster',
    'AWS::RDS::DBSnapshot',
    'AWS::RDS::DBClusterSnapshot',
    'AWS::RDS::DBSubnetGroup',
    'AWS::RDS::DBParameterGroup',
  ],
  lambda: ['AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping'],
};

/** Undefined: there is no such resource. */
function tagsOf(served: Served, request: SandboxRequest): Record<string, string> | undefined {
  const types = TAGGED[request.service as 'rds' | 'lambda'];
  const arn = original(served, request.region, types, request.resource ?? '');
  const region = served.estate.regions[request.region];
  const item = types
    .flatMap((type) => itemsOf(served, request.region, type))
    .find((one) => Object.values(one).includes(arn));
  const own = (item as { TagList?: { Key: string; Value: string }[] } | undefined)?.TagList?.map((tag) => [
    tag.Key,
    tag.Value,
  ]);
  return region?.tags[arn] ?? (item && Object.fromEntries(own ?? []));
}

function missingRds(arn: string): [code: string, message: string] {
  const codes: Record<string, string> = {
    cluster: 'DBClusterNotFoundFault',
    snapshot: 'DBSnapshotNotFound',
    'cluster-snapshot': 'DBClusterSnapshotNotFoundFault',
    subgrp: 'DBSubnetGroupNotFoundFault',
    pg: 'DBParameterGroupNotFound',
  };
  return [codes[arn.split(':')[5] ?? ''] ?? 'DBInstanceNotFound', `The requested resource ${arn} was not found.`];
}
