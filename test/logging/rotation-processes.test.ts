import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RotatedFile } from '../../batch/logging/rotation.js';
import { takeClaim } from '../../batch/logging/rotation-claim.js';
import { childProgram, linesIn, newDir, type Start } from './log-processes.js';
import type { Plan } from './rotation-child.js';

/** In the time zone of the tests, which the other processes get too. */
const MIDNIGHT = new Date(2024, 4, 11).getTime();
const times = (count: number, from: number, step: number) => Array.from({ length: count }, (_, n) => from + n * step);

let start: Start<Plan>;
let removeProgram: () => void;
let dir: string;

beforeAll(async () => {
  ({ start, remove: removeProgram } = await childProgram<Plan>('rotation-child'));
});
afterAll(() => removeProgram());
beforeEach(() => {
  dir = newDir();
});
afterEach(() => rmSync(dir, { recursive: true }));

function writeOne(at: number, id: string): void {
  const file = new RotatedFile({ dir, filename: 'app.log', keepDays: 7 });
  file.write(JSON.stringify({ timestamp: new Date(at).toISOString(), id, n: 0 }), new Date(at));
  file.close();
}

/** Keys of all lines, sorted: equal to the expected ones only when each is there exactly once. */
const keys = (lines: readonly { id: string; n: number }[]) => lines.map(({ id, n }) => `${id}/${n}`).sort();
const hidden = () => readdirSync(dir).filter((name) => name.startsWith('.'));

describe('processes that cross midnight together', () => {
  it.each([1, 2, 3, 4, 5])('lose no line and keep each in the file of its day (round %i)', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const all = ids.map((id) => start({ dir, id, times: times(2000, MIDNIGHT - 1000, 1) }));
    expect(await Promise.all(all.map((one) => one.told))).toEqual(ids.map(() => 'ready'));
    for (const one of all) one.goOn();
    expect(await Promise.all(all.map((one) => one.ended))).toEqual([0, 0, 0, 0]);

    const lines = linesIn(dir);
    expect(keys(lines)).toEqual(keys(ids.flatMap((id) => times(2000, 0, 1).map((n) => ({ id, n })))));
    const misfiled = lines.filter(({ timestamp, file }) => {
      return file !== (new Date(timestamp).getTime() < MIDNIGHT ? 'app.log.2024-05-10' : 'app.log');
    });
    expect(misfiled).toEqual([]);
    expect(hidden()).toEqual([]);
  });

  it('lose no line over many midnights, started at any moment', async () => {
    // A day each 40 lines: 4 × 15 midnights. Each process is at another day at any moment, as no real ones are, so
    // archives are met that exist already; only the loss is asserted, and keepDays must not interfere (6 days).
    const ids = ['a', 'b', 'c', 'd'];
    const step = (24 * 3600 * 1000) / 40;
    const all = ids.map((id) => start({ dir, id, times: times(240, MIDNIGHT + 1, step) }));
    for (const one of all) void one.told.then(() => one.goOn());
    expect(await Promise.all(all.map((one) => one.ended))).toEqual([0, 0, 0, 0]);
    expect(new Set(keys(linesIn(dir)))).toEqual(
      new Set(keys(ids.flatMap((id) => times(240, 0, 1).map((n) => ({ id, n }))))),
    );
    expect(hidden()).toEqual([]);
  });
});

describe('a process that dies in a rotation', () => {
  it('loses nothing and stops nobody, wherever it dies', { timeout: 60_000 }, async () => {
    let deaths = 0;
    for (let dieAt = 1; ; dieAt += 1) {
      rmSync(dir, { recursive: true });
      dir = newDir();
      writeOne(MIDNIGHT - 2000, 'before');
      const child = start({ dir, id: 'dying', times: [MIDNIGHT + 1], dieAt });
      const word = await child.told;
      if (word === 'ready') child.goOn();
      const end = await child.ended;
      writeOne(MIDNIGHT + 2, 'after');

      const lines = linesIn(dir);
      const dying = lines.filter(({ id }) => id === 'dying').length;
      expect({ dieAt, before: lines.find(({ id }) => id === 'before')?.file }).toEqual({
        dieAt,
        before: 'app.log.2024-05-10',
      });
      expect(lines.filter(({ id }) => id === 'before')).toHaveLength(1);
      expect(lines.filter(({ id }) => id === 'after').map(({ file }) => file)).toEqual(['app.log']);
      expect(dying).toBeLessThanOrEqual(1);
      if (word === 'ready') expect(dying).toBe(1);
      // The next rotation tidies up.
      writeOne(MIDNIGHT + 24 * 3600 * 1000, 'next day');
      expect({ dieAt, hidden: hidden() }).toEqual({ dieAt, hidden: [] });
      if (end === 0) break;
      expect(end).toBe('SIGKILL');
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(12);
  });

  it('leaves a claim that the next one takes no notice of', async () => {
    const holder = start({ dir, id: 'x', times: [], holdClaim: true });
    expect(await holder.told).toBe('claimed');
    expect(takeClaim(dir, 'app.log')).toBeNull();
    holder.signal('SIGKILL');
    expect(await holder.ended).toBe('SIGKILL');
    expect(hidden()).toEqual(['.app.log.rotating.1']);

    const claim = takeClaim(dir, 'app.log');
    expect(claim).not.toBeNull();
    expect(hidden()).toEqual(['.app.log.rotating.1', '.app.log.rotating.2']);
    expect(takeClaim(dir, 'app.log')).toBeNull();
    claim?.release();
    expect(hidden()).toEqual([]);
  });

  it('leaves its pid to another process, which is not taken for it', async () => {
    const other = start({ dir, id: 'x', times: [], holdClaim: true });
    await other.told;
    const path = join(dir, '.app.log.rotating.1');
    const claim = JSON.parse(readFileSync(path, 'utf8')) as { start: string };
    expect(takeClaim(dir, 'app.log')).toBeNull();
    writeFileSync(path, JSON.stringify({ ...claim, start: `${claim.start}0` }));
    expect(takeClaim(dir, 'app.log')).not.toBeNull();
    other.goOn();
    expect(await other.ended).toBe(0);
  });
});

describe('a live claim', () => {
  it('is respected: lines go to the unrotated file, and the rotation comes when it is free', async () => {
    writeOne(MIDNIGHT - 1, 'old');
    const holder = start({ dir, id: 'x', times: [], holdClaim: true });
    expect(await holder.told).toBe('claimed');
    const file = new RotatedFile({ dir, filename: 'app.log', keepDays: 7 });
    const write = (at: number, id: string) =>
      file.write(JSON.stringify({ timestamp: new Date(at).toISOString(), id, n: 0 }), new Date(at));
    const began = performance.now();
    write(MIDNIGHT + 1, 'waits');
    const waited = performance.now() - began;
    write(MIDNIGHT + 2, 'does not wait again');
    const second = performance.now() - began - waited;
    expect(waited).toBeGreaterThan(500);
    expect(waited).toBeLessThan(10_000);
    expect(second).toBeLessThan(waited / 4);
    expect(linesIn(dir).map(({ id, file: name }) => `${name} ${id}`)).toEqual([
      'app.log old',
      'app.log waits',
      'app.log does not wait again',
    ]);

    holder.goOn();
    expect(await holder.ended).toBe(0);
    write(MIDNIGHT + 59_000, 'too early');
    write(MIDNIGHT + 61_000, 'rotates');
    expect(linesIn(dir).map(({ id, file: name }) => `${name} ${id}`)).toEqual([
      'app.log rotates',
      'app.log.2024-05-10 old',
      'app.log.2024-05-10 waits',
      'app.log.2024-05-10 does not wait again',
      'app.log.2024-05-10 too early',
    ]);
    file.close();
  });

  it('of another host is respected for an hour, by the file system clock', () => {
    const path = join(dir, '.app.log.rotating.3');
    writeFileSync(path, JSON.stringify({ host: `not-${hostname()}`, pid: 999_999_9, start: '1', nonce: 'theirs' }));
    expect(takeClaim(dir, 'app.log')).toBeNull();
    const now = statSync(path).mtimeMs / 1000;
    utimesSync(path, now, now - 3590);
    expect(takeClaim(dir, 'app.log')).toBeNull();
    utimesSync(path, now, now - 3700);
    const claim = takeClaim(dir, 'app.log');
    expect(existsSync(join(dir, '.app.log.rotating.4'))).toBe(true);
    claim?.release();
    expect(hidden()).toEqual([]);
  });

  it('that cannot be read is respected too', () => {
    writeFileSync(join(dir, '.app.log.rotating.1'), '');
    expect(takeClaim(dir, 'app.log')).toBeNull();
    expect(hidden()).toEqual(['.app.log.rotating.1']);
  });
});

describe('file mode', () => {
  it.each([0o077, 0o000])('is 0640 under umask %o, for the file and its archive', async (umask) => {
    const child = start({ dir, id: 'a', times: [MIDNIGHT - 1, MIDNIGHT], umask });
    expect(await child.told).toBe('ready');
    child.goOn();
    expect(await child.ended).toBe(0);
    const modes = ['app.log', 'app.log.2024-05-10'].map((name) => statSync(join(dir, name)).mode & 0o7777);
    expect(modes).toEqual([0o640, 0o640]);
  });
});

describe('the day', () => {
  it.each([
    // Midnight does not exist on 4 November: clocks go from 23:59 to 01:00.
    ['America/Sao_Paulo', Date.UTC(2018, 10, 3)],
    // At midnight of 18 February clocks go back to 23:00 of the 17th.
    ['America/Sao_Paulo', Date.UTC(2018, 1, 17)],
    ['Europe/Berlin', Date.UTC(2024, 2, 30)],
    ['Asia/Tokyo', Date.UTC(2024, 2, 30)],
  ])('is that of TZ %s, also where the clocks change', async (zone, from) => {
    const all = times(2 * 24 * 4, from, 15 * 60_000);
    const child = start({ dir, id: 'a', times: all }, zone);
    expect(await child.told).toBe('ready');
    child.goOn();
    expect(await child.ended).toBe(0);
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
    const last = day.format(all.at(-1));
    const expected = all.map((time, n) => {
      const held = day.format(time);
      return `${n} ${held === last ? 'app.log' : `app.log.${held}`}`;
    });
    expect(
      linesIn(dir)
        .map(({ n, file }) => `${n} ${file}`)
        .sort(),
    ).toEqual(expected.sort());
    expect(new Set(linesIn(dir).map(({ file }) => file)).size).toBeGreaterThan(2);
  });
});
