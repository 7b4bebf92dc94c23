import { clients } from '../sandbox/clients.js';
import { fillBuckets } from './fill/buckets.js';
import { fillCompute } from './fill/compute.js';
import { DATABASE_SECRETS, fillDatabases } from './fill/databases.js';
import { FUNCTION_SECRETS, fillFunctions } from './fill/functions.js';
import { fillNetwork } from './fill/network.js';
import { elementOf, query } from './query.js';

const REGION = 'us-east-1';

/** What was put into the account and must not come out of it. */
export const FILLED_SECRETS: readonly string[] = [...FUNCTION_SECRETS, ...DATABASE_SECRETS];

/** Fills an empty account with two or more of each resource type, through the SDK as a user would. */
export async function fillAccount(url: string): Promise<void> {
  const opened = new Map<string, ReturnType<typeof clients>>();
  const inRegion = (region: string) => {
    const aws = opened.get(region) ?? clients(url, region);
    opened.set(region, aws);
    return aws;
  };
  const aws = inRegion(REGION);
  try {
    const network = await fillNetwork(aws.ec2);
    await Promise.all([
      fillCompute(aws.ec2, network),
      fillDatabases(aws.rds, network),
      fillBuckets((region) => inRegion(region).s3),
      makeRole(url).then((role) => fillFunctions(aws, role, network)),
    ]);
  } finally {
    for (const each of opened.values()) each.destroy();
  }
}

/** Lambda wants a role that exists. */
async function makeRole(url: string): Promise<string> {
  const form = { Action: 'CreateRole', Version: '2010-05-08', RoleName: 'lambda', AssumeRolePolicyDocument: '{}' };
  return elementOf(await query(url, 'iam', form), 'Arn');
}
