import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { type ProgramEnd, startProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { type Call, type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.js';

/** A fixed day: two runs across midnight would otherwise be filed under two. */
export const DAY = '2026-01-31';
/** `--target-date` asks for a confirmation for any other day than today. */
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

/**
 * A folder in which the program runs, what it left there, and a sandbox (a millisecond) of its own: so tests of one
 * file run side by side and each counts only its own calls. All is gone, processes too, when the test has finished.
 */
export async function openPlace(test: TestContext, options: SandboxOptions = {}): Promise<Place> {
  const sandbox = await startSandbox(options);
  const place = new Place(sandbox);
  test.onTestFinished(async () => {
    place.end();
    await sandbox.close();
  });
  return place;
}

export class Place {
  readonly cwd = temporaryFolder();
  readonly #children: ChildProcess[] = [];

  constructor(readonly sandbox: Sandbox) {}

  /** Starts the program with nothing but these arguments. Region, endpoint and quick retries are in the environment. */
  start(args: readonly string[], env: Env = {}, node: readonly string[] = []): Running {
    const { child, ended } = startProgram(args, { cwd: this.cwd, env: this.#environment(env), node });
    this.#children.push(child);
    return { child, ended: ended.then(checked) };
  }

  run(args: readonly string[], env: Env = {}): Promise<Ran> {
    return this.start(args, env).ended;
  }

  /** A run whose stdout is for people. */
  text(args: readonly string[], env: Env = {}): Promise<ProgramEnd> {
    const { child, ended } = startProgram(args, { cwd: this.cwd, env: this.#environment(env) });
    this.#children.push(child);
    return ended;
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

  /** What has arrived at the sandbox, of one kind: all (`*`), of a service (`ec2:*`), or one operation. */
  calls(kind = '*'): Call[] {
    const [head = '', ...wild] = kind.split('*');
    return this.sandbox.calls.filter(({ operation }) =>
      wild.length > 0 ? operation.startsWith(head) : operation === kind,
    );
  }

  end(): void {
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
    // A process that was just killed may still be writing.
    rmSync(this.cwd, { recursive: true, force: true, maxRetries: 5 });
  }

  #environment(env: Env): Record<string, string> {
    const usual = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: this.sandbox.url, INITIAL_RETRY_DELAY: '0.01' };
    const all = Object.entries({ ...TEST_ENV, ...usual, ...env });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

function checked(end: ProgramEnd): Ran {
  const { code, stdout, stderr } = end;
  expect(stdout, stderr).toMatch(/^\{[^\n]*\}\n$/);
  const lines = end.log;
  const log = lines.filter((line) => line._aws === undefined);
  for (const line of log) {
    const level = expect.stringMatching(/^(error|warn|info|debug)$/);
    expect(line).toMatchObject({ timestamp: expect.stringMatching(/Z$/), level, event: expect.any(String) });
    expect(line.message).toMatch(/./);
  }
  const metrics = lines.filter((line) => line._aws !== undefined);
  return { code, doc: end.json, log, metrics, stdout, stderr };
}
