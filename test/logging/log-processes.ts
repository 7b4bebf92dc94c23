import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** One line as the test's processes write it, and the file that it was found in. */
export interface Found {
  readonly timestamp: string;
  readonly id: string;
  readonly n: number;
  readonly file: string;
}

export function newDir(): string {
  return mkdtempSync(join(tmpdir(), 'arv-log-'));
}

/** Bundles a program beside this file once; starting it then costs what node costs. */
export async function childProgram<P>(name: string): Promise<{ start: Start<P>; remove: () => void }> {
  const dir = newDir();
  // CommonJS: what winston brings along asks for node's modules by `require`.
  const outfile = join(dir, 'child.cjs');
  const entry = join(import.meta.dirname, `${name}.ts`);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20' });
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    start: (plan, timeZone = here) =>
      new LogProcess(fork(outfile, [JSON.stringify(plan)], { env: { TZ: timeZone }, execArgv: [] })),
    remove: () => rmSync(dir, { recursive: true }),
  };
}

/** Starts the program with a plan as its argument, in a time zone (default: that of the tests). */
export type Start<P> = (plan: P, timeZone?: string) => LogProcess;

class LogProcess {
  readonly #child: ChildProcess;
  /** Its first word: `ready`, `claimed`, `refused`; undefined when it ended without one. */
  readonly told: Promise<string | undefined>;
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
    const word = once(child, 'message').then(([text]) => text as string);
    this.told = Promise.race([word, this.ended.then(() => undefined)]);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  goOn(): void {
    this.#child.send('go');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

/** Every line of the log and its archives. Throws on a line that is no JSON. */
export function linesIn(dir: string): Found[] {
  const names = readdirSync(dir).filter((name) => name.startsWith('app.log'));
  return names.sort().flatMap((file) =>
    readFileSync(join(dir, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ ...(JSON.parse(line) as Omit<Found, 'file'>), file })),
  );
}
