import { describe, expect, it } from 'vitest';
import { startWithoutBucketRegions } from '../integration/endpoints.js';
import { companyEstate } from '../sandbox/estate.js';
import type { Fault } from '../sandbox/sandbox.js';
import { actionsOf, examine } from './doctor-checks.js';
import { openPlace, Place } from './place.js';
import { refused } from './usage.js';

const QUICK = { CALL_TIMEOUT_SECONDS: '0.3', MAX_RETRIES: '1' };
const DETAILS =
  /^(s3:Get(BucketTagging|BucketEncryption|BucketVersioning|PublicAccessBlock|BucketOwnershipControls|BucketLifecycleConfiguration)|rds:ListTagsForResource|lambda:ListTags)$/;

describe('an account in order', () => {
  it.concurrent('every action of every row is allowed, by one small call each', async (test) => {
    const place = await openPlace(test, { pageSize: 2 });
    const { code, doc, checks, targets } = await examine(place);
    expect([code, targets('NG')]).toEqual([0, []]);
    const { accountId } = place.sandbox.estate;
    expect(doc).toMatchObject({ ok: true, region: 'us-east-1', account_id: accountId });
    expect(doc.identity).toBe(`arn:aws:iam::${accountId}:user/sandbox`);
    const actions = checks.filter(({ check }) => check === 'action').map(({ target }) => target);
    expect([...actions].sort()).toEqual(await actionsOf(place));
    // The list has told where the bucket is, as it will tell a run.
    expect(targets('SKIP')).toEqual(['s3:GetBucketLocation']);
    const operations = place.calls().map(({ operation }) => operation);
    expect(operations).toHaveLength(new Set(operations).size);
    expect(operations).toHaveLength(actions.length);
    const sizes = place.calls().flatMap(({ params }) => Object.entries(params));
    const asked = sizes.filter(([name]) => /^(MaxResults|MaxRecords|MaxItems|max-buckets)$/.test(name));
    expect(asked.length).toBeGreaterThan(20);
    for (const [name, size] of asked) expect(Number(size), name).toBeLessThanOrEqual(20);
  });

  it.concurrent('the location of a bucket, where the list does not tell it', async (test) => {
    const place = new Place(await startWithoutBucketRegions());
    test.onTestFinished(async () => {
      place.end();
      await place.sandbox.close();
    });
    const { targets } = await examine(place, ['--services', 'S3']);
    expect([targets('SKIP'), targets('NG')]).toEqual([[], []]);
    expect(place.calls('s3:GetBucketLocation')).toHaveLength(1);
  });

  it.concurrent('some services: only their actions', async (test) => {
    const place = await openPlace(test);
    const { checks } = await examine(place, ['--services', 'lambda']);
    const actions = checks.filter(({ check }) => check === 'action').map(({ target }) => target);
    expect(actions.every((action) => action.startsWith('lambda:'))).toBe(true);
    expect(place.calls().every(({ operation }) => /^(sts|lambda):/.test(operation))).toBe(true);
  });

  it.concurrent('nothing in it: what needs a resource is not tried', async (test) => {
    const estate = { ...companyEstate(), regions: {}, buckets: [] };
    const place = await openPlace(test, { estate });
    const { code, targets, line } = await examine(place);
    expect([code, targets('NG')]).toEqual([0, []]);
    expect(targets('SKIP')).toHaveLength(9);
    for (const action of targets('SKIP')) expect(line(action).detail).toContain('nothing to try it on');
    expect(targets('SKIP').filter((action) => action.startsWith('s3:Get'))).toHaveLength(7);
  });

  it.concurrent.for([
    ['en', /^OK {3}ec2:DescribeInstances +AWS::EC2::Instance$/m, / → allow rds:DescribeDBClusters to arn:aws:iam/],
    ['ja', /^OK {3}credentials \(default chain\) +見つかり/m, / → rds:DescribeDBClusters を arn:aws:iam.* に許可/],
  ] as const)('as a table, a line each: %s', async ([ARV_LANG, okay, remedy], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({
      match: 'rds:DescribeDBClusters',
      does: { kind: 'error', status: 403, code: 'AccessDenied', message: 'no\n\u001b[31mno' },
    });
    const { code, stdout, stderr } = await place.text(['doctor', '--output', 'table'], { ARV_LANG });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(okay);
    const lines = stdout.split('\n').filter((line) => /rds:DescribeDBClusters +AWS/.test(line));
    expect(lines).toEqual([expect.stringMatching(/^NG {3}rds:DescribeDBClusters .*AccessDenied: no··\[31mno/)]);
    expect(lines[0]).toMatch(remedy);
    expect(stdout).toMatch(/\nOK \d+, NG 1, SKIP 1\n$/);
  });
});

describe('permissions', () => {
  // biome-ignore format: a table
  it.concurrent.for<[operation: string, action?: string]>([
    ['ec2:DescribeNatGateways'],
    ['rds:DescribeDBClusters'],
    ['s3:GetBucketEncryption', 's3:GetEncryptionConfiguration'],
    ['rds:ListTagsForResource'],
  ])('%s denied: that line and no other', async ([operation, action = operation], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: operation, does: 'deny' });
    const { targets, line } = await examine(place);
    expect(targets('NG')).toEqual([action]);
    expect(targets('SKIP')).toEqual(['s3:GetBucketLocation']);
    expect(line(action).detail).toMatch(/AWS::\w+::\w+.*: (AccessDenied|UnauthorizedOperation): /);
    expect(line(action).remedy).toContain(`allow ${action} to arn:aws:iam::482915730164:user/sandbox`);
  });

  it.concurrent('all details denied: all of them are told', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: DETAILS, does: 'deny' });
    const { targets } = await examine(place);
    expect(targets('NG')).toHaveLength(8);
    // Which type's resource comes first does not matter: one refusal of an action is enough.
    expect(place.calls('lambda:ListTags')).toHaveLength(1);
  });

  it.concurrent('a list denied: its details are not tried', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 's3:ListBuckets', does: 'deny' });
    const { targets, line } = await examine(place, ['--services', 'S3']);
    expect([targets('NG'), targets('SKIP').length]).toEqual([['s3:ListAllMyBuckets'], 7]);
    expect(line('s3:GetBucketTagging').detail).toBe('not tried, since s3:ListAllMyBuckets failed');
  });

  it.concurrent('of another type of the service, the details are', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'deny' });
    const { targets, line } = await examine(place, ['--services', 'Lambda']);
    expect([targets('NG'), targets('SKIP')]).toEqual([['lambda:ListFunctions'], []]);
    expect(line('lambda:ListTags').status).toBe('OK');
  });

  it.concurrent('a role: named as in its policies, not by its session', async (test) => {
    const place = await openPlace(test);
    const arn = 'arn:aws:sts::482915730164:assumed-role/Auditor/alice';
    const body = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>482915730164</Account><Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;
    place.sandbox.fault({ match: 'sts:*', does: { kind: 'body', status: 200, contentType: 'text/xml', body } });
    place.sandbox.fault({ match: 'lambda:ListLayers', does: 'deny' });
    const { line, doc } = await examine(place, ['--services', 'Lambda']);
    expect(doc.identity).toBe(arn);
    expect(line('lambda:ListLayers').remedy).toContain('allow lambda:ListLayers to role Auditor;');
  });

  it.concurrent('what a run would accept is no fault: an accepted gap, a service that is absent', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' });
    place.sandbox.fault({ match: 'lambda:*', does: 'unsupported' });
    const gaps = [{ resource_type: 'AWS::RDS::DBCluster', status: 'denied', region: 'us-east-1' }];
    const args = ['--services', 'RDS', 'Lambda'];
    const { targets, line } = await examine(place, args, { ACCEPTED_GAPS: JSON.stringify(gaps) });
    expect(targets('NG')).toEqual([]);
    expect(line('rds:DescribeDBClusters')).toMatchObject({ status: 'SKIP', detail: expect.stringMatching(/accepted/) });
    expect(line('lambda:ListLayers')).toMatchObject({ status: 'SKIP', detail: expect.stringMatching(/not offered/) });
    const elsewhere = JSON.stringify([{ ...gaps[0], region: 'eu-west-1' }]);
    expect((await examine(place, args, { ACCEPTED_GAPS: elsewhere })).targets('NG')).toEqual([
      'rds:DescribeDBClusters',
    ]);
  });
});

describe('calls that fail otherwise', () => {
  // biome-ignore format: a table
  it.concurrent.for<[name: string, does: Fault, detail: RegExp, remedy: RegExp]>([
    ['throttled', 'throttle', /Throttling/, /run it again/],
    ['AWS fails', { kind: 'error', status: 500, code: 'InternalFailure', message: 'oh' }, /InternalFailure: oh/, /run it again/],
    ['a proxy answers', { kind: 'body', status: 200, contentType: 'text/html', body: '<html>login' }, /INVALID_RESPONSE/, /not AWS/],
    ['refused in some other way', { kind: 'error', status: 400, code: 'Odd', message: 'oh' }, /Odd: oh/, /--log-level debug/],
  ])('%s: with a remedy of its own, the others are tried', async ([, does, detail, remedy], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does });
    const { targets, line } = await examine(place, ['--services', 'RDS'], QUICK);
    expect([targets('NG'), targets('SKIP')]).toEqual([['rds:DescribeDBClusters'], []]);
    expect(line('rds:DescribeDBClusters').detail).toMatch(detail);
    expect(line('rds:DescribeDBClusters').remedy).toMatch(remedy);
  });

  it.concurrent.for<[name: string, does: Fault, detail: RegExp, remedy: RegExp]>([
    ['no answer', 'hang', /CALL_TIMEOUT/, /--call-timeout/],
    ['no connection', 'reset', /ECONNRESET/, /port 443/],
    ['credentials that expire on the way', 'expired', /EXPIRED_CREDENTIALS/, /temporary keys/],
  ])('%s: nothing further is asked of the service', async ([, does, detail, remedy], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', skip: 1, does });
    const { targets, line } = await examine(place, ['--services', 'RDS', 'Lambda'], QUICK);
    expect([targets('NG'), targets('SKIP').length]).toEqual([['rds:DescribeDBClusters'], 5]);
    expect(line('rds:DescribeDBClusters').detail).toMatch(detail);
    expect(line('rds:DescribeDBClusters').remedy).toMatch(remedy);
    expect(line('rds:ListTagsForResource').detail).toContain('since rds:DescribeDBClusters failed');
    expect(line('lambda:ListFunctions').status).toBe('OK');
    expect(place.calls('rds:*').length).toBeLessThanOrEqual(3);
  });

  it.concurrent('a detail whose call says that the credentials have expired', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListTags', does: 'expired' });
    const { targets, line } = await examine(place, ['--services', 'Lambda'], QUICK);
    expect([targets('NG'), line('lambda:ListFunctions').status]).toEqual([['lambda:ListTags'], 'OK']);
    expect(line('lambda:ListLayers').status).toBe('SKIP');
  });
});

it.concurrent('what AWS says is shown without the secrets in it', async (test) => {
  const place = await openPlace(test);
  const key = 'wJalr+Planted/SecretKey=EXAMPLE0123456789';
  const does = { kind: 'error', status: 400, code: 'Odd', message: `signed with ${key} by you` } as const;
  place.sandbox.fault({ match: /^(rds:DescribeDBClusters|dynamodb:GetItem)$/, does });
  const env = { AWS_SECRET_ACCESS_KEY: key, LOCK_TABLE_NAME: 'leases' };
  const { line } = await examine(place, ['--services', 'RDS'], env);
  for (const target of ['rds:DescribeDBClusters', 'dynamodb:GetItem']) {
    expect(line(target).detail).toContain('signed with *** by you');
  }
});

describe('usage', () => {
  it.concurrent('as in collect, with nothing tried', async (test) => {
    const wrong = ['doctor', '--region', 'nowhere', '--call-timeout', 'x', '--force', '--store', 'ftp://bucket/x'];
    const problems = await refused(test, wrong, { MAX_RETRIES: 'many', DLQ_QUEUE_URL: 'https://sqs' });
    expect(problems).toHaveLength(6);
    expect(problems.join()).toContain('accepted: a directory, or s3://bucket/prefix');
    expect(problems.join()).toContain('--force: unknown option (arv doctor --help lists them)');
  });

  it.concurrent('--help names its options', async (test) => {
    const place = await openPlace(test);
    const { stdout } = await place.text(['doctor', '--help']);
    for (const option of ['services', 'region', 'store', 'call-timeout', 'output', 'config']) {
      expect(stdout).toMatch(new RegExp(`^ +--${option}\\b`, 'm'));
    }
  });

  it.concurrent.for([
    ['SIGTERM', 143, 'en', 'Interrupted (SIGTERM)'],
    ['SIGINT', 130, 'ja', '中断されました (SIGINT)'],
  ] as const)('%s ends it', async ([signal, exit, ARV_LANG, error], test) => {
    const place = await openPlace(test);
    const match = signal === 'SIGTERM' ? 'sts:GetCallerIdentity' : 'ec2:DescribeVolumes';
    place.sandbox.fault({ match, does: 'hang' });
    const { child, ended } = place.start(['doctor'], { ARV_LANG });
    await place.sandbox.waitFor(match);
    child.kill(signal);
    const { code, doc } = await ended;
    expect(doc).toMatchObject({ success: false, error_code: 'INTERRUPTED', error });
    expect([code, place.names()]).toEqual([exit, []]);
  });
});
