import { type ProgramEnd, runProgram, TEST_ENV } from '../program.js';
import { type Estate, PLANTED_SECRETS } from '../sandbox/estate.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.js';
import { FILLED_SECRETS, fillAccount } from './fill-account.js';
import { BOTO3_MISSING } from './listing.js';
import { MOTO_MISSING, startMoto } from './moto.js';

/** An AWS with an account in it. */
export interface OpenEndpoint {
  readonly url: string;
  /** Of the sandbox. */
  readonly estate?: Estate;
  close(): Promise<void>;
}

export interface Endpoint {
  readonly name: string;
  readonly region: string;
  /** So many of each resource type there must be at least, that the comparison is one. */
  readonly atLeast: number;
  /** Why it cannot be had here; empty when it can. */
  readonly missing: string;
  /** Values of the account that must be found nowhere. */
  readonly secrets: readonly string[];
  open(): Promise<OpenEndpoint>;
}

/** boto3 is part of moto; without it there is nothing to compare with. */
const moto: Endpoint = {
  name: 'moto',
  region: 'us-east-1',
  atLeast: 2,
  missing: MOTO_MISSING || BOTO3_MISSING,
  secrets: FILLED_SECRETS,
  async open() {
    const server = await startMoto();
    try {
      await fillAccount(server.url);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  },
};

function sandbox(name: string, region: string, atLeast: number, options: SandboxOptions = {}): Endpoint {
  const open = () => startSandbox(options);
  return { name: `sandbox, ${name}`, region, atLeast, missing: '', secrets: PLANTED_SECRETS, open };
}

/** As endpoints do that know no pages of buckets, moto among them: each bucket is asked for its region. */
function bucketsWithoutRegion(estate: Estate): string {
  const buckets = estate.buckets.map(
    ({ Name, CreationDate }) =>
      `<Bucket><Name>${Name}</Name><CreationDate>${CreationDate.toISOString()}</CreationDate></Bucket>`,
  );
  const id = '<Owner><ID>0</ID></Owner>';
  return `<ListAllMyBucketsResult>${id}<Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`;
}

export function hideBucketRegions(sandbox: Sandbox): void {
  const body = bucketsWithoutRegion(sandbox.estate);
  const does = { kind: 'body', status: 200, contentType: 'application/xml', body } as const;
  sandbox.fault({ match: 's3:ListBuckets', does });
}

export async function startWithoutBucketRegions() {
  const started = await startSandbox();
  hideBucketRegions(started);
  return started;
}

export const ENDPOINTS: readonly Endpoint[] = [
  moto,
  sandbox('pages as AWS gives them', 'us-east-1', 1),
  sandbox('pages of three', 'us-east-1', 1, { pageSize: 3 }),
  { ...sandbox('no regions of buckets', 'ap-northeast-1', 0), open: startWithoutBucketRegions },
  sandbox('a region with nothing in it', 'eu-central-1', 0),
];

/** As strange as real ones, and as secret. */
export const CREDENTIALS = {
  AWS_SECRET_ACCESS_KEY: 'planted/Secret+Key0',
  AWS_SESSION_TOKEN: 'planted//Session+Token==',
};

/** Taken once: a run after midnight must not find another day's store. */
const TODAY = new Date().toISOString().slice(0, 10);

/** One run of the program in a folder of its own, which gets the store (`data`) and the log (`logs`). */
export function collect(url: string, region: string, cwd: string, ...more: string[]): Promise<ProgramEnd> {
  const where = ['--region', region, '--endpoint-url', url, '--target-date', TODAY];
  return runProgram([...where, '--log-level', 'debug', ...more], { cwd, env: { ...TEST_ENV, ...CREDENTIALS } });
}
