import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOTO3_MISSING } from '../integration/listing.js';
import { MOTO_MISSING, type Moto, missing, startMoto } from '../integration/moto.js';
import { TEST_ENV, temporaryFolder } from '../program.js';
import { asOptions, cdk, type Ended, PROJECT, run } from './cdk.js';
import { ACCOUNT, type Json, onlyOf, REGION, resourcesOf } from './templates.js';

/** Why nothing can be deployed here; empty when it can. */
export const DEPLOY_MISSING = MOTO_MISSING || BOTO3_MISSING || missing('aws');

const STACK = 'AwsResourceVisualizer';

/** The stack in an account of moto's, put there by the CDK CLI. */
export interface Deployed {
  readonly url: string;
  /** Gone with the account. */
  readonly folder: string;
  /** What was deployed. */
  readonly template: Json;
  /** What CDK's own check has to say about it. */
  readonly findings: readonly Json[];
  /** The stack's outputs, as the CLI gives them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What boto3 finds in the account. */
  readBack(): Promise<Json>;
  /** The template of a stack with these settings in this account: what a setting names is looked up there. */
  synth(context: Readonly<Record<string, string>>): Promise<Json>;
  /** The command in a shell, as a person would paste it. */
  shell(command: string): Promise<Ended>;
  close(): Promise<void>;
}

export async function deploy(context: Readonly<Record<string, string>>): Promise<Deployed> {
  const folder = temporaryFolder();
  let moto: Moto | undefined;
  const close = async () => {
    await moto?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    moto = await startMoto();
    return { ...(await deployTo(moto.url, folder, context)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function deployTo(url: string, folder: string, context: Readonly<Record<string, string>>) {
  const env = {
    ...{ ...TEST_ENV, AWS_ENDPOINT_URL: url, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION },
    // CloudFormation fetches the template from S3: moto finds the bucket only under AWS's own name.
    AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: `https://s3.${REGION}.amazonaws.com`,
  };
  const outputs = join(folder, 'outputs.json');
  await succeeded(cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`], folder, env, folder));
  // Of a change set, moto keeps no outputs.
  const how = ['--require-approval', 'never', '--method', 'direct', '--outputs-file', outputs];
  await succeeded(cdk(['deploy', ...how, ...asOptions(context)], folder, env));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const script = fileURLToPath(new URL('read_back.py', import.meta.url));
  return {
    ...{ url, folder, outputs: read(outputs)[STACK] },
    template: read(join(folder, 'cdk.out', `${STACK}.template.json`)),
    findings: read(join(folder, 'cdk.out', 'validation-report.json')).pluginReports,
    synth: async (settings: Readonly<Record<string, string>>) => {
      // What is looked up is kept in the folder that the CLI runs in.
      const inFolder = join(folder, 'lookup');
      mkdirSync(inFolder, { recursive: true });
      const app = ['--app', `${PROJECT}node_modules/.bin/tsx ${PROJECT}bin/app.ts`];
      const quick = { ...env, CDK_VALIDATION: 'false' };
      await succeeded(cdk(['synth', '--quiet', ...app, ...asOptions(settings)], inFolder, quick, inFolder));
      return read(join(inFolder, 'cdk.out', `${STACK}.template.json`));
    },
    readBack: async () => JSON.parse((await succeeded(outside('python3', [script, url, STACK], url))).stdout),
    shell: (command: string) => outside('sh', ['-c', command], url),
  };
}

/** The deployed stack with what was found in its account, and the ways to what tests ask for. */
export interface Given {
  readonly deployed: Deployed;
  readonly account: Json;
  /** Physical ids of the template's resources of a type. */
  idsOf(type: string, start?: string): string[];
  roleArn(start: string): string;
  taskDefinition(): Json;
  /** The rule of the schedule; it has one target. */
  schedule(): Json;
}

export async function read(deployed: Deployed): Promise<Given> {
  const account = await deployed.readBack();
  const { template } = deployed;
  const idsOf = (type: string, start = ''): string[] =>
    Object.keys(resourcesOf(template, type, start)).map((id) => account.ids[id]);
  return {
    ...{ deployed, account, idsOf },
    roleArn: (start) => `arn:aws:iam::${ACCOUNT}:role/${account.ids[onlyOf(template, 'AWS::IAM::Role', start)[0]]}`,
    taskDefinition: () => account.definitions[idsOf('AWS::ECS::TaskDefinition')[0] ?? ''],
    schedule: () => account.rules.find((rule: Json) => idsOf('AWS::Events::Rule', 'Schedule').includes(rule.Name)),
  };
}

/** A program of this machine, with the way to its own files. */
function outside(program: string, args: readonly string[], url: string): Promise<Ended> {
  const env = { ...TEST_ENV, HOME: process.env.HOME ?? '', AWS_ENDPOINT_URL: url };
  return run(program, args, { cwd: '/', env });
}

async function succeeded(ended: Promise<Ended>): Promise<Ended> {
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`exit ${code}\n${stdout}\n${stderr}`);
  return ended;
}
