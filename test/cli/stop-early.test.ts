import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { TO_END_MS } from '../lock/stops.js';
import { TEST_ENV, temporaryFolder } from '../program.js';
import { openPlace } from './place.js';

const RDS = ['--services', 'RDS'];

/** What Node runs before the program. */
const preload = (code: string) => ['--import', `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`];

/** The signal, at the instant in which somebody listens to it. */
const AT_ONCE = preload(`
  const on = process.on;
  process.on = function (name, listener) {
    on.call(process, name, listener);
    if (name === 'SIGTERM') process.kill(process.pid, name);
    return process;
  };`);

/** Files that a module of the build needs before its first line is run, itself too. */
function neededBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(/(?:^|[;\n])import\s*(?:[^"'();]*?from\s*)?["'](\.[^"']+)["']/g);
  for (const [, name = ''] of imports) neededBy(join(dirname(path), name), found);
  return found;
}

describe('told to end before anything has begun', () => {
  it.for([['collect'], ['snapshots', 'list'], []])('arv %o: one document', async (command, test) => {
    const place = await openPlace(test);
    const { ended } = place.start([...command], {}, AT_ONCE);
    const { code, doc, log } = await ended;
    if (command[0] === 'snapshots') {
      // It reads the store and is done.
      expect([code, doc.error_code]).toEqual([1, 'STORE_UNAVAILABLE']);
      return;
    }
    expect([code, doc.success, doc.error_code]).toEqual([143, false, 'INTERRUPTED']);
    expect(log.at(-1)).toMatchObject({ event: 'run.failed', run_id: doc.run_id });
    expect([place.calls(), place.has('data')]).toEqual([[], false]);
  });

  it('what is loaded before the listeners are there is small', () => {
    const main = join(inject('dist'), 'arv.mjs');
    const files = [...neededBy(main)];
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    // Names and texts; any library of those that come later is more.
    expect(bytes, files.join(' ')).toBeLessThan(48_000);
    expect(files.map((path) => readFileSync(path, 'utf8')).join('')).toContain('SIGTERM');
  });
});

describe('told to end when nobody takes what it says', () => {
  it('neither of the document', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'rds:*', does: 'hang' });
    const stuck = preload('process.stdout.write = () => true; setInterval(() => {}, 1e6)');
    const { child, ended } = place.startCollect(RDS, {}, stuck);
    const gone = ended.catch(() => {});
    await place.sandbox.waitFor('rds:*');
    const sent = performance.now();
    child.kill('SIGTERM');
    await gone;
    expect([child.exitCode, performance.now() - sent < TO_END_MS]).toEqual([143, true]);
  });

  it.for([
    ['a signal', 143, '"RunSucceeded":0', ''],
    ['a crash', 1, '"event":"run.crashed"', "setTimeout(() => { throw new Error('planted'); }, 1200);"],
  ] as const)('nor of the log, for a while: its last line is not lost (%s)', async ([, code, last, fault], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'hang' });
    // More than a pipe holds.
    const talks = preload(`process.stderr.write('x'.repeat(2e6) + '\\n'); ${fault}`);
    const { child, ended } = place.startCollect(RDS, { BATCH_RUN_TYPE: 'ecs' }, talks);
    ended.catch(() => {});
    const gone = once(child, 'exit');
    child.stderr?.pause();
    await place.sandbox.waitFor('sts:*');
    if (fault === '') child.kill('SIGTERM');
    await pause(1500);
    child.stderr?.resume();
    const stderr = await text(child.stderr as NodeJS.ReadableStream);
    expect((await gone)[0]).toBe(code);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain(last);
  });
});

/** A command of the system in namespaces of its own; the test is skipped where those are not permitted. */
function inside(test: TestContext, kind: readonly string[], command: string, cwd: string, env: object) {
  const tried = spawnSync('unshare', [...kind, 'true'], { encoding: 'utf8' });
  if (tried.status !== 0) test.skip(`no namespaces here: ${tried.error?.message ?? tried.stderr.trim()}`);
  const child = spawn('unshare', [...kind, 'sh', '-c', command], {
    ...{ cwd, env: { ...TEST_ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] as const },
  });
  test.onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const stderr = text(child.stderr);
  return { child, ended: Promise.all([text(child.stdout), once(child, 'exit')]), stderr };
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
const program = (...args: string[]) => quoted([process.execPath, ...args]);

it('as process 1 of a container, from the first instant on', async (test) => {
  const place = await openPlace(test);
  const args = [...AT_ONCE, join(inject('dist'), 'arv.mjs'), ...RDS, '--endpoint-url', place.sandbox.url];
  const kind = ['--pid', '--fork', '--kill-child'];
  const { ended, stderr } = inside(test, kind, `exec ${program(...args)}`, place.cwd, { AWS_REGION: 'us-east-1' });
  const [stdout, [code]] = await ended;
  expect([code, JSON.parse(stdout).error_code], await stderr).toEqual([143, 'INTERRUPTED']);
});

it('while no name server answers: the exit waits for no lookup', async (test) => {
  const nobody = createSocket('udp4').bind(53, '127.0.0.77');
  nobody.on('error', () => test.skip('port 53 cannot be had here'));
  test.onTestFinished(() => {
    nobody.close();
  });
  const asked = once(nobody, 'message');
  const cwd = temporaryFolder();
  const command = [
    "printf 'nameserver 127.0.0.77\\noptions timeout:30 attempts:1\\n' > resolv.conf",
    'mount --bind resolv.conf /etc/resolv.conf',
    // The shell tells how a program ended that a signal has ended.
    `${program(join(inject('dist'), 'arv.mjs'), ...RDS, '--region', 'us-east-1')} & echo $! > pid; wait $!; echo $?`,
  ].join(' && ');
  const { child, ended, stderr } = inside(test, ['--mount'], command, cwd, {});
  await Promise.race([asked, ended]);
  expect(child.exitCode, 'a lookup is under way').toBeNull();
  const sent = performance.now();
  process.kill(Number(readFileSync(join(cwd, 'pid'), 'utf8')), 'SIGTERM');
  const [stdout] = await ended;
  const [document = '', code] = stdout.trimEnd().split('\n');
  expect([code, JSON.parse(document).error_code], await stderr).toEqual(['143', 'INTERRUPTED']);
  expect(performance.now() - sent).toBeLessThan(TO_END_MS);
});
