import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SmallDisk } from '../cli/small-disk.js';
import { runProgram } from '../program.js';
import { openWorkbench, type Workbench } from './workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
}, 60_000);
afterAll(() => rmSync(bench.cwd, { recursive: true, force: true }));

/** Each way in which a command prints: pieces, lists that waited on the disk, one text. */
const COMMANDS: readonly (readonly string[])[] = [
  ['export', '--format', 'json'],
  ['export', '--format', 'parquet'],
  ['diff'],
  ['query', 'FROM resources'],
  ['services'],
];

function start(args: readonly string[], stdout: number | 'pipe') {
  const { cwd, env } = bench;
  return spawn(process.execPath, [join(inject('dist'), 'arv.mjs'), ...args], {
    cwd,
    env,
    stdio: ['ignore', stdout, 'pipe'],
  });
}

/** With its stdout in a file. */
async function into(file: string, ...args: string[]): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const stdout = openSync(file, 'w');
  const child = start(args, stdout);
  closeSync(stdout);
  const [stderr, [code]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'close')]);
  return { code, stderr };
}

const FULL = {
  ...{ success: false, error_code: 'OUTPUT_FAILED' },
  error: expect.stringMatching(/^The output \(.*\) could not be written: ENOSPC.*Make room/),
};

describe('a disk that is full', () => {
  test.each(COMMANDS)('behind stdout: told in one line (%s %s)', async (...args) => {
    const { code, stderr } = await into('/dev/full', ...args);
    expect([code, JSON.parse(stderr)]).toEqual([1, expect.objectContaining(FULL)]);
  });

  test('after the beginning of what is printed', async (context) => {
    const disk = new SmallDisk(context, join(bench.cwd, 'disk'));
    disk.fill(1);
    const file = join(bench.cwd, 'disk/out');
    const { code, stderr } = await into(file, 'services');
    expect(readFileSync(file)).toHaveLength(4096);
    expect([code, JSON.parse(stderr)]).toEqual([1, expect.objectContaining(FULL)]);
  });

  test('below --out: told, the file that was there is what it was, and no other is there', async (context) => {
    const disk = new SmallDisk(context, join(bench.cwd, 'disk'));
    writeFileSync(join(bench.cwd, 'disk/day.csv'), 'old');
    disk.fill(1);
    const { code, json } = await bench.run('export', '--format', 'csv', '--out', 'disk/day.csv');
    expect([code, json]).toEqual([1, expect.objectContaining(FULL)]);
    expect(json.error).toContain('disk/day.csv');
    expect(readFileSync(join(bench.cwd, 'disk/day.csv'), 'utf8')).toBe('old');
    expect(readdirSync(join(bench.cwd, 'disk')).sort()).toEqual(['day.csv', 'filler']);
  });
});

test.each(COMMANDS)(
  'a reader that has seen enough, or nothing, is no fault, and nothing is said (%s %s)',
  async (...args) => {
    const child = start(args, 'pipe');
    const stderr = text(child.stderr as NodeJS.ReadableStream);
    const gone = once(child, 'close');
    child.stdout?.destroy();
    expect([await gone, await stderr]).toEqual([[0, null], '']);
  },
);

test.for([
  ['missing', '/nonexistent', 'ENOENT'],
  ['full', 'small', 'ENOSPC'],
] as const)(
  'a temporary folder that is %s is what arv diff names, not the store',
  async ([, folder, reason], context) => {
    if (folder === 'small') new SmallDisk(context, join(bench.cwd, folder)).fill();
    const TMPDIR = resolve(bench.cwd, folder);
    const { code, stdout, stderr } = await runProgram(['diff'], { cwd: bench.cwd, env: { ...bench.env, TMPDIR } });
    const error = expect.stringMatching(
      new RegExp(`^The temporary folder ${TMPDIR} cannot be written: ${reason}.*Set TMPDIR`),
    );
    // What is found before the first list is printed is the document.
    const told = JSON.parse(stderr || stdout);
    expect([code, told]).toEqual([1, expect.objectContaining({ error_code: 'TEMPORARY_FOLDER_UNAVAILABLE', error })]);
  },
);
