import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type ProgramEnd, startProgram, TEST_ENV, temporaryFolder } from '../program.js';
import type { Call, FaultRule, Sandbox } from '../sandbox/sandbox.js';

/** A fixed day: two runs across midnight would otherwise be filed under two. */
export const DAY = '2026-01-31';
/** Taken by `--target-date`, which asks for a confirmation for any other day than today. */
const ON_DAY = ['--target-date', DAY, '--backfill'];

/** Variables of one run; undefined takes one of the usual ones away. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How a run ended, once it is sure that stdout was one document on one line and stderr lines of JSON. */
export interface Ran {
  readonly code: number | null;
  readonly doc: ProgramEnd['json'];
  /** The lines of the log; those of metrics are apart. */
  readonly log: ProgramEnd['log'];
  readonly metrics: ProgramEnd['log'];
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

/** A folder in which the program runs, and what it left there. Gone, with its processes, when the test has finished. */
export class Place {
  readonly cwd = temporaryFolder();
  readonly #firstCall: number;

  constructor(readonly sandbox: Sandbox) {
    this.#firstCall = sandbox.calls.length;
    onTestFinished(() => rmSync(this.cwd, { recursive: true, force: true }));
  }

  /** Starts the program with nothing but these arguments. Region, endpoint and quick retries are in the environment. */
  start(args: readonly string[], env: Env = {}, node: readonly string[] = []): Running {
    const { child, ended } = startProgram(args, { cwd: this.cwd, env: this.#environment(env), node });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, ended: ended.then(checked) };
  }

  run(args: readonly string[], env: Env = {}): Promise<Ran> {
    return this.start(args, env).ended;
  }

  /** A run of `collect` for `DAY`. */
  collect(args: readonly string[] = [], env: Env = {}): Promise<Ran> {
    return this.run([...args, ...ON_DAY], env);
  }

  startCollect(args: readonly string[], env: Env = {}, node: readonly string[] = []): Running {
    return this.start([...args, ...ON_DAY], env, node);
  }

  /** The path of a file in the folder, written if there is something to write. */
  file(name: string, content?: string): string {
    const path = join(this.cwd, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }

  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  names(): string[] {
    return readdirSync(this.cwd).sort();
  }

  /** What has arrived at the sandbox since this place is there, of one kind (`ec2:*`, `rds:DescribeDBInstances`). */
  calls(kind = '*'): Call[] {
    const [head = '', ...wild] = kind.split('*');
    const all = this.sandbox.calls.slice(this.#firstCall);
    return all.filter(({ operation }) => (wild.length > 0 ? operation.startsWith(head) : operation === kind));
  }

  #environment(env: Env): Record<string, string> {
    const usual = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: this.sandbox.url, INITIAL_RETRY_DELAY: '0.01' };
    const all = Object.entries({ ...TEST_ENV, ...usual, ...env });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

function checked(end: ProgramEnd): Ran {
  const { code, stdout, stderr } = end;
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  const lines = end.log;
  const log = lines.filter((line) => line._aws === undefined);
  for (const line of log) {
    expect(line).toMatchObject({ timestamp: expect.stringMatching(/Z$/), event: expect.any(String) });
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(error|warn|info|debug)$/),
      message: expect.any(String),
    });
  }
  const metrics = lines.filter((line) => line._aws !== undefined);
  return { code, doc: end.json, log, metrics, stdout, stderr };
}

/** A fault until the end of the test: the sandbox is shared. */
export function fault(sandbox: Sandbox, rule: FaultRule): () => void {
  const remove = sandbox.fault(rule);
  onTestFinished(remove);
  return remove;
}

/** Resolves with the count-th call from now on; `waitFor` alone counts those of the tests before, too. */
export function nextCall(sandbox: Sandbox, operation: string, count = 1): Promise<void> {
  const before = sandbox.calls.filter((call) => call.operation === operation).length;
  return sandbox.waitFor(operation, before + count);
}
