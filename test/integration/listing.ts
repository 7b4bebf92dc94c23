import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Estate, ResourceTypeName } from '../sandbox/estate.js';
import { ID_FIELDS } from '../sandbox/generate.js';
import { TYPES } from './resource-types.js';

/** One resource as a reader other than the program sees it. */
interface Listed {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly name: string | null;
  /** Where the service tells it. */
  readonly arn?: string | null;
  /** Where the service tells it. */
  readonly created_at?: string | null;
  /** Of a bucket. */
  readonly region?: string;
  /** The API's own fields, without the tags. */
  readonly item: Readonly<Record<string, unknown>>;
}
export type Listing = Readonly<Record<string, readonly Listed[]>>;

/** Why boto3 cannot be asked here; empty when it can. */
export const BOTO3_MISSING = boto3Missing();

function boto3Missing(): string {
  const look = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("boto3") is None)';
  const { error, status } = spawnSync('python3', ['-c', look]);
  if (error) return 'no python3 on PATH';
  return status === 0 ? '' : 'python3 has no boto3';
}

export async function listWithBoto3(url: string, region: string): Promise<Listing> {
  const script = join(import.meta.dirname, 'list_resources.py');
  const { stdout } = await promisify(execFile)('python3', [script, url, region], { maxBuffer: 1e9 });
  return JSON.parse(stdout);
}

type EstateItem = Readonly<Record<string, unknown>>;

/** The sandbox's own account by its ids and tags: what there is to compare with where boto3 is not installed. */
export function listEstate(estate: Estate, region: string): Readonly<Record<string, Readonly<Record<string, object>>>> {
  const { resources = {}, tags = {} } = estate.regions[region] ?? {};
  const everything: Partial<Record<string, readonly object[]>> = { ...resources, 'AWS::S3::Bucket': estate.buckets };
  const tagsOf = (item: EstateItem) => {
    const own = item.Tags ?? item.TagSet ?? item.TagList ?? item.tags;
    if (Array.isArray(own)) return Object.fromEntries(own.map((tag) => [tag.Key, tag.Value]));
    const { EventSourceMappingArn, FunctionArn, DBSubnetGroupArn, DBParameterGroupArn } = item;
    return tags[String(EventSourceMappingArn ?? FunctionArn ?? DBSubnetGroupArn ?? DBParameterGroupArn)] ?? {};
  };
  return Object.fromEntries(
    TYPES.map((type) => {
      const items = (everything[type] ?? []) as readonly EstateItem[];
      const own = items.filter((item) => isOwn(estate.accountId, item));
      return [type, Object.fromEntries(own.map((item) => [estateId(type, item), tagsOf(item)]))];
    }),
  );
}

/** Not what others share with the account, nor what RDS makes by itself. */
function isOwn(accountId: string, item: EstateItem): boolean {
  return (item.OwnerId ?? accountId) === accountId && (item.SnapshotType ?? 'manual') === 'manual';
}

function estateId(type: string, item: EstateItem): string {
  const latest = item.LatestMatchingVersion as { LayerVersionArn: string } | undefined;
  return latest?.LayerVersionArn ?? String(item[ID_FIELDS[type as ResourceTypeName][0] ?? '']);
}
