import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RotatedFile } from '../../batch/logging/rotation.js';
import { takeClaim } from '../../batch/logging/rotation-claim.js';
import { newDir } from './log-processes.js';

let dir: string;
let open: RotatedFile[];

beforeEach(() => {
  dir = newDir();
  open = [];
});
afterEach(() => {
  for (const file of open) file.close();
  rmSync(dir, { recursive: true });
});

function newFile(keepDays = 7): RotatedFile {
  const file = new RotatedFile({ dir, filename: 'app.log', keepDays });
  open.push(file);
  return file;
}
/** Noon of a day in May 2024, local time. */
const noon = (day: number) => new Date(2024, 4, day, 12);
const lineOf = (day: number, text: string) => `{"timestamp":"${noon(day).toISOString()}","text":"${text}"}`;
const put = (file: RotatedFile, day: number, text: string) => file.write(lineOf(day, text), noon(day));
const path = (name: string) => join(dir, name);
const texts = (name: string) =>
  [...readFileSync(path(name), 'utf8').matchAll(/"text":"([^"]*)"\}\n/g)].map((m) => m[1]);

/** Does something just before the next call of a function of fs: what another process might do at that moment. */
function between(name: 'renameSync' | 'linkSync', act: () => void): void {
  const original = fs[name];
  const restore = (): void => {
    Object.assign(fs, { [name]: original });
    syncBuiltinESMExports();
  };
  Object.assign(fs, {
    [name]: (from: string, to: string) => {
      restore();
      act();
      original(from, to);
    },
  });
  syncBuiltinESMExports();
}

it('appends the runs of one day to one file', () => {
  put(newFile(), 1, 'a');
  put(newFile(), 1, 'b');
  expect(readdirSync(dir)).toEqual(['app.log']);
  expect(readFileSync(path('app.log'), 'utf8')).toBe(`${lineOf(1, 'a')}\n${lineOf(1, 'b')}\n`);
});

it('is on disk when write returns', () => {
  put(newFile(), 1, 'a');
  expect(texts('app.log')).toEqual(['a']);
});

it('rotates what a run finds that starts days later, under the day that it holds', () => {
  put(newFile(), 1, 'a');
  put(newFile(), 9, 'b');
  expect(readdirSync(dir).sort()).toEqual(['app.log', 'app.log.2024-05-01']);
  expect([texts('app.log.2024-05-01'), texts('app.log')]).toEqual([['a'], ['b']]);
});

it('keeps seven archives and deletes older ones, by name, and never another file', () => {
  const others = [
    'app.log.2024-05',
    'app.log.2024-04-01.gz',
    'app.log.2024-13-01',
    'app.log.2024-4-01',
    'xapp.log.2024-04-01',
    'app.log.1',
  ];
  for (const name of others) writeFileSync(path(name), '');
  mkdirSync(path('app.log.2024-04-02'));
  const file = newFile();
  for (let day = 1; day <= 12; day += 1) put(file, day, String(day));
  const archives = [5, 6, 7, 8, 9, 10, 11].map((day) => `app.log.2024-05-${String(day).padStart(2, '0')}`);
  expect(readdirSync(dir).sort()).toEqual([...others, 'app.log.2024-04-02', ...archives, 'app.log'].sort());
  expect(archives.map((name) => texts(name))).toEqual([5, 6, 7, 8, 9, 10, 11].map((day) => [String(day)]));
});

it('does not rotate an empty file', () => {
  writeFileSync(path('app.log'), '');
  utimesSync(path('app.log'), noon(1), noon(1));
  put(newFile(), 5, 'a');
  expect(readdirSync(dir)).toEqual(['app.log']);
});

it('takes the day of the last change when the first line has no timestamp', () => {
  writeFileSync(path('app.log'), 'not a line of ours\n');
  utimesSync(path('app.log'), noon(2), noon(2));
  put(newFile(), 5, 'a');
  expect(readdirSync(dir).sort()).toEqual(['app.log', 'app.log.2024-05-02']);
});

it('appends to an archive that is there already', () => {
  put(newFile(), 1, 'a');
  writeFileSync(path('app.log.2024-05-01'), `${lineOf(1, 'earlier')}\n{"torn`);
  put(newFile(), 2, 'b');
  expect(readFileSync(path('app.log.2024-05-01'), 'utf8')).toBe(`${lineOf(1, 'earlier')}\n{"torn\n${lineOf(1, 'a')}\n`);
  expect(texts('app.log')).toEqual(['b']);
});

it('writes on after another one has appended its open file to an archive', () => {
  const still = newFile();
  put(still, 1, 'a');
  writeFileSync(path('app.log.2024-05-01'), `${lineOf(1, 'earlier')}\n`);
  put(newFile(), 2, 'b');
  put(still, 1, 'late');
  expect(texts('app.log.2024-05-01')).toEqual(['earlier', 'a']);
  expect(texts('app.log')).toEqual(['b', 'late']);
});

it('appends to that archive what arrives between the copy and the new file', () => {
  const still = newFile();
  put(still, 1, 'a');
  writeFileSync(path('app.log.2024-05-01'), `${lineOf(1, 'earlier')}\n`);
  between('renameSync', () => put(still, 1, 'just now'));
  put(newFile(), 2, 'b');
  expect([texts('app.log.2024-05-01'), texts('app.log')]).toEqual([['earlier', 'a', 'just now'], ['b']]);
});

it('steps back from a live claim that it had not seen, under whatever number', () => {
  const theirs = path('.app.log.rotating.7');
  between('linkSync', () =>
    writeFileSync(theirs, JSON.stringify({ host: 'elsewhere', pid: 1, start: null, nonce: 'x' })),
  );
  expect(takeClaim(dir, 'app.log')).toBeNull();
  expect(readdirSync(dir)).toEqual(['.app.log.rotating.7']);
});

it('lets a process that has the old file open end its day there, and follow at its own midnight', () => {
  const [one, other] = [newFile(), newFile()];
  put(one, 1, 'a');
  put(other, 1, 'b');
  put(one, 2, 'c');
  put(other, 1, 'd');
  put(other, 2, 'e');
  expect([texts('app.log.2024-05-01'), texts('app.log')]).toEqual([
    ['a', 'b', 'd'],
    ['c', 'e'],
  ]);
});

it('does not turn back for a line made before midnight, but leaves a file from the far future', () => {
  const file = newFile();
  put(file, 2, 'a');
  put(newFile(), 1, 'late');
  expect(texts('app.log')).toEqual(['a', 'late']);
  put(file, 20, 'wrong clock');
  put(newFile(), 3, 'b');
  expect([texts('app.log.2024-05-20'), texts('app.log')]).toEqual([['wrong clock'], ['b']]);
});

it('begins a new line after one that was cut off', () => {
  writeFileSync(path('app.log'), `${lineOf(1, 'a')}\n{"timestamp":"2024`);
  put(newFile(), 1, 'b');
  expect(readFileSync(path('app.log'), 'utf8').split('\n')).toEqual([
    lineOf(1, 'a'),
    '{"timestamp":"2024',
    lineOf(1, 'b'),
    '',
  ]);
});

it('writes the line again when the file was deleted under it', () => {
  const file = newFile();
  put(file, 1, 'a');
  unlinkSync(path('app.log'));
  put(file, 1, 'b');
  put(file, 1, 'c');
  expect(texts('app.log')).toEqual(['b', 'c']);
});

it('refuses a symbolic link in place of the file', () => {
  writeFileSync(path('victim'), 'x');
  symlinkSync('victim', path('app.log'));
  expect(() => put(newFile(), 1, 'a')).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  expect(readFileSync(path('victim'), 'utf8')).toBe('x');
});

it('does not follow a symbolic link in place of the archive, and loses no line over it', () => {
  writeFileSync(path('victim'), 'x');
  symlinkSync('victim', path('app.log.2024-05-01'));
  put(newFile(), 1, 'a');
  put(newFile(), 2, 'b');
  expect(readFileSync(path('victim'), 'utf8')).toBe('x');
  expect(readlinkSync(path('app.log.2024-05-01'))).toBe('victim');
  expect(texts('app.log')).toEqual(['a', 'b']);
  expect(readdirSync(dir).sort()).toEqual(['app.log', 'app.log.2024-05-01', 'victim']);
});

it('refuses what is no regular file, without waiting for it', () => {
  mkdirSync(path('app.log'));
  expect(() => put(newFile(), 1, 'a')).toThrow(expect.objectContaining({ code: 'EISDIR' }));
});

it('makes the directory, and throws when that cannot be', () => {
  dir = join(dir, 'a', 'b');
  put(newFile(), 1, 'a');
  expect(existsSync(path('app.log'))).toBe(true);
  dir = join(dir, 'app.log', 'c');
  expect(() => put(newFile(), 1, 'a')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  dir = join(dir, '..', '..', '..', '..');
});
