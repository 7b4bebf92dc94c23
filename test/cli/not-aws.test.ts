import { describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/sandbox.js';
import { expectWhole, idsInEstate, readLedger, typesOf } from './ledger.js';
import { openPlace, type Place } from './place.js';

const body = (contentType: string, text: string, status = 200): Fault => ({
  kind: 'body',
  status,
  contentType,
  body: text,
});
const HTML = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Proxy</body></html>\n';
const XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>';
const RSS = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>News</title></channel></rss>';

/** What answers in the place of AWS: to services that speak XML, and to Lambda, which speaks JSON. */
// biome-ignore format: a table
const ANSWERS: readonly (readonly [name: string, toXml: Fault, toJson?: Fault])[] = [
  ['HTML with 200', body('text/html', HTML)],
  ['XHTML with 200', body('application/xhtml+xml', XHTML)],
  ['HTML with 503', body('text/html', HTML, 503)],
  ['HTML with 403', body('text/html', HTML, 403)],
  ['nothing with 200', body('text/xml', ''), body('application/json', '')],
  ['blanks with 200', body('text/xml', ' \n '), body('application/json', ' \n ')],
  ['the right answer cut in half', 'cut', 'cut'],
  ['JSON for XML, XML for JSON', body('application/json', '{"Reservations":[],"DBInstances":[],"Buckets":[]}'), body('text/xml', RSS)],
  ['XML or JSON of somebody else', body('text/xml', RSS), body('application/json', '{"items":[],"total":0}')],
  ['an answer to another call', body('text/xml', '<DescribeHostsResponse><hostSet/></DescribeHostsResponse>'), body('application/json', '{"Layer":[]}')],
  ['an error page of a gateway', body('application/json', '{"message":"Forbidden"}', 403)],
  ['a list, null, a string', body('application/json', '[]'), body('application/json', 'null')],
];

const FIRST = {
  RDS: ['rds:DescribeDBInstances', 'AWS::RDS::DBInstance'],
  S3: ['s3:ListBuckets', 'AWS::S3::Bucket'],
  Lambda: ['lambda:ListFunctions', 'AWS::Lambda::Function'],
} as const;
type Service = keyof typeof FIRST;

/** Puts an answer in the place of one call of each of these services. */
function replace(place: Place, services: readonly Service[], toXml: Fault, toJson: Fault): void {
  for (const service of services) {
    place.sandbox.fault({ match: FIRST[service][0], does: service === 'Lambda' ? toJson : toXml });
  }
}

describe('in the place of a list', () => {
  // EC2 answers by the same protocol as RDS and costs the most: it is asked in one of the tests only.
  const SERVICES = ['RDS', 'S3', 'Lambda'] as const;

  it.concurrent.for(ANSWERS)(
    '%s: never an empty unit, the others are whole',
    async ([, toXml, toJson = toXml], test) => {
      const place = await openPlace(test);
      replace(place, SERVICES, toXml, toJson);
      const { code, doc, log } = await place.collect(['--services', ...SERVICES, '--max-retries', '1']);
      expect(doc).toMatchObject({ success: true, success_count: 0, results: { RDS: null, S3: null, Lambda: null } });
      expect(code).toBe(3);
      const ledger = { ...readLedger(place), ...readLedger(place, 'global') };
      const lost = SERVICES.map((service) => FIRST[service][1] as string);
      for (const type of lost) {
        expect(ledger[type]).toMatchObject({ status: 'failed', count: null, file: null });
        // Lambda's errors are JSON with a message, as those of any gateway are.
        expect(ledger[type]?.error?.code, type).toMatch(/^(INVALID_RESPONSE|HTTP_403)$/);
        expect(ledger[type]?.error?.message, type).toMatch(/./);
        // Advice to those who program with the SDK is of no use to those who read a ledger.
        expect(ledger[type]?.error?.message, type).not.toMatch(/Deserialization|\$response|undefined/);
        expect(log).toContainEqual(
          expect.objectContaining({ event: 'unit.failed', level: 'error', resource_type: type }),
        );
      }
      for (const service of SERVICES) expect(place.calls(FIRST[service][0]).length).toBeLessThanOrEqual(2);
      expectWhole(
        place,
        ledger,
        typesOf('RDS', 'Lambda').filter((type) => !lost.includes(type)),
      );
    },
  );

  it.concurrent('of EC2, each of them', async (test) => {
    const place = await openPlace(test);
    const calls = ['Volumes', 'Snapshots', 'Images', 'Vpcs', 'Subnets', 'RouteTables', 'NatGateways', 'Addresses'];
    const more = ['KeyPairs', 'LaunchTemplates', 'VpcEndpoints', 'NetworkAcls', 'SecurityGroups', 'NetworkInterfaces'];
    const all = [...calls, ...more];
    for (const [index, name] of all.entries()) {
      const [, does] = ANSWERS[index] ?? ['', 'cut' as const];
      place.sandbox.fault({ match: `ec2:Describe${name}`, does });
    }
    const { code, doc } = await place.collect(['--services', 'EC2', '--max-retries', '0']);
    expect([code, doc.results.EC2, doc.errors.EC2.length]).toEqual([3, 12, all.length]);
    const ledger = readLedger(place);
    const lost = doc.errors.EC2.map((error: { resource_type: string }) => error.resource_type);
    for (const type of lost) expect(ledger[type]).toMatchObject({ status: 'failed', count: null, file: null });
    expectWhole(
      place,
      ledger,
      typesOf('EC2').filter((type) => !lost.includes(type)),
    );
  });

  // AWS sends an empty list as an empty element: where there is none, nothing was said about what is there.
  it.concurrent.for([
    ['ec2:DescribeVpcs', 'AWS::EC2::VPC', '<DescribeVpcsResponse><requestId>1</requestId></DescribeVpcsResponse>'],
    ['rds:DescribeDBClusters', 'AWS::RDS::DBCluster', '<DescribeDBClustersResponse/>'],
    [
      'rds:DescribeDBSnapshots',
      'AWS::RDS::DBSnapshot',
      '<DescribeDBSnapshotsResponse><Error><Code>InternalFailure</Code></Error></DescribeDBSnapshotsResponse>',
    ],
    ['s3:ListBuckets', 'AWS::S3::Bucket', '<ListAllMyBucketsResult></ListAllMyBucketsResult>'],
    ['lambda:ListFunctions', 'AWS::Lambda::Function', '{}'],
  ] as const)('the right beginning without its list: %s', async ([match, type, text], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match, does: body('text/xml', text) });
    const { code, doc } = await place.collect(['--services', type.split('::')[1] ?? '', 'Lambda']);
    expect(doc.resources[type]).toBeNull();
    expect(readLedger(place, type.startsWith('AWS::S3') ? 'global' : 'us-east-1')[type]).toMatchObject({
      ...{ status: 'failed', count: null, file: null },
      error: { code: 'INVALID_RESPONSE' },
    });
    expect(code).toBe(3);
  });

  it.concurrent('the right answer under a wrong content type is read', async (test) => {
    const place = await openPlace(test);
    const { url } = place.sandbox;
    const answers: Record<string, string> = {
      'sts:GetCallerIdentity': await post(url, 'sts', 'GetCallerIdentity'),
      'ec2:DescribeVpcs': await post(url, 'ec2', 'DescribeVpcs'),
      'rds:DescribeDBInstances': await post(url, 'rds', 'DescribeDBInstances'),
      's3:ListBuckets': await get(url, 's3', '/?max-buckets=1000'),
      's3:GetBucketTagging': await get(url, 's3', '/sakura-shop-assets?tagging'),
      'lambda:ListFunctions': await get(url, 'lambda', '/2015-03-31/functions'),
    };
    for (const [match, text] of Object.entries(answers)) place.sandbox.fault({ match, does: body('text/html', text) });
    const { code, doc } = await place.collect();
    expect([code, doc.results, doc.warnings]).toEqual([0, { EC2: 12, RDS: 4, S3: 12, Lambda: 5 }, []]);
    expectWhole(place, readLedger(place), typesOf('EC2', 'RDS', 'Lambda'));
    const [bucket] = readLedger(place, 'global')['AWS::S3::Bucket']?.records ?? [];
    expect(bucket?.tags).toEqual({ 環境: '本番', 用途: '商品画像 🖼️' });
  });
});

describe('in the place of STS', () => {
  it.concurrent.for(ANSWERS)('%s: told, and nothing is read', async ([, does], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does });
    const { code, doc } = await place.collect(['--max-retries', '1']);
    expect(doc).toMatchObject({ success: false, error_code: 'AWS_UNREACHABLE' });
    expect(doc.error).toMatch(/^No valid answer from AWS \(STS\): .+ Check the network, the name of the region/);
    expect(code).toBe(1);
    expect(place.calls().length).toBeLessThanOrEqual(2);
    expect(place.names()).toEqual(['logs']);
  });
});

describe('in the place of a detail', () => {
  const DETAILS = ['s3:GetBucketTagging', 's3:GetBucketVersioning', 's3:GetBucketLifecycleConfiguration'];
  const PARTS = ['Tags', 'Versioning', 'HasLifecycle'];

  it.concurrent.for(ANSWERS)('%s: unread, never "not configured"', async ([, toXml, toJson = toXml], test) => {
    const place = await openPlace(test);
    for (const match of DETAILS) place.sandbox.fault({ match, resource: 'sakura-shop-backup', does: toXml });
    place.sandbox.fault({ match: 'lambda:ListTags', does: toJson });
    place.sandbox.fault({ match: 'rds:ListTagsForResource', does: toXml });
    const { doc } = await place.collect(['--services', 'S3', 'RDS', 'Lambda', '--max-retries', '0']);
    expect(doc.results).toEqual({ S3: 12, RDS: 4, Lambda: 5 });

    const buckets = readLedger(place, 'global')['AWS::S3::Bucket'];
    expect(buckets?.records.map((record) => record.resource_id).sort()).toEqual(idsInEstate(place, 'AWS::S3::Bucket'));
    const record = buckets?.records.find(({ resource_id }) => resource_id === 'sakura-shop-backup');
    expect([record?.tags, record?.properties.Versioning, record?.properties.HasLifecycle]).toEqual([null, null, null]);
    expect(buckets?.unread.map(({ part, resource_ids }) => [part, resource_ids])).toEqual(
      PARTS.map((part) => [part, ['sakura-shop-backup']]),
    );
    const ledger = readLedger(place);
    for (const type of ['AWS::RDS::DBSubnetGroup', 'AWS::RDS::DBParameterGroup', 'AWS::Lambda::Function']) {
      expect(ledger[type]?.records.map((one) => one.resource_id).sort()).toEqual(idsInEstate(place, type));
      for (const one of ledger[type]?.records ?? []) expect(one.tags, type).toBeNull();
      expect(ledger[type]?.unread, type).toMatchObject([{ part: 'Tags' }]);
    }
  });
});

/** What the sandbox would have answered, asked for as the SDK asks. */
const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260131/us-east-1/${service}/aws4_request`,
});
async function get(url: string, service: string, path: string): Promise<string> {
  return (await fetch(`${url}${path}`, { headers: signed(service) })).text();
}
async function post(url: string, service: string, Action: string): Promise<string> {
  const request = { method: 'POST', headers: signed(service), body: new URLSearchParams({ Action }) };
  return (await fetch(url, request)).text();
}
