import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { openPlace } from '../cli/place.js';
import { followProgram, TEST_ENV } from '../program.js';
import { standing } from './locks.js';

const LAMBDA = ['--services', 'Lambda'];

/**
 * Runs a program with a terminal as its input and error output, does what it is told once it is asked something, and
 * ends as it does. Its stdout stays what it is.
 */
const TERMINAL = `
import os, pty, signal, sys
what, argv = sys.argv[1], sys.argv[2:]
parent, child = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    os.close(parent)
    os.dup2(child, 0)
    os.dup2(child, 2)
    import fcntl, termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.execvp(argv[0], argv)
os.close(child)
seen = b''
while True:
    try:
        data = os.read(parent, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if b'[y/N] ' in seen and what:
        if what == 'SIGTERM':
            os.kill(pid, signal.SIGTERM)
        elif what == 'that the line is dead':
            os.close(parent)
            break
        else:
            os.write(parent, {'Ctrl+C': b'\\x03', 'Ctrl+D': b'\\x04'}.get(what, what.encode() + b'\\r'))
        what = None
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const NO_PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0 ? '' : 'no python3 on PATH';

it.skipIf(NO_PYTHON !== '').concurrent.for<[what: string, code: number | number[], released: number, says: object]>([
  ['y', 0, 1, {}],
  ['n', 0, 0, {}],
  ['Ctrl+D', 1, 0, { error: 'There was no answer: default_tenant/482915730164/us-east-1 was not released.' }],
  ['Ctrl+C', 130, 0, { success: false, error_code: 'INTERRUPTED' }],
  ['SIGTERM', 143, 0, { success: false, error_code: 'INTERRUPTED' }],
  // Its end and SIGHUP come at the same time.
  [
    'that the line is dead',
    [1, 129],
    0,
    { error: expect.stringMatching(/^(There was no answer|Interrupted .SIGHUP)/) },
  ],
])(
  `arv lock release asks, and is told %s${NO_PYTHON && ` (${NO_PYTHON})`}`,
  async ([what, code, released, says], test) => {
    const place = await openPlace(test);
    const owner = await standing(place, test, 'lambda:ListFunctions', {
      args: LAMBDA,
      env: { LOCK_LEASE_SECONDS: '600' },
    });
    const program = [process.execPath, join(inject('dist'), 'arv.mjs'), 'lock', 'release', '--region', 'us-east-1'];
    const child = spawn('python3', ['-c', TERMINAL, what, ...program], {
      cwd: place.cwd,
      env: { ...TEST_ENV, AWS_ENDPOINT_URL: place.sandbox.url, AWS_REGION: 'us-east-1', LOG_LEVEL: 'error' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    test.onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const ended = await followProgram(child);
    expect([code].flat(), ended.stderr).toContain(ended.code);
    expect(ended.json).toMatchObject(says);
    expect(ended.json.released?.length ?? 0).toBe(released);
    const status = await place.run(['lock', 'status']);
    expect(status.doc.locks[0].held).toBe(released !== 1);
    owner.open();
    await owner.ended;
  },
);
