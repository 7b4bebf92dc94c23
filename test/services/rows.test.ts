import { describe, expect, test } from 'vitest';
import { InvalidItem } from '../../batch/core/invalid-item.js';
import type { CatalogRow } from '../../batch/services/define.js';
import { CATALOG } from '../../batch/services/index.js';
import { companyEstate, type ResourceTypeName } from '../sandbox/estate.js';

const PLACE = {
  accountId: '482915730164',
  arn: 'arn:aws:iam::482915730164:user/x',
  partition: 'aws',
  region: 'us-east-1',
};
const estate = companyEstate();

/** Where a row finds its id; the sandbox's own table names second unique fields too. */
const ID_PATH: Partial<Record<string, string>> = {
  'AWS::Lambda::LayerVersion': 'LatestMatchingVersion',
  'AWS::EC2::KeyPair': 'KeyPairId',
  'AWS::EC2::LaunchTemplate': 'LaunchTemplateId',
};

function itemsOf(type: string): Record<string, unknown>[] {
  if (type === 'AWS::S3::Bucket') {
    return estate.buckets.map((bucket) => ({
      Name: bucket.Name,
      CreationDate: bucket.CreationDate,
      Location: bucket.region,
      Tags: bucket.tags ?? [],
    }));
  }
  const resources = estate.regions['us-east-1']?.resources ?? {};
  return (resources[type as Exclude<ResourceTypeName, 'AWS::S3::Bucket'>] ?? []) as never;
}

/** As the source hands it on: with the details that a row asks for. */
function withParts(row: CatalogRow, item: object): object {
  return { ...Object.fromEntries(row.details.map(({ part }) => [part, part === 'Tags' ? [] : null])), ...item };
}

describe.each(CATALOG.map((row) => ({ type: row.type, row })))('$type', ({ type, row }) => {
  const items = itemsOf(type);

  test('every item of the estate becomes a draft that has all it should', () => {
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      const draft = row.normalize(withParts(row, item), PLACE);
      expect(draft.id).not.toBe('');
      expect(draft.arn === null || /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:.+/.test(draft.arn), String(draft.arn)).toBe(
        true,
      );
      expect(Object.keys(draft.properties)).not.toContain('Tags');
      expect(Object.keys(draft.properties)).not.toContain('TagList');
      for (const relation of draft.relations) {
        expect(relation.resource_id).toBeTruthy();
        const known = CATALOG.some((other) => other.type === relation.resource_type);
        expect(known || relation.resource_type === 'AWS::IAM::Role', relation.resource_type).toBe(true);
      }
    }
  });

  test('ids are unique', () => {
    const ids = items.map((item) => row.normalize(withParts(row, item), PLACE).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('an item without its id is invalid, and the message names the field', () => {
    const {
      [idField(type, items[0] ?? {})]: _id,
      PublicIp: _ip,
      ...rest
    } = { Tags: [], ...items[0] } as Record<string, unknown>;
    expect(() => row.normalize(rest, PLACE)).toThrow(InvalidItem);
    expect(() => row.normalize(rest, PLACE)).toThrow(/ is missing$/);
  });

  test('an item with nothing but its id is a record: optional fields are null', () => {
    const field = idField(type, items[0] ?? {});
    const draft = row.normalize({ [field]: items[0]?.[field], Tags: null }, PLACE);
    expect(Object.values(draft).includes(undefined)).toBe(false);
  });
});

function idField(type: string, item: Record<string, unknown>): string {
  const own = ID_PATH[type];
  if (own !== undefined) return own;
  const row = CATALOG.find((candidate) => candidate.type === type);
  const { id } = row?.normalize(withParts(row, item), PLACE) ?? { id: '' };
  return Object.keys(item).find((key) => item[key] === id) ?? '';
}

const rowOf = (type: string) => CATALOG.find((row) => row.type === type) as (typeof CATALOG)[number];

test('an instance was made when its first card was attached, not when it was last started', () => {
  const made = new Date('2024-01-01T00:00:00Z');
  const item = {
    InstanceId: 'i-1',
    LaunchTime: new Date('2026-05-05T00:00:00Z'),
    NetworkInterfaces: [
      { Attachment: { DeviceIndex: 1, AttachTime: new Date('2025-01-01T00:00:00Z') } },
      { Attachment: { DeviceIndex: 0, AttachTime: made } },
    ],
  };
  expect(rowOf('AWS::EC2::Instance').normalize(item, PLACE).createdAt).toEqual(made);
});

test('a resource shared by another account carries the owner in its ARN; images and snapshots carry none', () => {
  const subnet = rowOf('AWS::EC2::Subnet').normalize({ SubnetId: 'subnet-1', OwnerId: '999999999999' }, PLACE);
  expect(subnet.arn).toBe('arn:aws:ec2:us-east-1:999999999999:subnet/subnet-1');
  expect(rowOf('AWS::EC2::Image').normalize({ ImageId: 'ami-1' }, PLACE).arn).toBe(
    'arn:aws:ec2:us-east-1::image/ami-1',
  );
});

test('a key pair’s ARN has its name', () => {
  const item = { KeyPairId: 'key-1', KeyName: 'ops' };
  expect(rowOf('AWS::EC2::KeyPair').normalize(item, PLACE).arn).toBe('arn:aws:ec2:us-east-1:482915730164:key-pair/ops');
});

test('in China the partition is in the ARN', () => {
  const place = { ...PLACE, partition: 'aws-cn', region: 'cn-north-1' };
  expect(rowOf('AWS::S3::Bucket').normalize({ Name: 'b', Location: 'cn-north-1', Tags: [] }, place).arn).toBe(
    'arn:aws-cn:s3:::b',
  );
});

test('of a function’s environment only the names are kept; an error in their place is unread', async () => {
  const detail = rowOf('AWS::Lambda::Function').details.find(({ part }) => part === 'Environment');
  const item = { FunctionName: 'f', Environment: { Variables: { B: 'secret-1', A: 'secret-2' } } };
  await expect(detail?.read({}, item)).resolves.toEqual({ Variables: ['A', 'B'] });
  await expect(detail?.read({}, { FunctionName: 'f' })).resolves.toBeNull();
  const error = { ErrorCode: 'AccessDeniedException', Message: 'KMS says no' };
  await expect(detail?.read({}, { FunctionName: 'f', Environment: { Error: error } })).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'KMS says no',
  });
});

test('tags that could not be read are null, none are an empty map', () => {
  const row = rowOf('AWS::Lambda::Function');
  expect(row.normalize({ FunctionName: 'f', Tags: null }, PLACE).tags).toBeNull();
  expect(row.normalize({ FunctionName: 'f', Tags: {} }, PLACE).tags).toEqual({});
});
