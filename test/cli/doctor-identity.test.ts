import { describe, expect, it } from 'vitest';
import { examine } from './doctor-checks.js';
import { type Env, openPlace } from './place.js';

const QUICK = { CALL_TIMEOUT_SECONDS: '0.3', MAX_RETRIES: '1' };
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const LAMBDA = ['--services', 'Lambda'];
const MINUTE = 60_000;

/** Everything that is asked of AWS after the credentials. */
const BEHIND = ['sts:GetCallerIdentity', 'us-east-1', 'lambda:ListFunctions', 'lambda:ListTags'];

describe('the region', () => {
  it.concurrent.for([
    ['en', /^No region is given\. Set --region/],
    ['ja', /^リージョンが指定されていません。--region/],
  ] as const)('none: what needs it is not tried, the folders are: %s', async ([ARV_LANG, remedy], test) => {
    const place = await openPlace(test);
    const { doc, targets, line } = await examine(place, LAMBDA, { AWS_REGION: undefined, ARV_LANG });
    expect(doc).toMatchObject({ ok: false, region: null, account_id: null, identity: null });
    expect(targets('NG')).toEqual(['-']);
    expect(line('region').remedy).toMatch(remedy);
    expect(targets('OK')).toEqual([expect.stringMatching(/leases$/), expect.any(String), expect.any(String)]);
    expect(place.calls()).toEqual([]);
  });

  it.concurrent.for([
    ['eu-west-1', 'OK'],
    ['Frankfurt', 'NG'],
  ])('%s of a profile is %s', async ([region, status], test) => {
    const place = await openPlace(test);
    place.file('config', `[profile shop]\nregion = ${region}\n`);
    const env = { AWS_REGION: undefined, AWS_CONFIG_FILE: 'config', AWS_PROFILE: 'shop' };
    const { line } = await examine(place, LAMBDA, env);
    expect(line('region')).toMatchObject({ target: region, status });
    if (status === 'NG') expect(line('region').detail).toContain('--profile shop');
  });
});

describe('credentials', () => {
  it.concurrent.for<[name: string, env: Env, args?: string[]]>([
    ['none anywhere', {}],
    ['a profile that is not there', {}, ['--profile', 'nobody']],
  ])('%s', async ([, env, args = []], test) => {
    const place = await openPlace(test);
    const { targets, line } = await examine(place, [...LAMBDA, ...args], { ...NO_KEYS, ...env });
    expect(targets('NG')).toEqual([args[1] ?? '(default chain)']);
    expect(line('credentials').detail).toMatch(/^NO_CREDENTIALS: /);
    expect(line('credentials').remedy).toContain('aws configure');
    for (const target of BEHIND.slice(2)) expect(line(target).status).toBe('SKIP');
    expect(line('identity').detail).toBe('not tried, since credentials is not OK');
    expect(line('store').status).toBe('OK');
    expect(place.calls()).toEqual([]);
  });

  it.concurrent.for([
    ['expired', 'expired', /EXPIRED_CREDENTIALS/, /new temporary keys/],
    [
      'unknown to AWS',
      { kind: 'error', status: 403, code: 'InvalidClientTokenId', message: 'no such key' },
      /INVALID_CREDENTIALS: InvalidClientTokenId: no such key/,
      /access key/,
    ],
  ] as const)('%s: refused by STS', async ([, does, detail, remedy], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does });
    const { targets, line } = await examine(place, LAMBDA);
    expect(targets('NG')).toEqual(['(default chain)']);
    expect(line('credentials').detail).toMatch(detail);
    expect(line('credentials').remedy).toMatch(remedy);
    // The answer that refuses tells the time all the same.
    expect(line('clock').status).toBe('OK');
    expect(place.calls()).toHaveLength(1);
  });

  it.concurrent('that never come: not waited for', async (test) => {
    const place = await openPlace(test);
    place.file('config', '[profile slow]\nregion = us-east-1\ncredential_process = sleep 60\n');
    const env = { ...NO_KEYS, ...QUICK, AWS_CONFIG_FILE: 'config' };
    const { targets, line } = await examine(place, [...LAMBDA, '--profile', 'slow'], env);
    expect(targets('NG')).toEqual(['sts:GetCallerIdentity']);
    expect(line('identity').detail).toMatch(/CALL_TIMEOUT: no answer within \d+ s/);
    expect(line('credentials').status).toBe('SKIP');
    expect(place.calls()).toEqual([]);
  });
});

describe('STS', () => {
  it.concurrent.for([
    ['hangs', 'hang', /CALL_TIMEOUT/],
    ['is out of reach', 'reset', /ECONNRESET/],
    ['is denied by an endpoint policy', 'deny', /AccessDenied/],
  ] as const)('%s: there are credentials, but whose', async ([, does, detail], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does });
    const { targets, line } = await examine(place, LAMBDA, QUICK);
    expect(targets('NG')).toEqual(['sts:GetCallerIdentity']);
    expect([line('credentials').status, line('region_enabled').status]).toEqual(['OK', 'SKIP']);
    expect(line('identity').detail).toMatch(detail);
    expect(place.calls().every(({ operation }) => operation.startsWith('sts:'))).toBe(true);
  });
});

describe('a region that is not enabled', () => {
  const refusal = {
    kind: 'error',
    status: 403,
    code: 'InvalidClientTokenId',
    message: 'The token is invalid',
  } as const;

  it.concurrent('is told from a wrong key by asking elsewhere', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', region: 'af-south-1', does: refusal });
    const { doc, targets, line } = await examine(place, [...LAMBDA, '--region', 'af-south-1']);
    expect(targets('NG')).toEqual(['af-south-1']);
    expect(line('region_enabled').detail).toContain('good in us-east-1 (InvalidClientTokenId: The token is invalid)');
    expect(line('region_enabled').remedy).toContain('enable af-south-1');
    expect(doc).toMatchObject({ region: 'af-south-1', account_id: '482915730164' });
    expect(line('lambda:ListFunctions').detail).toBe('not tried, since region_enabled is not OK');
    expect(place.calls().map(({ operation, region }) => [operation, region])).toEqual([
      ['sts:GetCallerIdentity', 'af-south-1'],
      ['sts:GetCallerIdentity', 'us-east-1'],
    ]);
  });

  it.concurrent('cannot be told from a wrong key where nobody else can be asked', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', region: 'cn-northwest-1', does: refusal });
    place.sandbox.fault({ match: 'sts:*', region: 'cn-north-1', does: 'reset' });
    const { line, targets } = await examine(place, [...LAMBDA, '--region', 'cn-northwest-1'], QUICK);
    expect(targets('NG')).toEqual(['(default chain)']);
    expect(line('credentials').remedy).toMatch(/access key.*that the region is enabled/);
    expect(place.calls().at(-1)?.region).toBe('cn-north-1');
  });

  it.concurrent('a key that has expired there as well is told as such', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', region: 'af-south-1', does: refusal });
    place.sandbox.fault({ match: 'sts:*', region: 'us-east-1', does: 'expired' });
    const { line } = await examine(place, [...LAMBDA, '--region', 'af-south-1']);
    expect(line('credentials').detail).toMatch(/^EXPIRED_CREDENTIALS/);
  });
});

describe('the clock', () => {
  it.concurrent.for([
    [0, 'OK', /^within 2 s of AWS$/],
    [4 * MINUTE, 'OK', /^(239|240|241) s behind AWS$/],
    [-4 * MINUTE, 'OK', /^(239|240|241) s ahead of AWS$/],
    [6 * MINUTE, 'NG', /^(359|360|361) s behind AWS$/],
    [-10 * MINUTE, 'NG', /^(599|600|601) s ahead of AWS$/],
  ] as const)('of AWS %i ms ahead: %s', async ([clockAheadMs, status, detail], test) => {
    const place = await openPlace(test, { clockAheadMs });
    const { line, targets } = await examine(place, LAMBDA);
    expect(line('clock')).toMatchObject({ status, detail: expect.stringMatching(detail) });
    expect(targets('NG')).toEqual(status === 'NG' ? ['STS'] : []);
  });
});
