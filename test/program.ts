import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { inject } from 'vitest';

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one document of stdout. Throws when it is not exactly one. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into it freely.
  readonly json: any;
  /** The log lines of stderr, parsed. Throws when a line is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into them freely.
  readonly log: any[];
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
}

/** A folder of its own, below the system's temporary folder. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'arv-test-'));
}

/** Only what is given here: nothing of the environment that the tests run in but the way to programs. */
export const PLAIN_ENV = {
  PATH: process.env.PATH ?? '',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
};

export const TEST_ENV = { ...PLAIN_ENV, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ARV_LANG: 'en' };

/** Starts the built program in `cwd` with nothing but `env`. */
export function startProgram(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly node?: readonly string[] },
): Program {
  const child = spawn(process.execPath, [...(options.node ?? []), join(inject('dist'), 'arv.mjs'), ...args], {
    cwd: options.cwd,
    env: options.env ?? TEST_ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: followProgram(child) };
}

/** What a program printed, once it has ended. */
export function followProgram(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ProgramEnd> {
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  return new Promise<ProgramEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code,
        ...texts,
        get json() {
          return JSON.parse(texts.stdout);
        },
        get log() {
          return texts.stderr
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line));
        },
      }),
    );
  });
}

export function runProgram(...args: Parameters<typeof startProgram>): Promise<ProgramEnd> {
  return startProgram(...args).ended;
}
