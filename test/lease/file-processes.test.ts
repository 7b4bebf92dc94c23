import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fileLeaseTable } from '../../batch/lease/file.js';
import type { LeaseRow } from '../../batch/lease/lease.js';
import type { Plan, Word } from './lease-child.js';

let program: string;
let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  program = join(mkdtempSync(join(tmpdir(), 'arv-lease-')), 'child.mjs');
  const entry = join(import.meta.dirname, 'lease-child.ts');
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
});
afterAll(() => rmSync(join(program, '..'), { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arv-lease-'));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  rmSync(folder, { recursive: true });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function start(changes: Partial<Plan> = {}): ChildProcess {
  const plan: Plan = { folder, runId: `run-${children.size}`, leaseMs: 60_000, waitMs: 0, host: null, ...changes };
  const child = fork(program, [JSON.stringify(plan)], { execArgv: [] });
  children.add(child);
  return child;
}

async function wordOf(child: ChildProcess): Promise<Word> {
  const [word] = (await once(child, 'message')) as [Word];
  return word;
}

async function ask(child: ChildProcess, what: 'go' | 'confirm' | 'release'): Promise<Word> {
  const word = wordOf(child);
  child.send(what);
  return word;
}

/** Starts one and lets it ask for the lease. */
async function asks(changes: Partial<Plan> = {}): Promise<{ child: ChildProcess; word: Word }> {
  const child = start(changes);
  await wordOf(child);
  return { child, word: await ask(child, 'go') };
}

async function row(): Promise<LeaseRow> {
  const table = fileLeaseTable((key) => join(folder, key));
  const reading = await table.read('acme/000000000000/us-east-1', new AbortController().signal);
  if (reading.row === null) throw new Error('no row');
  return reading.row;
}

test('of thirty processes that race, one has it; the others are refused', async () => {
  const all = Array.from({ length: 30 }, () => start());
  await Promise.all(all.map(wordOf));
  const words = await Promise.all(all.map((child) => ask(child, 'go')));
  expect(words.filter((word) => word === 'token 1')).toHaveLength(1);
  expect(words.filter((word) => word === 'refused')).toHaveLength(29);
  const winner = all[words.indexOf('token 1')];
  expect(winner && (await ask(winner, 'confirm'))).toBe('confirmed');
  expect(winner && (await ask(winner, 'release'))).toBe('released');
  const next = await asks();
  expect(next.word).toBe('token 2');
});

test('thirty who race for the lease of a dead one: one has it', async () => {
  const dead = await asks();
  await kill(dead.child);
  const all = Array.from({ length: 30 }, () => start());
  await Promise.all(all.map(wordOf));
  const words = await Promise.all(all.map((child) => ask(child, 'go')));
  expect(words.filter((word) => word === 'token 2')).toHaveLength(1);
  expect(words.filter((word) => word === 'refused')).toHaveLength(29);
});

test('killed by SIGKILL: taken over at once on the same host, not from another one', async () => {
  const dead = await asks();
  expect(dead.word).toBe('token 1');
  await kill(dead.child);
  expect((await asks({ host: 'elsewhere' })).word).toBe('refused');
  expect((await asks()).word).toBe('token 2');
});

test.each([null, 'elsewhere'])(
  'stopped by SIGSTOP: not robbed before its end (by a process of host %s); awake again, it does not confirm',
  async (host) => {
    const leaseMs = 1500;
    const stopped = await asks({ leaseMs });
    stopped.child.kill('SIGSTOP');
    expect((await asks({ leaseMs, host })).word).toBe('refused');
    const was = await row();
    const next = await asks({ leaseMs, host, waitMs: 30_000 });
    expect(next.word).toBe('token 2');
    const now = await row();
    expect(Date.parse(now.acquiredAt)).toBeGreaterThanOrEqual(Date.parse(was.expiresAt));
    const word = wordOf(stopped.child);
    stopped.child.send('confirm');
    stopped.child.kill('SIGCONT');
    expect(await word).toBe('not confirmed');
    expect(await ask(next.child, 'confirm')).toBe('confirmed');
    expect(await ask(stopped.child, 'release')).toBe('released');
    expect((await row()).token).toBe(2);
  },
);
