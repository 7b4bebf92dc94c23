import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Environment, type Stack } from 'aws-cdk-lib';
import { inject } from 'vitest';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { InventoryStack } from '../../lib/inventory-stack.js';
import { readSettings } from '../../lib/settings.js';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into templates freely.
export type Json = any;
export type Context = Readonly<Record<string, unknown>>;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
/** A ready image: without one, the stack builds its own from the Dockerfile. */
export const READY = { imageUri: 'public.ecr.aws/example/arv:1.0' };
export const FROM_ECR = { imageUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/team/arv:1.0` };
/** The subnets of the VPC that is looked up. */
export const FOUND_SUBNETS = {
  public: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
  private: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
};
export const EXISTING_VPC = { ...READY, vpcId: 'vpc-0123456789abcdef0' };

/** What the tests look at: each way to deploy that makes other resources. */
export const VARIANTS: Readonly<Record<string, Context>> = {
  default: READY,
  'image in ECR': FROM_ECR,
  private: { ...FROM_ECR, network: 'private' },
  'private, ECS Exec': { ...FROM_ECR, network: 'private', enableExec: true },
  'ECS Exec': { ...READY, enableExec: true },
  'existing VPC': EXISTING_VPC,
  'existing VPC, private': { ...EXISTING_VPC, network: 'private' },
  'told by e-mail, to be destroyed, in English': {
    ...{ ...READY, alarmEmail: 'ops@example.com', removalPolicy: 'destroy', lang: 'en' },
  },
  'one service, every five minutes': {
    ...READY,
    services: 'Lambda',
    schedule: 'rate(5 minutes)',
    architecture: 'X86_64',
  },
};

/** What the CDK CLI would look up for `vpcId`: a VPC with subnets of each kind in two zones. */
const FOUND_VPC = {
  vpcId: EXISTING_VPC.vpcId,
  vpcCidrBlock: '10.1.0.0/16',
  ownerAccountId: ACCOUNT,
  availabilityZones: [],
  subnetGroups: Object.entries(FOUND_SUBNETS).map(([kind, ids]) => ({
    ...{ name: kind, type: kind === 'public' ? 'Public' : 'Private' },
    subnets: ids.map((subnetId, index) => ({
      ...{ subnetId, cidr: `10.1.${index}.0/24`, availabilityZone: `${REGION}${'ab'[index]}` },
      routeTableId: subnetId.replace('subnet', 'rtb'),
    })),
  })),
};

// CDK's own check of the template takes seconds each time; one test leaves it on, and cfn-lint reads every variant.
process.env.CDK_VALIDATION = 'false';

/** A folder beside the built program: gone when all tests have ended, however they do. */
export function workFolder(): string {
  return mkdtempSync(join(inject('dist'), '..', 'stack-'));
}

export interface Synthesized {
  readonly app: App;
  readonly stack: Stack;
  readonly template: Json;
  readonly templateFile: string;
  /** What the CLI would print as warnings. */
  readonly warnings: readonly string[];
}

/** The stack as `bin/app.ts` makes it, in this process. `found` is what a lookup gives. */
export function synthesize(context: Context = READY, found: Json = FOUND_VPC): Synthesized {
  const env = context.vpcId === undefined ? {} : { env: { account: ACCOUNT, region: REGION } };
  const first = construct(context, env);
  const missing = first.app.synth().manifest.missing ?? [];
  if (missing.length === 0) return first.read();
  const answers = Object.fromEntries(missing.map(({ key }) => [key, found]));
  const { app, read } = construct({ ...context, ...answers }, env);
  app.synth();
  return read();
}

function construct(context: Context, env: { readonly env?: Environment }) {
  const app = new App({ context, outdir: workFolder(), analyticsReporting: false });
  const settings = readSettings(app.node.getAllContext());
  const stack = new InventoryStack(app, INFRASTRUCTURE.stack, { settings, ...env });
  const read = (): Synthesized => {
    const templateFile = join(app.outdir, stack.templateFile);
    const metadata = app.synth().getStackByName(stack.stackName).messages;
    const warnings = metadata.filter(({ level }) => level === 'warning').map(({ entry }) => String(entry.data));
    return { app, stack, templateFile, template: JSON.parse(readFileSync(templateFile, 'utf8')), warnings };
  };
  return { app, read };
}

/** The resources of a type by logical id; `start`: only those whose logical id begins so. */
export function resourcesOf({ Resources }: Json, type: string, start = ''): Readonly<Record<string, Json>> {
  const entries = Object.entries<Json>(Resources).filter(([id, { Type }]) => Type === type && id.startsWith(start));
  return Object.fromEntries(entries);
}

/** The one resource of its kind: its logical id and its properties. Throws when there are more or none. */
export function onlyOf(template: Json, type: string, start = ''): readonly [id: string, properties: Json] {
  const found = Object.entries(resourcesOf(template, type, start));
  const [one] = found;
  if (one === undefined || found.length > 1) throw new Error(`${found.length} of ${type} ${start}`);
  return [one[0], one[1].Properties ?? {}];
}

/** The statements of all policies of a role. */
export function statementsOf(template: Json, roleId: string): readonly Json[] {
  const role = { Ref: roleId };
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy'));
  return policies
    .filter(({ Properties }) => JSON.stringify(Properties.Roles) === JSON.stringify([role]))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}
