import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillAccount } from '../integration/fill-account.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { elementOf, query } from '../integration/query.js';
import { contentOf } from '../integration/snapshot.js';
import { PLAIN_ENV, type ProgramEnd, runProgram, temporaryFolder } from '../program.js';
import type { Allow } from '../sandbox/iam.js';
import { taskPolicy, without } from './task-policy.js';
import { ACCOUNT, onlyOf, READY, synthesize } from './templates.js';

/**
 * moto's own IAM, which is another's reading of it. Only of EC2, RDS and Lambda: of S3 it asks for the wrong actions,
 * and it takes no table's ARN. It checks signatures too, but gets the one of a path with an ARN in it wrong: it refuses
 * every ListTags of Lambda, allowed or not. And it refuses in XML, which of Lambda is no answer (`failed`).
 */
const SERVICES = 'EC2,RDS,Lambda';
const POLICY = taskPolicy(ACCOUNT, { ...READY, services: SERVICES });

let moto: Moto | undefined;
const folders: string[] = [];

test.runIf(process.env.ARV_REQUIRE_MOTO === '1')('moto is here, as ARV_REQUIRE_MOTO asks', () => {
  expect(MOTO_MISSING).toBe('');
});

const title = MOTO_MISSING === '' ? '' : ` (skipped: ${MOTO_MISSING})`;
if (MOTO_MISSING !== '') console.warn(`permissions under moto: skipped: ${MOTO_MISSING}`);

describe.skipIf(MOTO_MISSING !== '')(`under moto's IAM${title}`, () => {
  beforeAll(async () => {
    moto = await startMoto();
    await fillAccount(moto.url);
    const { AssumeRolePolicyDocument } = onlyOf(synthesize().template, 'AWS::IAM::Role', 'BatchTaskRole')[1];
    const trust = { ...AssumeRolePolicyDocument, Version: '2012-10-17' };
    const role = { RoleName: 'task', AssumeRolePolicyDocument: JSON.stringify(trust) };
    await query(moto.url, 'iam', { Action: 'CreateRole', Version: '2010-05-08', ...role });
  });
  afterAll(async () => {
    await moto?.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** One run of the program as the role, which has this policy and no other. */
  async function runAs(policy: readonly Allow[]): Promise<ProgramEnd & { readonly units: readonly Unit[] }> {
    const { url = '' } = moto ?? {};
    await enforce(url, false);
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: policy });
    const put = {
      Action: 'PutRolePolicy',
      Version: '2010-05-08',
      RoleName: 'task',
      PolicyName: 'task',
      PolicyDocument,
    };
    await query(url, 'iam', put);
    const assume = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/task`, RoleSessionName: 'test' };
    const session = await query(url, 'sts', { Action: 'AssumeRole', Version: '2011-06-15', ...assume });
    const cwd = temporaryFolder();
    folders.push(cwd);
    await enforce(url, true);
    const end = await runProgram(['--region', 'us-east-1'], {
      cwd,
      env: {
        ...{ ...PLAIN_ENV, AWS_ENDPOINT_URL: url, SERVICES, SNAPSHOT_STORE: join(cwd, 'data'), ARV_LANG: 'en' },
        AWS_ACCESS_KEY_ID: elementOf(session, 'AccessKeyId'),
        AWS_SECRET_ACCESS_KEY: elementOf(session, 'SecretAccessKey'),
        AWS_SESSION_TOKEN: elementOf(session, 'SessionToken'),
      },
    });
    const snapshot: readonly string[] = end.json.snapshot ?? [];
    const units = snapshot.flatMap((path): Unit[] => JSON.parse(contentOf(path)).units);
    return Object.assign(end, { units });
  }

  test('the program completes with the policy: nothing denied, nothing unread', async () => {
    const { json, units } = await runAs(POLICY);
    expect(units).toHaveLength(26);
    for (const unit of units) expect(lackOf(unit), unit.resource_type).toEqual([]);
    expect(Math.min(...Object.values<number>(json.resources))).toBeGreaterThan(0);
    expect(Object.keys(json.errors)).toEqual(['Lambda']);
  });

  test.each([
    ['ec2:DescribeVolumes', ['AWS::EC2::Volume'], 'denied'],
    ['rds:ListTagsForResource', ['AWS::RDS::DBParameterGroup', 'AWS::RDS::DBSubnetGroup'], 'Tags: AccessDenied'],
    ['lambda:ListFunctions', ['AWS::Lambda::Function'], 'failed'],
  ])('without %s, %j', async (action, types, lack) => {
    const { units } = await runAs(without(action, POLICY));
    expect(units).toHaveLength(26);
    const lacking = units.filter((unit) => lackOf(unit).length > 0);
    expect(lacking.map((unit) => unit.resource_type).sort()).toEqual(types);
    for (const unit of lacking) expect(lackOf(unit), unit.resource_type).toEqual([lack]);
  });

  test('with nothing, the program says that it may read nothing', async () => {
    const { code, json, units } = await runAs([{ ...POLICY[0], Action: ['iam:GetUser'], Resource: '*' }]);
    expect([code, json.error_code]).toEqual([1, 'ALL_SERVICES_FAILED']);
    const read = units.filter(
      ({ resource_type, status }) => status !== (isOfLambda(resource_type) ? 'failed' : 'denied'),
    );
    expect(read).toEqual([]);
  });
});

interface Unit {
  readonly resource_type: string;
  readonly status: string;
  readonly unread: readonly { readonly part: string; readonly code: string }[];
}

/** What the unit lacks for a reason other than moto's reading of a signature. */
function lackOf({ status, unread, resource_type }: Unit): string[] {
  const own = isOfLambda(resource_type) ? unread.filter(isMotosOwn) : [];
  const parts = unread.filter((one) => !own.includes(one)).map(({ part, code }) => `${part}: ${code}`);
  const whole = status === 'complete' || (status === 'partial' && own.length > 0);
  return whole ? parts : [status, ...parts];
}

const isOfLambda = (type: string) => type.startsWith('AWS::Lambda::');
const isMotosOwn = ({ part, code }: Unit['unread'][number]) => part === 'Tags' && code === 'INVALID_RESPONSE';

/** Whether moto looks at permissions from now on. */
async function enforce(url: string, on: boolean): Promise<void> {
  await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: on ? '0' : 'inf' });
}
