import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
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
  const sandbox = await startSandbox();
  const env = { ...TEST_ENV, TMPDIR: tmp };
  const run = (...args: string[]) => runProgram(args, { cwd, env });
  const collect = async (region: string, days: number) => {
    const on = ['--target-date', dayFromNow(days), '--backfill', '--clear-cache'];
    const end = await run('collect', '--endpoint-url', sandbox.url, '--region', region, ...on);
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
  return { cwd, tmp, env, run };
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
