import { expect, it } from 'vitest';
import { openPlace } from '../cli/place.js';
import { PLANTED_SECRETS } from '../sandbox/estate.js';
import { openProxy } from './place.js';
import { expectNoSecrets, SECRET_ENV } from './planted.js';

const FUNCTIONS = 'lambda:ListFunctions';

/** A parser that stumbles likes to quote what stands there. */
it.concurrent.for<[name: string, garble: (secret: string) => string]>([
  ['no quote before it', (secret) => `${secret}"`],
  ['a stray character behind it', (secret) => `"${secret}\u0001"`],
])('an answer that is no JSON at a secret, %s: none of it is told', async ([, garble], test) => {
  const place = await openPlace(test);
  const { proxy, env } = await openProxy(place, test);
  // Each run stumbles over another one.
  for (const secret of PLANTED_SECRETS) {
    const text = JSON.stringify(secret).slice(1, -1);
    const body = (_: string, right: string) => right.replace(`"${text}"`, () => garble(text));
    proxy.fault({ match: FUNCTIONS, times: 1, does: { kind: 'body', body } });
  }
  const codes: string[] = [];
  for (const _ of PLANTED_SECRETS) {
    const ran = await place.collect(['--services', 'Lambda', '--log-level', 'debug'], { ...env, ...SECRET_ENV });
    expect(ran.code).toBe(3);
    codes.push(ran.doc.errors.Lambda[0].code);
    expectNoSecrets(place, ran);
  }
  expect(new Set(codes)).toEqual(new Set(['INVALID_RESPONSE']));
  expect(proxy.calls.filter(({ operation }) => operation === FUNCTIONS)).toHaveLength(PLANTED_SECRETS.length);
});

it.concurrent.for<[name: string, garble: (secret: string) => string]>([
  ['a tag opens before it', (secret) => `<${secret}`],
  ['a tag closes before it', (secret) => `</${secret}`],
  ['an entity begins before it', (secret) => `&${secret}`],
  ['an attribute that does not end', (secret) => `<a b="${secret}`],
])('an answer that is no XML at a secret, %s: none of it is told', async ([, garble], test) => {
  const place = await openPlace(test);
  const { proxy, env } = await openProxy(place, test);
  const [database] = place.sandbox.estate.regions['us-east-1']?.resources['AWS::RDS::DBInstance'] ?? [];
  const [secret = ''] = PLANTED_SECRETS;
  Object.assign(database ?? {}, { PendingModifiedValues: { MasterUserPassword: secret } });
  const body = (_: string, right: string) => right.replace(`>${secret}`, () => `>${garble(secret)}`);
  proxy.fault({ match: 'rds:DescribeDBInstances', does: { kind: 'body', body } });
  const ran = await place.collect(['--services', 'RDS', '--log-level', 'debug'], { ...env, ...SECRET_ENV });
  if (process.env.SHOW) console.log(ran.code, JSON.stringify(ran.doc.errors));
  expectNoSecrets(place, ran);
});
