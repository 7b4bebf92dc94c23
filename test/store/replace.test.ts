import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startOf } from '../../batch/process/identity.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { VersionConflict } from '../../batch/store/store.js';
import { temporaryFolder } from '../program.js';
import type { Plan } from './replace-child.js';

const KEY = 'day/file';
const program = temporaryFolder();

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'replace-child.ts');
  await build({
    entryPoints: [entry],
    outfile: join(program, 'child.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});
afterAll(() => rmSync(program, { recursive: true }));

/** A process that replaces the file, and what it says in the end. */
function start(plan: Plan): { readonly child: ChildProcess; readonly said: Promise<string> } {
  const child = spawn(process.execPath, [join(program, 'child.mjs'), JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, said: once(child, 'close').then(() => text) };
}

async function* bytes(text: string) {
  yield Buffer.from(text);
}

/** A store with the file in it. */
async function openWith(content: string) {
  const dir = temporaryFolder();
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const store = await openDirectoryStore(dir);
  await store.put(KEY, bytes(content), null);
  return { dir, store, read: () => readFileSync(store.uri(KEY), 'utf8'), left: () => readdirSync(join(dir, '.tmp')) };
}

/** The state of a process as the system tells it: T is stopped. */
function stateOf(pid = 0): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.charAt(0) ?? '';
}

it('a process that stood still right before it replaced the file does not replace a newer one', async () => {
  const { dir, store, read, left } = await openWith('first');
  const zombie = start({ dir, key: KEY, content: 'of the zombie', stopsAtRename: true });
  await expect.poll(() => stateOf(zombie.child.pid), { timeout: 20_000 }).toBe('T');
  expect([read(), left().length]).toEqual(['first', 1]);
  // It is not waited for.
  await store.put(KEY, bytes('second'), await store.version(KEY));
  await store.put(KEY, bytes('third'), await store.version(KEY));
  zombie.child.kill('SIGCONT');
  expect([await zombie.said, read(), left()]).toEqual(['conflict', 'third', []]);
});

it('nor does it come back when the file was not replaced meanwhile, but somebody tried', async () => {
  const { dir, store, read, left } = await openWith('first');
  const zombie = start({ dir, key: KEY, content: 'of the zombie', stopsAtRename: true });
  await expect.poll(() => stateOf(zombie.child.pid), { timeout: 20_000 }).toBe('T');
  await expect(store.put(KEY, bytes('x'), 'another version')).rejects.toBeInstanceOf(VersionConflict);
  zombie.child.kill('SIGCONT');
  expect([await zombie.said, read(), left()]).toEqual(['conflict', 'first', []]);
});

it('undisturbed it goes on where it stood', async () => {
  const { dir, read, left } = await openWith('first');
  const slow = start({ dir, key: KEY, content: 'second', stopsAtRename: true });
  await expect.poll(() => stateOf(slow.child.pid), { timeout: 20_000 }).toBe('T');
  slow.child.kill('SIGCONT');
  expect([await slow.said, read(), left()]).toEqual(['replaced', 'second', []]);
});

it('what a killed process was about to put there is swept by the next one', async () => {
  const { dir, read, left } = await openWith('first');
  const killed = start({ dir, key: KEY, content: 'never', stopsAtRename: true });
  await expect.poll(() => stateOf(killed.child.pid), { timeout: 20_000 }).toBe('T');
  killed.child.kill('SIGKILL');
  await killed.said;
  expect([left().length, startOf(killed.child.pid ?? 0)]).toEqual([1, null]);
  await openDirectoryStore(dir);
  expect([left(), read()]).toEqual([[], 'first']);
});

it('a claim of another host whose clock is ahead is given way to, and is none of another key’s', async () => {
  const { dir, store, read } = await openWith('first');
  mkdirSync(join(dir, '.tmp'), { recursive: true });
  const other = await openWith('other');
  const zombie = start({ dir: other.dir, key: KEY, content: 'x', stopsAtRename: true });
  await expect.poll(() => stateOf(zombie.child.pid), { timeout: 20_000 }).toBe('T');
  const [claim = ''] = other.left();
  zombie.child.kill('SIGKILL');
  await zombie.said;
  const elsewhere = claim.replace(/^[^~]*/, 'elsewhere').replace(/~\d/, '~9');
  writeFileSync(join(dir, '.tmp', elsewhere), 'of another host');
  await expect(store.put(KEY, bytes('second'), await store.version(KEY))).rejects.toBeInstanceOf(VersionConflict);
  expect(read()).toBe('first');
  await store.put('day/another', bytes('one'), null);
  await store.put('day/another', bytes('two'), await store.version('day/another'));
  expect(readFileSync(store.uri('day/another'), 'utf8')).toBe('two');
});

it('of many processes that count in one file none is lost', async () => {
  const { dir, read, left } = await openWith('0');
  const counting = Array.from({ length: 6 }, () => start({ dir, key: KEY, increments: 40 }));
  const said = await Promise.all(counting.map((one) => one.said));
  expect([read(), left()]).toEqual(['240', []]);
  // They were in each other's way.
  expect(
    said.some((words) => !/^0 /.test(words)),
    said.join(),
  ).toBe(true);
});
