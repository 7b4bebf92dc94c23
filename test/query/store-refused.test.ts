import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLAIN_ENV, runProgram, TEST_ENV, temporaryFolder } from '../program.js';

/** Refuses every request with the code that is the bucket's name. */
const STATUS = { expiredtoken: 400, invalidaccesskeyid: 403, accessdenied: 403, nosuchbucket: 404 };
const CODES = ['ExpiredToken', 'InvalidAccessKeyId', 'AccessDenied', 'NoSuchBucket'];
const cwd = temporaryFolder();
let server: Server;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const bucket = request.url?.split(/[/?]/)[1] as keyof typeof STATUS;
    const code = CODES.find((one) => one.toLowerCase() === bucket);
    response.writeHead(STATUS[bucket], { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>as told</Message></Error>`,
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL };
});
afterAll(async () => {
  rmSync(cwd, { recursive: true });
  server.close();
  server.closeAllConnections();
});

const KEYS = { ...TEST_ENV };
const NO_KEYS = { ...PLAIN_ENV, ARV_LANG: 'en' };
const BUCKET = 'Check the name and region of the bucket .* s3:ListBucket.*';

test.concurrent.for([
  [
    'no credentials',
    [],
    'accessdenied',
    NO_KEYS,
    'NO_CREDENTIALS',
    'AWS credentials are not configured',
    'aws configure',
  ],
  [
    'no such profile',
    ['--profile', 'nope'],
    'accessdenied',
    KEYS,
    'NO_CREDENTIALS',
    'AWS credentials are not configured',
    'aws configure',
  ],
  ['expired', [], 'expiredtoken', KEYS, 'EXPIRED_CREDENTIALS', 'The AWS credentials have expired.*', 'aws sso login'],
  [
    'a wrong key',
    [],
    'invalidaccesskeyid',
    KEYS,
    'INVALID_CREDENTIALS',
    'AWS refused the credentials \\(s3://invalidaccesskeyid: InvalidAccessKeyId: as told\\).*',
  ],
  [
    'denied',
    [],
    'accessdenied',
    KEYS,
    'STORE_UNAVAILABLE',
    `The store is not available: s3://accessdenied: AccessDenied: as told. ${BUCKET}`,
  ],
  [
    'no bucket',
    [],
    'nosuchbucket',
    KEYS,
    'STORE_UNAVAILABLE',
    `The store is not available: s3://nosuchbucket: NoSuchBucket: as told. ${BUCKET}`,
  ],
] as const)('a store on S3 that cannot be read: %s', async ([, more, bucket, keys, error_code, says, hint]) => {
  const args = ['diff', '--store', `s3://${bucket}/days`, ...more];
  const { code, json } = await runProgram(args, { cwd, env: { ...keys, ...env } });
  const told = { success: false, error_code, error: expect.stringMatching(new RegExp(`^${says}$`)) };
  expect([code, json]).toEqual([1, expect.objectContaining({ ...told, ...(hint === undefined ? {} : { hint }) })]);
});
