import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it } from 'vitest';
import { gate } from '../lock/locks.js';
import { expectFree, TO_END_MS } from '../lock/stops.js';
import { TEST_ENV } from '../program.js';
import { openPlace } from './place.js';

const LAMBDA = ['--services', 'Lambda'];

/**
 * Runs a program at a terminal, which is closed once there is nothing more to read on stdin, and ends as it does. Its
 * stdout stays what it is unless it is to be the terminal too.
 */
const TERMINAL = `
import fcntl, os, pty, select, sys, termios
whose, argv = sys.argv[1], sys.argv[2:]
parent, child = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    os.close(parent)
    if whose != 'of another session':
        fcntl.ioctl(child, termios.TIOCSCTTY, 0)
    for fd in [0, 2] + [1] * (whose == 'with the document on it'):
        os.dup2(child, fd)
    os.close(child)
    os.execvp(argv[0], argv)
os.close(child)
while True:
    ready = select.select([0, parent], [], [])[0]
    if 0 in ready:
        break
    os.read(parent, 65536)
os.close(parent)
sys.stderr.write('closed\\n')
sys.stderr.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const NO_PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0 ? '' : 'no python3 on PATH';

describe.skipIf(NO_PYTHON !== '')(`the terminal is closed${NO_PYTHON && ` (${NO_PYTHON})`}`, () => {
  it.concurrent.for([
    ['with the document elsewhere', 129],
    ['with the document on it', 129],
    // As after `setsid`: nobody tells it; what it writes there is lost.
    ['of another session', 0],
  ] as const)('%s: exit code %d', async ([whose, exit], test) => {
    const place = await openPlace(test);
    const { until, open } = gate(test);
    place.sandbox.fault({ match: 'lambda:ListFunctions', times: 1, does: { kind: 'hold', until } });
    const program = [process.execPath, join(inject('dist'), 'arv.mjs'), ...LAMBDA];
    const child = spawn('python3', ['-c', TERMINAL, whose, ...program], {
      cwd: place.cwd,
      env: { ...TEST_ENV, AWS_ENDPOINT_URL: place.sandbox.url, AWS_REGION: 'us-east-1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    test.onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const stdout = text(child.stdout);
    const gone = once(child, 'exit');
    await place.sandbox.waitFor('lambda:ListFunctions');
    const closed = once(child.stderr, 'data');
    const told = performance.now();
    child.stdin.end();
    await closed;
    if (exit === 0) open();
    const [code] = await gone;
    expect([code, performance.now() - told < TO_END_MS]).toEqual([exit, true]);
    const ended = exit === 0 ? { success: true } : { success: false, error_code: 'INTERRUPTED', region: 'us-east-1' };
    if (whose === 'with the document on it') expect(await stdout).toBe('');
    else expect(JSON.parse(await stdout)).toMatchObject(ended);
    await expectFree(place, {});
  });
});

/** One signal more, as soon as the first one was heard. */
const andHangUp = (first: string) => [
  ...['--import', `data:text/javascript,process.once('${first}', () => process.kill(process.pid, 'SIGHUP'))`],
];

it.concurrent.for([
  ['SIGHUP', 129],
  ['SIGTERM', 143],
] as const)('another SIGHUP after %s cuts nothing short', async ([signal, exit], test) => {
  const place = await openPlace(test);
  place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'hang' });
  const { child, ended } = place.startCollect(LAMBDA, {}, andHangUp(signal));
  await place.sandbox.waitFor('lambda:ListFunctions');
  child.kill(signal);
  const { code, doc, log } = await ended;
  expect([code, doc.error_code, doc.region]).toEqual([exit, 'INTERRUPTED', 'us-east-1']);
  expect(doc.error).toContain(`Interrupted (${signal})`);
  expect(log.map(({ event }) => event)).toContain('lock.released');
  await expectFree(place, {});
});

// Node.js takes back what the process before it ignored, so nohup keeps nothing away from it.
it.skipIf(spawnSync('nohup', ['true']).status !== 0)('under nohup it ends in order too', async (test) => {
  const place = await openPlace(test);
  const program = [process.execPath, join(inject('dist'), 'arv.mjs'), 'idle'];
  const child = spawn('nohup', program, { cwd: place.cwd, env: TEST_ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  test.onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const stdout = text(child.stdout);
  const gone = once(child, 'exit');
  await once(child.stderr, 'data');
  child.kill('SIGHUP');
  expect([(await gone)[0], JSON.parse(await stdout).ended_by]).toEqual([129, 'SIGHUP']);
});
