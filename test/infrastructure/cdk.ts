import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PLAIN_ENV } from '../program.js';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program with nothing but `env`, to its end. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

/** `-c name=value` for each. */
export const asOptions = (context: Readonly<Record<string, string>>) =>
  Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** What every process of CDK gets: its caches in `folder`, nothing fetched or sent that the command does not ask for. */
const cdkEnv = (folder: string) => ({
  ...{ ...PLAIN_ENV, HOME: folder, CI: 'true', NO_COLOR: '1', TMPDIR: folder },
  ...{ CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', npm_config_update_notifier: 'false' },
});

/** The real CDK CLI on this project, as `npx cdk` starts it; everything that it writes goes to `folder`. */
export function cdk(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  cwd = PROJECT,
): Promise<Ended> {
  const cli = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));
  const all = ['--output', `${folder}/cdk.out`, '--no-notices', '--no-version-reporting', ...args];
  return run(process.execPath, [cli, ...all], { cwd, env: { ...cdkEnv(folder), ...env } });
}

/** `bin/app.ts` as the CLI starts it, without the CLI: writes the assembly to `outdir`. */
export function app(
  outdir: string,
  context: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
) {
  const given = { CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_VALIDATION: 'false' };
  return run(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: PROJECT,
    env: { ...cdkEnv(outdir), ...given, ...env },
  });
}
