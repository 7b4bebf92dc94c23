import { describe, expect, it } from 'vitest';
import { PLANTED_SECRETS } from '../sandbox/estate.js';
import type { Fault } from '../sandbox/sandbox.js';
import { expectWhole, readLedger, textsBelow, typesOf } from './ledger.js';
import { type Env, openPlace, type Place } from './place.js';

const KEY = 'wJalr+Planted/SecretKey=EXAMPLE0123456789';
const TOKEN = 'IQoJb3JpZ2luX2VjPlanted//////////token+with=signs==';

/** A secret in all the forms in which it could be written. */
const formsOf = (secret: string) => [
  ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
  ...[Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')],
];

function expectNowhere(place: Place, printed: Readonly<Record<string, string>>, secrets: readonly string[]): void {
  const texts = new Map([
    ...Object.entries(printed),
    ...textsBelow(place.file('data')),
    ...textsBelow(place.file('logs')),
  ]);
  expect(texts.size).toBeGreaterThan(Object.keys(printed).length + 2);
  for (const [where, text] of texts) {
    for (const secret of secrets.flatMap(formsOf)) expect(text.includes(secret), `${secret} in ${where}`).toBe(false);
  }
}

/** An error that tells what it should not, as proxies and signature checks do. */
const telltale = (status: number, code: string): Fault => ({
  kind: 'error',
  status,
  code,
  message: `The request for key ${KEY} with X-Amz-Security-Token: ${TOKEN} and token=${encodeURIComponent(TOKEN)} failed`,
});

describe('no secret is ever printed, logged or stored', () => {
  it.concurrent.for<[name: string, env: Env, files: Record<string, string>, args: string[]]>([
    ['from the environment', { AWS_SECRET_ACCESS_KEY: KEY, AWS_SESSION_TOKEN: TOKEN }, {}, []],
    [
      'from a profile',
      {
        ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
        ...{ AWS_SHARED_CREDENTIALS_FILE: 'credentials', AWS_CONFIG_FILE: 'config' },
      },
      {
        credentials: `[shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = ${KEY}\naws_session_token = ${TOKEN}\n`,
        config: '[profile shop]\nregion = us-east-1\n',
      },
      ['--profile', 'shop'],
    ],
  ])('%s, at --log-level debug', async ([, env, files, args], test) => {
    const place = await openPlace(test);
    for (const [name, content] of Object.entries(files)) place.file(name, content);
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: telltale(400, 'InvalidParameterValue') });
    place.sandbox.fault({ match: 'rds:DescribeDBSnapshots', does: telltale(403, 'AccessDenied') });
    place.sandbox.fault({ match: 'rds:DescribeDBSubnetGroups', does: telltale(400, `Bad.${KEY}`) });
    place.sandbox.fault({ match: 's3:GetBucketTagging', does: telltale(503, 'SlowDown') });
    place.sandbox.fault({ match: 'lambda:ListLayers', does: telltale(403, 'AccessDeniedException') });
    const run = [...args, '--services', 'RDS', 'S3', 'Lambda', '--log-level', 'debug', '--max-retries', '1'];
    const { code, doc, log, stdout, stderr } = await place.collect(run, env);
    expect([code, doc.results]).toEqual([3, { RDS: 4, S3: 12, Lambda: 5 }]);
    expect(log.some(({ event }) => event === 'api.called')).toBe(true);
    // What can be told of the errors is told.
    expect(doc.errors.RDS[0].message).toMatch(/^The request for key \*\*\* with .* failed$/);
    expectNowhere(place, { stdout, stderr }, [KEY, TOKEN, ...PLANTED_SECRETS]);
    const fns = readLedger(place)['AWS::Lambda::Function']?.records ?? [];
    const [mail] = fns.filter(({ resource_id }) => resource_id === 'order-mail');
    // The names are kept.
    expect(mail?.properties.Environment).toEqual({ Variables: ['DB_HOST', 'DB_PASSWORD', 'LOG_LEVEL'] });
  });

  it.concurrent('when STS repeats them, in either language', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: telltale(403, 'SignatureDoesNotMatch') });
    for (const ARV_LANG of ['ja', 'en']) {
      const env = { AWS_SECRET_ACCESS_KEY: KEY, AWS_SESSION_TOKEN: TOKEN, ARV_LANG };
      const { code, doc, stdout, stderr } = await place.collect(['--log-level', 'debug'], env);
      expect([code, doc.error_code]).toEqual([1, 'INVALID_CREDENTIALS']);
      for (const text of [stdout, stderr, ...textsBelow(place.file('logs')).values()]) {
        for (const secret of [KEY, TOKEN].flatMap(formsOf)) expect(text.includes(secret), secret).toBe(false);
      }
    }
  });

  it.concurrent('passwords that AWS lists with a database are masked', async (test) => {
    const place = await openPlace(test);
    const [database] = place.sandbox.estate.regions['us-east-1']?.resources['AWS::RDS::DBInstance'] ?? [];
    const MasterUserPassword = 'Planted-master-password';
    Object.assign(database ?? {}, { PendingModifiedValues: { MasterUserPassword, AllocatedStorage: 200 } });
    const { code, stdout, stderr } = await place.collect(['--services', 'RDS', '--log-level', 'debug']);
    expect(code).toBe(0);
    expectWhole(place, readLedger(place), typesOf('RDS'));
    expectNowhere(place, { stdout, stderr }, [MasterUserPassword]);
    const [record] = readLedger(place)['AWS::RDS::DBInstance']?.records ?? [];
    expect(record?.properties.PendingModifiedValues).toEqual({ MasterUserPassword: '***', AllocatedStorage: 200 });
  });

  it.concurrent('a profile beside keys in the environment: still only lines of JSON', async (test) => {
    const place = await openPlace(test);
    place.file('credentials', '[shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = abcdefgh\n');
    const env = { AWS_SHARED_CREDENTIALS_FILE: 'credentials' };
    const { code, doc } = await place.collect(['--services', 'Lambda', '--profile', 'shop'], env);
    expect([code, doc.profile, doc.results]).toEqual([0, 'shop', { Lambda: 5 }]);
  });
});
