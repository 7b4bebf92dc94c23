import { expect, test } from 'vitest';
import { ec2Id } from './estate/words.js';
import { companyEstate, PLANTED_SECRETS, type ResourceTypeName } from './estate.js';
import { ID_FIELDS, idsOf } from './generate.js';

const estate = companyEstate();
const text = (value: unknown) => JSON.stringify(value);

test('every id that is mentioned belongs to a resource, but for what others own or what is gone', () => {
  const known = new Set<string>();
  for (const { resources } of Object.values(estate.regions)) {
    for (const [type, items] of Object.entries(resources)) {
      for (const item of items) for (const id of idsOf(type as ResourceTypeName, item)) known.add(id);
    }
  }
  const mentioned = new Set(
    text(estate).match(
      /\b(ami|i|vol|snap|eni|subnet|vpc|sg|rtb|igw|nat|pcx|vpce|eipalloc|acl|key|lt)-0[0-9a-f]{16}\b/g,
    ),
  );
  const elsewhere = [ec2Id('vol', 'builder'), ec2Id('ami', 'public-linux'), ec2Id('snap', 'public-linux')];
  expect([...mentioned].filter((id) => !known.has(id)).sort()).toEqual(elsewhere.sort());
});

test('ids are unique within a type and a region', () => {
  for (const { resources } of Object.values(estate.regions)) {
    for (const [type, items] of Object.entries(resources)) {
      const ids = items.flatMap((item) => idsOf(type as ResourceTypeName, item).slice(0, 1));
      expect(new Set(ids).size, type).toBe(items.length);
    }
  }
});

test('there is something of every type, and what makes reading hard', () => {
  const resources = estate.regions['us-east-1']?.resources ?? {};
  const types = [...Object.keys(resources), 'AWS::S3::Bucket'];
  expect(types.sort()).toEqual(Object.keys(ID_FIELDS).sort());
  expect(resources['AWS::EC2::Instance']).toHaveLength(12);
  expect(resources['AWS::EC2::Instance']?.some((one) => one.Tags?.every((tag) => tag.Key !== 'Name'))).toBe(true);
  expect(text(estate)).toMatch(/"Value":""/);
  expect(text(estate)).toMatch(/\p{Emoji_Presentation}/u);
  for (const secret of PLANTED_SECRETS) expect(text(estate)).toContain(secret);
});

test('each copy is its own', () => {
  companyEstate().buckets.pop();
  expect(companyEstate().buckets).toEqual(estate.buckets);
});
