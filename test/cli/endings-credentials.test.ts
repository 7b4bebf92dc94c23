import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { expectWhole, readLedger, typesOf } from './ledger.js';
import { type Env, openPlace, type Place } from './place.js';

const TEXTS = {
  NO_CREDENTIALS: ['AWS認証情報が設定されていません', 'AWS credentials are not configured'],
  EXPIRED_CREDENTIALS: [
    'AWS認証情報の有効期限が切れています。認証情報を更新してから再実行してください。',
    'The AWS credentials have expired. Renew them and run again.',
  ],
} as const;

const NO_KEYS: Env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

/** It ended before anything was read: identity is asked for first. */
function expectNothingRead(place: Place): void {
  expect(place.calls().filter(({ operation }) => !operation.startsWith('sts:'))).toEqual([]);
  expect(place.has('data')).toBe(false);
}

describe('no credentials', () => {
  it.concurrent.for<[name: string, env: Env, args?: string[]]>([
    ['none anywhere', {}],
    ['none anywhere, in Japanese', { ARV_LANG: 'ja' }],
    ['half of them', { AWS_ACCESS_KEY_ID: 'AKIAHALF' }],
    ['a profile that is not there', {}, ['--profile', 'nobody']],
    ['AWS_PROFILE that is not there', { AWS_PROFILE: 'nobody' }],
  ])('%s', async ([, env, args = []], test) => {
    const place = await openPlace(test);
    const { code, doc, log } = await place.collect(args, { ...NO_KEYS, ...env });
    expect(doc).toMatchObject({ success: false, error_code: 'NO_CREDENTIALS', hint: 'aws configure' });
    expect(doc).toMatchObject({ services: ['EC2', 'RDS', 'S3', 'Lambda'], region: 'us-east-1' });
    const lang = env.ARV_LANG === 'ja' ? 0 : 1;
    expect([code, doc.error]).toEqual([1, TEXTS.NO_CREDENTIALS[lang]]);
    expect(log.at(-1)).toMatchObject({ level: 'error', event: 'run.failed', error_code: 'NO_CREDENTIALS' });
    expect(log.at(-1).run_id).toBe(doc.run_id);
    expect(place.calls()).toEqual([]);
    expectNothingRead(place);
  });
});

describe('at STS', () => {
  it.concurrent('expired', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'expired' });
    for (const [index, lang] of ['ja', 'en'].entries()) {
      const { code, doc } = await place.collect([], { ARV_LANG: lang });
      expect(doc).toMatchObject({ success: false, error_code: 'EXPIRED_CREDENTIALS', hint: 'aws sso login' });
      expect([code, doc.error]).toEqual([1, TEXTS.EXPIRED_CREDENTIALS[index]]);
    }
    // Not worth a second try.
    expect(place.calls()).toHaveLength(2);
    expectNothingRead(place);
  });

  // biome-ignore format: a table
  it.concurrent.for<[code: string, status: number]>([
    ['InvalidClientTokenId', 403],
    ['SignatureDoesNotMatch', 403],
    ['IncompleteSignature', 400],
    ['MissingAuthenticationToken', 403],
  ])('refused: %s', async ([name, status], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: { kind: 'error', status, code: name, message: 'No such key.' } });
    const { code, doc } = await place.collect();
    expect(doc).toMatchObject({ success: false, error_code: 'INVALID_CREDENTIALS' });
    expect([code, doc.error]).toEqual([
      1,
      `AWS refused the credentials (${name}: No such key.). Check the access key, and that the region is enabled for the account.`,
    ]);
    expect(place.calls()).toHaveLength(1);
    expectNothingRead(place);
  });

  it.concurrent('a clock that is wrong: not told as expired credentials', async (test) => {
    const place = await openPlace(test);
    const message = 'Signature expired: 20260131T000000Z is now earlier than 20260131T010000Z (15 min.)';
    // Taken by the SDK as a hint to correct its clock: the server's time is in the answer.
    place.sandbox.fault({
      match: 'sts:*',
      does: { kind: 'error', status: 403, code: 'SignatureDoesNotMatch', message },
    });
    const { code, doc } = await place.collect();
    expect([code, doc.error_code]).toEqual([1, 'INVALID_CREDENTIALS']);
    expect(doc.error).toContain(message);
    expectNothingRead(place);
  });

  it.concurrent('nobody listens', async (test) => {
    const place = await openPlace(test);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const endpoint = ['--endpoint-url', `http://127.0.0.1:${port}`];
    const en = await place.collect(endpoint);
    expect(en.doc).toMatchObject({ success: false, error_code: 'AWS_UNREACHABLE' });
    expect([en.code, en.doc.error]).toEqual([
      1,
      `No valid answer from AWS (STS): ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:${port}. Check the network, the name of the region and --endpoint-url.`,
    ]);
    const ja = await place.collect(endpoint, { ARV_LANG: undefined });
    expect(ja.doc.error).toBe(
      `AWS (STS) からの応答を確認できません: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:${port}。ネットワーク、リージョン名、--endpoint-url を確認してください。`,
    );
    expectNothingRead(place);
  });

  it.concurrent('never answers: the limit of a call counts, and so do the tries', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'hang' });
    const { code, doc } = await place.collect(['--call-timeout', '0.3', '--max-retries', '1']);
    expect([code, doc.error_code]).toEqual([1, 'AWS_UNREACHABLE']);
    expect(doc.error).toContain('CALL_TIMEOUT');
    expect(place.calls()).toHaveLength(2);
    expectNothingRead(place);
  });

  it.concurrent('throttled for a while: the run goes on', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', times: 2, does: 'throttle' });
    const { code, doc } = await place.collect(['--services', 'Lambda']);
    expect([code, doc.account_id]).toEqual([0, place.sandbox.estate.accountId]);
    expect(place.calls('sts:*')).toHaveLength(3);
  });

  it.concurrent.for(['', '12345', '../../evil', 'x'.repeat(12)])(
    'an account that is none: %o',
    async (account, test) => {
      const place = await openPlace(test);
      const body = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${account}</Account><Arn>arn:aws:iam::1:user/x</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;
      place.sandbox.fault({ match: 'sts:*', does: { kind: 'body', status: 200, contentType: 'text/xml', body } });
      const { code, doc } = await place.collect();
      expect([code, doc.error_code]).toEqual([1, 'AWS_UNREACHABLE']);
      expect(doc.error).toContain(JSON.stringify(account));
      expectNothingRead(place);
    },
  );
});

describe('that expire on the way', () => {
  it.concurrent('what was read is committed, and what was running is kept', async (test) => {
    const place = await openPlace(test);
    const { sandbox } = place;
    // RDS is held until the others have begun their last unit: what has begun is read to its end.
    const last = ['ec2:DescribeNetworkAcls', 'lambda:ListEventSourceMappings', 's3:ListBuckets'];
    const until = Promise.all(last.map((operation) => sandbox.waitFor(operation)));
    sandbox.fault({ match: 'rds:*', does: { kind: 'hold', until } });
    sandbox.fault({ match: 'rds:*', does: 'expired' });
    const { code, doc, log } = await place.collect();
    expect(doc).toMatchObject({ success: true, error_code: 'EXPIRED_CREDENTIALS', success_count: 3, total_count: 4 });
    expect([code, doc.error]).toEqual([3, TEXTS.EXPIRED_CREDENTIALS[1]]);
    expect(doc.results).toEqual({ EC2: 12, RDS: null, S3: 12, Lambda: 5 });
    expect(Object.keys(doc.errors)).toEqual(['RDS']);
    expect(doc.errors.RDS.map((error: { resource_type: string }) => error.resource_type).sort()).toEqual(
      typesOf('RDS'),
    );
    for (const error of doc.errors.RDS) expect(error).toMatchObject({ code: 'EXPIRED_CREDENTIALS', class: 'fatal' });
    // One call told it: the rest is not tried.
    expect(place.calls('rds:*')).toHaveLength(1);

    const ledger = readLedger(place);
    expectWhole(place, ledger, typesOf('EC2', 'Lambda'));
    expectWhole(place, readLedger(place, 'global'), typesOf('S3'));
    for (const type of typesOf('RDS'))
      expect(ledger[type]).toMatchObject({ status: 'failed', file: null, count: null });
    expect(log.at(-1)).toMatchObject({ level: 'error', error_code: 'EXPIRED_CREDENTIALS', exit_code: 3 });
  });

  it.concurrent('at the third unit: the two before it are published, the rest costs no call', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', skip: 2, does: 'expired' });
    const { code, doc } = await place.collect(['--services', 'RDS']);
    expect([code, doc.success, doc.error_code]).toEqual([3, true, 'EXPIRED_CREDENTIALS']);
    expect(place.calls('rds:*')).toHaveLength(3);
    expect(doc.results).toEqual({ RDS: 4 });
    const ledger = readLedger(place);
    const read = ['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster'];
    expectWhole(place, ledger, read);
    for (const type of typesOf('RDS')) {
      if (read.includes(type)) continue;
      expect(ledger[type]).toMatchObject({ status: 'failed', error: { code: 'EXPIRED_CREDENTIALS', class: 'fatal' } });
      expect(doc.resources[type]).toBeNull();
    }
  });

  it.concurrent('in a detail: the unit is not taken for read', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'lambda:ListTags', skip: 2, does: 'expired' });
    const { code, doc } = await place.collect(['--services', 'Lambda']);
    expect([code, doc.error_code, doc.results.Lambda]).toEqual([1, 'EXPIRED_CREDENTIALS', null]);
    expect(place.calls('lambda:ListLayers')).toEqual([]);
    for (const type of typesOf('Lambda'))
      expect(readLedger(place)[type]).toMatchObject({ status: 'failed', file: null });
  });

  it.concurrent('at the first unit: nothing is published, the ledger is there', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'expired' });
    const { code, doc } = await place.collect(['--services', 'RDS'], { ARV_LANG: 'ja' });
    expect(doc).toMatchObject({ success: false, error_code: 'EXPIRED_CREDENTIALS', results: { RDS: null } });
    expect([code, doc.error]).toEqual([1, TEXTS.EXPIRED_CREDENTIALS[0]]);
    for (const type of typesOf('RDS')) expect(readLedger(place)[type]).toMatchObject({ status: 'failed' });
  });
});
