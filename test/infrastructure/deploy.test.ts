import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testLeftOut } from './deploy-left-out.js';
import { testMade } from './deploy-made.js';
import { testStarts } from './deploy-starts.js';
import { DEPLOY_MISSING, type Deployed, deploy, type Given, read } from './deployed.js';
import { READY } from './templates.js';

test.runIf(process.env.ARV_REQUIRE_MOTO === '1')(
  'moto, boto3 and the AWS CLI are here, as ARV_REQUIRE_MOTO asks',
  () => {
    expect(DEPLOY_MISSING).toBe('');
  },
);

const title = DEPLOY_MISSING === '' ? '' : ` (skipped: ${DEPLOY_MISSING})`;
if (DEPLOY_MISSING !== '') console.warn(`the deployment: skipped: ${DEPLOY_MISSING}`);

describe.skipIf(DEPLOY_MISSING !== '')(`deployed by the CDK CLI into moto${title}`, () => {
  let deployed: Deployed | undefined;
  let found: Given | undefined;
  beforeAll(async () => {
    deployed = await deploy(READY);
    found = await read(deployed);
  }, 240_000);
  afterAll(() => deployed?.close());
  const given = () => {
    if (found === undefined) throw new Error('nothing was deployed');
    return found;
  };

  test("the stack stands; CDK's own check has nothing to say about its template", () => {
    const { account } = given();
    expect(account.stack).toBe('CREATE_COMPLETE');
    expect(given().deployed.findings).toEqual([]);
    expect(account.outputs).toEqual(given().deployed.outputs);
  });

  testMade(given);
  testLeftOut(given);
  testStarts(given);
});
