import { App } from 'aws-cdk-lib';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { InventoryStack } from '../lib/inventory-stack.js';
import { readSettings } from '../lib/settings.js';

const app = new App();
// Set by the CDK CLI when there are credentials.
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
try {
  const settings = readSettings(app.node.getAllContext());
  new InventoryStack(app, INFRASTRUCTURE.stack, {
    settings,
    home: account && region ? { account, region } : null,
    description: 'AWS Resource Visualizer: a dated inventory of this account',
    // A VPC that exists is looked up in an account and a region; all else is the same everywhere.
    ...(settings.vpcId === null ? {} : { env: { account: account, region: region } }),
  });
} catch (error) {
  // The problems are for a person: no stack trace of the app around them.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
