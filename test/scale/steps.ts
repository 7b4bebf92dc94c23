import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { EXPORT_FORMATS } from '../../batch/contract/export-formats.js';
import { startStoreFront } from '../integration/store-front.js';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import type { ResourceTypeName } from '../sandbox/estate.js';
import { startSandbox } from '../sandbox/sandbox.js';

const DAYS = ['2026-01-29', '2026-01-30', '2026-01-31'] as const;

/** Writes what the process has used to a file as it ends; the program itself knows nothing of it. */
const MEASURE = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs';" +
    "process.on('exit', () => writeFileSync(process.env.USAGE_FILE, JSON.stringify(process.resourceUsage())));",
)}`;

/** Peak resident memory in KiB, and the processor's time in seconds. */
export interface Usage {
  readonly peak: number;
  readonly seconds: number;
}

export interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** Resources that the account has; default: the estate's own. */
  readonly resources?: 'all';
  /** The keys of the document that count them; the account has a few other resources too. */
  readonly counts?: readonly string[];
  /** The Parquet files are taken away before. */
  readonly unrendered?: true;
}

const on = (day: string) => ['--services', 'EC2', '--target-date', day, '--backfill', '--clear-cache'];

/** Each a process of its own, in this order, in one folder. `S3` stands for the store on S3. */
export const STEPS: readonly Step[] = [
  { name: 'collect, commit, render', args: on(DAYS[0]), resources: 'all' },
  { name: 'the same, another day', args: on(DAYS[1]), resources: 'all' },
  { name: 'render', args: ['snapshots', 'repair', '--date', DAYS[0]], counts: ['count'], unrendered: true },
  ...EXPORT_FORMATS.map((format) => ({
    name: `export: ${format}`,
    args: ['export', '--date', DAYS[0], '--format', format, '--out', 'exported'],
    counts: ['records'],
  })),
  { name: 'diff: nothing changed', args: ['diff'] },
  { name: 'verify', args: ['snapshots', 'verify', '--date', DAYS[0]] },
  { name: 'another day: all are gone', args: on(DAYS[2]) },
  { name: 'diff: all are gone', args: ['diff'], counts: ['deleted'] },
  { name: 'diff: all are new', args: ['diff', '--from', DAYS[2], '--to', DAYS[1]], counts: ['created'] },
  { name: 'collect, commit, render on S3', args: [...on(DAYS[0]), '--store', 'S3'], resources: 'all' },
];

/** What each step uses for so many resources of one type, by its name. */
export async function measureSteps(
  steps: readonly Step[],
  type: ResourceTypeName,
  count: number,
  s3Url: string | null,
): Promise<Map<string, Usage>> {
  const cwd = temporaryFolder();
  const usages = new Map<string, Usage>();
  try {
    for (const step of steps) {
      if (s3Url === null && step.args.includes('S3')) continue;
      const sandbox = await startSandbox({ generate: { [type]: step.resources === 'all' ? count : 0 } });
      const front = s3Url === null ? null : await startStoreFront(sandbox.url, s3Url);
      const args = step.args.map((arg) => (arg === 'S3' ? (front?.store ?? '') : arg));
      usages.set(step.name, await measure({ ...step, args }, count, cwd, front?.url ?? sandbox.url));
      await front?.close();
      await sandbox.close();
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
  return usages;
}

async function measure(step: Step, count: number, cwd: string, url: string): Promise<Usage> {
  const { name, args, counts = [], unrendered = false } = step;
  if (unrendered) rmSync(join(cwd, 'data', 'default_tenant', 'analytics'), { recursive: true });
  const USAGE_FILE = join(cwd, 'usage');
  const env = { ...TEST_ENV, USAGE_FILE, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: url };
  const end = await runProgram(args, { cwd, env, node: ['--import', MEASURE] });
  expect(end.code, `${name}: ${end.stderr.slice(-2000)}`).toBe(0);
  for (const key of counts) {
    const found = Number(new RegExp(`"${key}":(\\d+)`).exec(end.stdout.slice(0, 1000))?.[1]);
    expect(found, `${name}: ${key}`).toBeGreaterThanOrEqual(count);
  }
  const used = JSON.parse(readFileSync(USAGE_FILE, 'utf8')) as NodeJS.ResourceUsage;
  return { peak: used.maxRSS, seconds: (used.userCPUTime + used.systemCPUTime) / 1e6 };
}
