import fs, { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captured } from './log-capture.js';
import { childProgram, linesIn, newDir } from './log-processes.js';
import type { LoggerPlan } from './logger-child.js';

let dir: string;
beforeEach(() => {
  dir = newDir();
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = (in_ = dir) => ({ dir: in_, filename: 'app.log', keepDays: 7 });
const eventsIn = (lines: string[]) => lines.map((line) => (JSON.parse(line) as { event: string }).event);
const fileLines = () => readFileSync(join(dir, 'app.log'), 'utf8').split('\n').slice(0, -1);
const levels = ['error', 'warn', 'info', 'debug'] as const;

describe('console and file', () => {
  it('get the same lines, the file at once', async () => {
    const { logger, lines } = captured({ file: file() });
    logger.write('info', 'unit.started', { resource_type: 'T' });
    const written = fileLines();
    await logger.close();
    expect(written).toHaveLength(1);
    expect(lines()).toEqual(written);
  });

  it.each([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const)('get the lines of level %s and above', async (level, count) => {
    const { logger, lines } = captured({ level, file: file() });
    for (const each of levels) logger.write(each, 'unit.started', { resource_type: each });
    await logger.close();
    expect([lines().length, fileLines().length]).toEqual([count, count]);
  });

  it.each([
    { terminal: true, quiet: true, console: 2 },
    { terminal: true, quiet: false, console: 4 },
    { terminal: false, quiet: true, console: 4 },
  ])('quiet quiets a terminal only: %o', async ({ terminal, quiet, console: count }) => {
    const { logger, lines } = captured({ terminal, quiet, file: file() });
    for (const level of levels) logger.write(level, 'unit.started', { resource_type: level });
    await logger.close();
    expect([lines().length, fileLines().length]).toEqual([count, 4]);
    expect(() => fileLines().map((line) => JSON.parse(line))).not.toThrow();
  });

  it('lose no line of a process that is killed right after', async () => {
    const { start, remove } = await childProgram<LoggerPlan>('logger-child');
    expect(await start({ dir, lines: 100 }).ended).toBe('SIGKILL');
    remove();
    expect(linesIn(dir).map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe('a log that cannot be written', () => {
  it.each([false, true])('is one warning, then console only (terminal: %s)', async (terminal) => {
    writeFileSync(join(dir, 'file'), '');
    const { logger, lines } = captured({ file: file(join(dir, 'file', 'logs')), terminal });
    for (let n = 0; n < 3; n += 1) logger.write('info', 'unit.started', { resource_type: 'T', n });
    await logger.close();
    const warnings = lines().filter((line) => line.includes('The log file cannot be written: ENOTDIR'));
    expect(warnings).toHaveLength(1);
    expect(lines()).toHaveLength(4);
    if (!terminal) expect(JSON.parse(lines()[1] ?? '')).toMatchObject({ level: 'warn', error_code: 'ENOTDIR' });
  });

  it('is one warning when the directory vanishes later', async () => {
    const logs = join(dir, 'logs');
    const { logger, lines } = captured({ file: file(logs) });
    logger.write('info', 'unit.started');
    rmSync(logs, { recursive: true });
    writeFileSync(logs, '');
    logger.write('info', 'unit.completed');
    logger.write('info', 'unit.reused');
    await logger.close();
    expect(eventsIn(lines())).toEqual(['unit.started', 'unit.completed', 'log.unwritable', 'unit.reused']);
  });

  it('goes on in a new directory when only the old one was removed', async () => {
    const logs = join(dir, 'logs');
    const { logger, lines } = captured({ file: file(logs) });
    logger.write('info', 'unit.started');
    rmSync(logs, { recursive: true });
    logger.write('info', 'unit.completed');
    await logger.close();
    expect(eventsIn(lines())).toEqual(['unit.started', 'unit.completed']);
    expect(eventsIn(readFileSync(join(logs, 'app.log'), 'utf8').trim().split('\n'))).toEqual(['unit.completed']);
  });

  it('is one warning when the disk is full, and the run goes on', async () => {
    const { logger, lines } = captured({ file: file() });
    logger.write('info', 'unit.started');
    const { writeSync } = fs;
    Object.assign(fs, {
      writeSync: () => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    });
    syncBuiltinESMExports();
    try {
      logger.write('info', 'unit.completed');
      logger.write('info', 'unit.reused');
    } finally {
      Object.assign(fs, { writeSync });
      syncBuiltinESMExports();
    }
    logger.write('info', 'unit.carried');
    await logger.close();
    expect(eventsIn(lines())).toEqual([
      ...['unit.started', 'unit.completed', 'log.unwritable', 'unit.reused', 'unit.carried'],
    ]);
    expect(eventsIn(fileLines())).toEqual(['unit.started']);
  });

  it('is a warning too when a link stands in its place, which is not followed', async () => {
    mkdirSync(join(dir, 'logs'));
    fs.symlinkSync(join(dir, 'victim'), join(dir, 'logs', 'app.log'));
    const { logger, lines } = captured({ file: file(join(dir, 'logs')) });
    logger.write('info', 'unit.started');
    await logger.close();
    expect(eventsIn(lines())).toEqual(['unit.started', 'log.unwritable']);
    expect(fs.existsSync(join(dir, 'victim'))).toBe(false);
  });
});

describe('the console', () => {
  it('may be slow: close waits until it has taken every line', async () => {
    let release: () => void = () => undefined;
    const taken: string[] = [];
    const slow = new Writable({
      write: (chunk: Buffer, _, done) => {
        release = () => {
          taken.push(chunk.toString());
          done();
        };
      },
    });
    const { logger } = captured({ console: slow });
    for (let n = 0; n < 40; n += 1) logger.write('info', 'unit.started');
    let isClosed = false;
    const closed = logger.close().then(() => {
      isClosed = true;
    });
    for (let n = 0; n < 40; n += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(isClosed).toBe(false);
      release();
    }
    await closed;
    expect(taken).toHaveLength(40);
  });

  it('may break: the run and the file go on, and close ends', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
    });
    const { logger } = captured({ console: broken, file: file() });
    for (let n = 0; n < 3; n += 1) {
      logger.write('info', 'unit.started');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await logger.close();
    expect(fileLines()).toHaveLength(3);
  });

  it('may be destroyed in the middle of a write', async () => {
    const stuck = new Writable({ write: () => undefined });
    const { logger } = captured({ console: stuck });
    logger.write('info', 'unit.started');
    const closed = logger.close();
    stuck.destroy();
    await closed;
  });

  it('is left as it was found: no listener, not ended; and 20 loggers may share it', async () => {
    const stream = new PassThrough().resume();
    const listeners = () => ['error', 'close'].map((name) => stream.listenerCount(name));
    const before = listeners();
    for (let n = 0; n < 20; n += 1) {
      const { logger } = captured({ console: stream });
      logger.write('info', 'unit.started');
      await logger.close();
      logger.write('info', 'unit.completed');
      await logger.close();
    }
    expect(listeners()).toEqual(before);
    expect(stream.writableEnded).toBe(false);
  });
});

it('two loggers of one process know nothing of each other', async () => {
  const [one, two] = [captured({ runId: 'one', file: file() }), captured({ runId: 'two', file: file() })];
  for (let n = 0; n < 50; n += 1) {
    one.logger.write('info', 'unit.started', { n });
    two.logger.write('info', 'unit.started', { n });
  }
  await one.logger.close();
  two.logger.write('info', 'unit.completed');
  await two.logger.close();
  const ids = fileLines().map((line) => (JSON.parse(line) as { run_id: string }).run_id);
  expect([ids.filter((id) => id === 'one').length, ids.filter((id) => id === 'two').length]).toEqual([50, 51]);
  expect([one.lines().length, two.lines().length]).toEqual([50, 51]);
});
