import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import { inject } from 'vitest';
import { dispatch } from '../../batch/commands/dispatch.js';
import { systemClock } from '../../batch/commands/host.js';
import { VERSION } from '../../batch/version.js';
import type { ProgramEnd } from '../program.js';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { startSandbox } from '../sandbox/sandbox.js';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** `YYYY-MM-DD`, so many days from today. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

export interface Workbench {
  /** Where the program runs. Its temporary files are in `tmp`. */
  readonly cwd: string;
  readonly tmp: string;
  readonly env: Readonly<Record<string, string>>;
  run(...args: string[]): Promise<ProgramEnd>;
  /** The same without a process of its own, which takes longer to start than to answer. */
  ask(...args: string[]): Promise<Pick<ProgramEnd, 'code' | 'stdout' | 'json'>>;
}

/**
 * A folder with DuckDB and the snapshots of two days, yesterday's of one region, today's of two; in between a bucket
 * was deleted, and a tag changed.
 */
export async function openWorkbench(): Promise<Workbench> {
  const cwd = temporaryFolder();
  const tmp = join(cwd, 'tmp');
  mkdirSync(tmp);
  symlinkSync(MODULES, join(cwd, 'node_modules'));
  cpSync(await collected(), join(cwd, 'data'), { recursive: true });
  const env = { ...TEST_ENV, TMPDIR: tmp };
  const ask = (...args: string[]) => dispatched([...args, '--store', join(cwd, 'data')]);
  return { cwd, tmp, env, run: (...args) => runProgram(args, { cwd, env }), ask };
}

async function dispatched(args: readonly string[]): Promise<Pick<ProgramEnd, 'code' | 'stdout' | 'json'>> {
  const { exitCode: code, stdout: pieces } = await dispatch(args, VERSION, {
    ...{ env: { ARV_LANG: 'en' }, clock: systemClock, random: Math.random, owner: 'test', ask: null },
    ...{ stderr: process.stderr, stdoutIsTerminal: false, stderrIsTerminal: false },
    signal: new AbortController().signal,
  });
  let stdout = '';
  for await (const piece of typeof pieces === 'string' ? [pieces] : pieces) stdout += String(piece);
  return { code, stdout, json: JSON.parse(stdout) };
}

/** The store, collected once for all files of tests of this day; where two begin at once, one of the two counts. */
async function collected(): Promise<string> {
  const beside = dirname(inject('dist'));
  const store = join(beside, `query-${dayFromNow(0)}`);
  if (existsSync(store)) return store;
  const cwd = mkdtempSync(join(beside, 'collect-'));
  await collectDays(cwd);
  try {
    renameSync(join(cwd, 'data'), store);
  } catch (error) {
    if (!existsSync(store)) throw error;
  }
  rmSync(cwd, { recursive: true, force: true });
  return store;
}

async function collectDays(cwd: string): Promise<void> {
  const sandbox = await startSandbox();
  const collect = async (region: string, days: number) => {
    const on = ['--target-date', dayFromNow(days), '--backfill', '--clear-cache'];
    const args = ['collect', '--endpoint-url', sandbox.url, '--region', region, ...on];
    const end = await runProgram(args, { cwd });
    if (end.code !== 0) throw new Error(end.stderr);
  };
  try {
    await collect('us-east-1', -1);
    const { buckets } = sandbox.estate;
    buckets.splice(1, 1);
    Object.assign(buckets[0] as object, { tags: [{ Key: '環境', Value: "それ以外の'値'" }] });
    await collect('us-east-1', 0);
    await collect('ap-northeast-1', 0);
  } finally {
    await sandbox.close();
  }
}

/** Runs SQL outside of the program. */
export async function inDuckDb(...statements: string[]): Promise<Record<string, Json>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const sql of statements.slice(0, -1)) await connection.run(sql);
    return await (await connection.runAndReadAll(statements.at(-1) ?? '')).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
