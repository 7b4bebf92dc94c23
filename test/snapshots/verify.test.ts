import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { scopeFolder } from '../cli/ledger.js';
import { DAY, openPlace, type Place } from '../cli/place.js';
import { collectHere } from '../lock/here.js';

const EARLIER = '2026-01-30';
const FLAGS = { services: ['Lambda', 'S3'] };

/** An account with two buckets. */
async function openSmall(test: TestContext): Promise<Place> {
  const place = await openPlace(test);
  place.sandbox.estate.buckets.splice(2);
  return place;
}

/** Two days: on the later one two runs, the second of which reuses what the first one read. */
async function twoDays(test: TestContext): Promise<Place> {
  const place = await openSmall(test);
  for (const flags of [{ 'target-date': EARLIER }, {}, {}]) {
    const { code, stderr } = await collectHere(place, { flags: { ...FLAGS, ...flags } });
    expect(code, stderr).toBe(0);
  }
  return place;
}

describe('arv snapshots of two days', () => {
  it.concurrent('list', async (test) => {
    const place = await twoDays(test);
    const { code, doc } = await place.run(['snapshots', 'list']);
    expect(code).toBe(0);
    const row = (date: string, region: string, fencing_token: number, records: number, units: number) =>
      expect.objectContaining({
        ...{ date, account_id: '482915730164', region, fencing_token, units, complete: units, records },
      });
    const later = [row(DAY, 'global', 3, 2, 1), row(DAY, 'us-east-1', 3, 11, 3)];
    expect(doc.snapshots).toEqual([row(EARLIER, 'global', 1, 2, 1), row(EARLIER, 'us-east-1', 1, 11, 3), ...later]);
    const one = await place.run(['snapshots', 'list', '--date', DAY, '--region', 'us-east-1']);
    expect(one.doc.snapshots).toEqual([later[1]]);
    const buckets = await place.run(['snapshots', 'list', '--region', 'global'], { AWS_REGION: undefined });
    expect([buckets.code, buckets.doc.snapshots]).toEqual([0, [doc.snapshots[0], later[0]]]);
    const table = await place.text(['snapshots', 'list', '--output', 'table']);
    expect(table.code).toBe(0);
    for (const cell of [EARLIER, DAY, 'us-east-1', doc.snapshots[0].run_id]) expect(table.stdout).toContain(cell);
  });

  it.concurrent('show', async (test) => {
    const place = await twoDays(test);
    const last = await place.run(['snapshots', 'show']);
    expect([last.code, last.doc.date]).toEqual([0, DAY]);
    const folder = scopeFolder(place, 'manifests', 'us-east-1');
    const stored = JSON.parse(readFileSync(join(folder, readdirSync(folder).sort().at(-1) ?? ''), 'utf8'));
    expect(last.doc.manifests.map(({ region }: { region: string }) => region)).toEqual(['global', 'us-east-1']);
    expect(last.doc.manifests[1]).toEqual(stored);
    const earlier = await place.run(['snapshots', 'show', '--date', EARLIER]);
    expect([earlier.code, earlier.doc.date, earlier.doc.manifests.length]).toEqual([0, EARLIER, 2]);
    const table = await place.text(['snapshots', 'show', '--output', 'table']);
    for (const cell of ['AWS::Lambda::Function', 'AWS::S3::Bucket', 'complete', 'reused'])
      expect(table.stdout).toContain(cell);
    const none = await place.run(['snapshots', 'show', '--date', '2020-02-02']);
    expect([none.code, none.doc.manifests]).toEqual([1, []]);
  });

  it.concurrent('verify', async (test) => {
    const place = await twoDays(test);
    const all = await place.run(['snapshots', 'verify']);
    expect([all.code, all.doc]).toEqual([
      0,
      { ok: true, snapshots: 4, files_checked: 18, expired: 0, damages: [], lagging: [] },
    ]);
    const table = ['snapshots', 'verify', '--output', 'table'];
    const whole = await place.text(table);
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringMatching(/│ yes +│ 4 +│ 18 +│ 0 +│ 0 +│ 0 /)]);
    rmSync(dataOf(place));
    const told = await place.text(table);
    expect([told.code, told.stdout]).toEqual([1, expect.stringMatching(/│ no +│ 4 +│ 18 +│ 0 +│ 1 +│ 0 /)]);
    for (const cell of [DAY, 'us-east-1', '.ndjson.gz', 'is missing']) expect(told.stdout).toContain(cell);
    const bad = await place.run(['snapshots', 'verify', '--date', DAY]);
    expect([bad.code, bad.doc.damages.length]).toEqual([1, 1]);
    const good = await place.run(['snapshots', 'verify', '--date', EARLIER]);
    expect([good.code, good.doc.snapshots, good.doc.files_checked]).toEqual([0, 2, 8]);
    expect(place.calls('*').filter(({ operation }) => operation.startsWith('sts')).length).toBe(3);
  });
});

describe('a damaged manifest hides no other', () => {
  it.concurrent('of another day', async (test) => {
    const place = await twoDays(test);
    const file = first(manifestsOf(place).replace(DAY, EARLIER));
    writeFileSync(file, '{');
    const { code, doc } = await place.run(['snapshots', 'list']);
    const rows = doc.snapshots.map((row: { date: string; region: string }) => [row.date, row.region]);
    expect(rows).toEqual([[EARLIER, 'global'], ...['global', 'us-east-1'].map((region) => [DAY, region])]);
    const { damages } = (await place.run(['snapshots', 'verify'])).doc;
    expect([code, doc.damages, damages.length]).toEqual([1, damages, 1]);
    const last = await place.run(['snapshots', 'show']);
    expect([last.code, last.doc.manifests.length, last.doc.damages]).toEqual([0, 2, undefined]);
  });

  it.concurrent.for(['list', 'show'])('of another scope, as a table: %s', async (word, test) => {
    const place = await twoDays(test);
    rmSync(first(manifestsOf(place), '3.json'));
    mkdirSync(join(manifestsOf(place), '00000000000000000003.json'));
    const { code, stdout } = await place.text(['snapshots', word, '--date', DAY, '--output', 'table']);
    expect(code).toBe(1);
    for (const cell of ['global', '00000000000000000003.json', 'EISDIR']) expect(stdout).toContain(cell);
  });
});

it.for(['list', 'verify', 'show'])('arv snapshots %s of an empty store', async (word, test) => {
  const place = await openPlace(test);
  mkdirSync(place.file('data'));
  const { code, doc } = await place.run(['snapshots', word], { AWS_REGION: undefined });
  if (word === 'list') expect([code, doc]).toEqual([0, { snapshots: [] }]);
  if (word === 'verify') expect([code, doc.ok, doc.damages]).toEqual([1, false, []]);
  if (word === 'show') expect([code, doc.manifests]).toEqual([1, []]);
  expect(place.calls()).toEqual([]);
});

describe('what is not there is said, and not verified', () => {
  it.concurrent('a tenant, a day, a region', async (test) => {
    const place = await twoDays(test);
    for (const typo of [
      ['--tenant', 'typo'],
      ['--date', '2020-02-02'],
      ['--region', 'eu-west-1'],
    ]) {
      for (const word of ['verify', 'show']) {
        const { code, doc } = await place.run(['snapshots', word, ...typo]);
        expect([code, doc.ok], word).toEqual([1, word === 'verify' ? false : undefined]);
        expect(doc.error).toMatch(/^The store \/.+\/data\/? has no snapshot of the tenant /);
        expect(doc.error).toContain(typo[1]);
        const table = await place.text(['snapshots', word, ...typo, '--output', 'table', '--lang', 'ja']);
        expect([table.code, table.stdout]).toEqual([1, expect.stringContaining('スナップショットはありません')]);
        expect(table.stdout).toContain(typo[1]);
      }
      const { code, doc } = await place.run(['snapshots', 'list', ...typo]);
      expect([code, doc]).toEqual([0, { snapshots: [] }]);
    }
  });

  it.concurrent('stray files and folders are none of it', async (test) => {
    const place = await twoDays(test);
    const words = ['list', 'show', 'verify'];
    const answers = () => Promise.all(words.map((word) => place.run(['snapshots', word])));
    const before = await answers();
    const root = place.file('data/default_tenant/manifests');
    for (const folder of ['.', DAY, `${DAY}/482915730164`, `${DAY}/482915730164/global`]) {
      writeFileSync(join(root, folder, '.DS_Store'), 'x');
      cpSync(manifestsOf(place), join(root, folder, 'copy of us-east-1'), { recursive: true });
    }
    cpSync(join(root, DAY), join(root, '2026-11-22.bak'), { recursive: true });
    cpSync(join(root, DAY, '482915730164'), join(root, DAY, '482915730164.bak'), { recursive: true });
    // A run that was killed before its first commit of a day; files in the place of folders.
    mkdirSync(join(root, '2026-12-24/482915730164/us-east-1'), { recursive: true });
    writeFileSync(join(root, '2026-12-25'), 'x');
    writeFileSync(join(root, DAY, '111122223333'), 'x');
    writeFileSync(join(root, DAY, '482915730164/eu-west-1'), 'x');
    const after = await answers();
    expect(after.map(({ code, doc }) => [code, doc])).toEqual(before.map(({ code, doc }) => [code, doc]));
    expect(after.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it.concurrent('a number that no token can be is told, and no run writes above it', async (test) => {
    const place = await twoDays(test);
    const name = '99999999999999999999.json';
    cpSync(first(manifestsOf(place)), join(manifestsOf(place), name));
    for (const word of ['list', 'show', 'verify']) {
      const { code, doc } = await place.run(['snapshots', word]);
      const file = expect.stringContaining(`/us-east-1/${name}`);
      expect([code, doc.damages]).toEqual([1, [expect.objectContaining({ file, region: 'us-east-1' })]]);
    }
    const before = readdirSync(manifestsOf(place));
    const { code, doc } = await collectHere(place, { flags: { services: ['Lambda'] } });
    expect([code, doc.error_code, doc.error]).toEqual([1, 'LOCK_UNAVAILABLE', expect.stringMatching(/fencing token/)]);
    expect(readdirSync(manifestsOf(place))).toEqual(before);
  });
});

describe('a damaged manifest says what to do with it', () => {
  const SAYS = {
    en: (file: string) => `The manifest ${file} is damaged: `,
    ja: (file: string) => `マニフェスト ${file} が壊れています: `,
  };

  it.concurrent.for(['en', 'ja'] as const)('of the region: %s', async (lang, test) => {
    const place = await openSmall(test);
    await collectHere(place, { flags: FLAGS });
    const file = changed(first(manifestsOf(place)), (path) => writeFileSync(path, '{'));
    const calls = place.calls().length;
    const { code, doc } = await collectHere(place, { flags: { services: ['Lambda'] }, lang });
    expect([code, doc.error_code, doc.error]).toEqual([
      1,
      'STORE_UNAVAILABLE',
      expect.stringContaining(SAYS[lang](file)),
    ]);
    expect(doc.error).not.toMatch(/free space|空き容量/);
    expect(doc.error).toMatch(lang === 'en' ? /Move it out of the store and run again/ : /保存先の外へ移動/);
    // Found before anything is read.
    expect(place.calls().length).toBe(calls + 1);
    rmSync(file);
    const next = await collectHere(place, { flags: { services: ['Lambda'] } });
    expect([next.code, next.doc.results], next.stderr).toEqual([0, { Lambda: 5 }]);
  });

  it.concurrent('of the account: the region is published all the same', async (test) => {
    const place = await openSmall(test);
    await collectHere(place, { flags: FLAGS });
    const file = changed(first(scopeFolder(place, 'manifests', 'global')), (path) => writeFileSync(path, '{'));
    const { code, doc } = await collectHere(place, { flags: FLAGS });
    expect([code, doc.success, doc.results]).toEqual([3, true, { S3: null, Lambda: 5 }]);
    const message = expect.stringContaining(SAYS.en(file));
    expect(doc.errors.S3).toEqual([
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', class: 'permanent', message }),
    ]);
    expect(doc.snapshot).toEqual([expect.stringContaining('us-east-1')]);
    const alone = await collectHere(place, { flags: { services: ['S3'] } });
    expect([alone.code, alone.doc.error_code, alone.doc.error]).toEqual([1, 'STORE_UNAVAILABLE', message]);
  });
});

const manifestsOf = (place: Place) => scopeFolder(place, 'manifests', 'us-east-1');
const first = (folder: string, end = '') => join(folder, readdirSync(folder).find((name) => name.endsWith(end)) ?? '');
const dataOf = (place: Place) => first(join(scopeFolder(place, 'units', 'us-east-1'), 'AWS-Lambda-Function'), '.gz');

/** A manifest that says of itself what its place does not. */
const CLAIMS = [
  ['tenant', '"acme"', 'acme, its place default_tenant'],
  ['account_id', '"111122223333"', '111122223333, its place 482915730164'],
  ['region', '"eu-west-1"', 'eu-west-1, its place us-east-1'],
  ['date', '"2026-01-01"', '2026-01-01, its place 2026-01-31'],
  ['fencing_token', '9', '9, its place 1'],
] as const;

/** What is damaged, where it is found, how often. */
const DAMAGES: readonly (readonly [name: string, damage: (place: Place) => string, problem: RegExp, list: boolean])[] =
  [
    ['a cut file', (place) => changed(dataOf(place), (path) => truncateSync(path, 99)), /bytes/, true],
    ['a flipped bit', (place) => changed(dataOf(place), flip), /SHA-256/, true],
    ['a missing file', (place) => changed(dataOf(place), (path) => rmSync(path)), /missing/, true],
    [
      'a wrong count',
      (place) => {
        changed(first(manifestsOf(place)), (path) => edit(path, /"count": 5/, '"count": 7'));
        return dataOf(place);
      },
      /5 records.* 7/,
      true,
    ],
    ['no JSON', (place) => changed(first(manifestsOf(place)), (path) => writeFileSync(path, '{')), /understood/, false],
    [
      'other JSON',
      (place) => changed(first(manifestsOf(place)), (path) => writeFileSync(path, '1')),
      /understood/,
      false,
    ],
    ...CLAIMS.map(([field, claim, says]) => {
      const forge = (path: string) => edit(path, new RegExp(`"${field}": [^,]+`), `"${field}": ${claim}`);
      const damage = (place: Place) => changed(first(manifestsOf(place)), forge);
      return [`another ${field}`, damage, new RegExp(`^the manifest says ${field} ${says}$`), false] as const;
    }),
  ];

describe.for(DAMAGES)('damage in the store: %s', ([, damage, problem, listed]) => {
  it.concurrent('is found by verify', async (test) => {
    const place = await openSmall(test);
    await collectHere(place, { flags: FLAGS });
    const file = damage(place).slice(place.file('data').length + 1);
    const { code, doc } = await place.run(['snapshots', 'verify']);
    expect([code, doc.ok]).toEqual([1, false]);
    const [found, ...more] = doc.damages;
    expect(found).toEqual({ date: DAY, region: 'us-east-1', file, problem: expect.stringMatching(problem) });
    // A Parquet file of another ledger than this one cannot be made again from damaged units.
    for (const { problem } of more) expect(problem).toMatch(/another manifest.*, and unit files .* are damaged$/);
  });

  it.concurrent.for(listed ? [] : ['list', 'show'])('is named by %s', async (word, test) => {
    const place = await openSmall(test);
    await collectHere(place, { flags: FLAGS });
    const file = damage(place).slice(place.file('data').length + 1);
    const { code, doc, stdout } = await place.run(['snapshots', word]);
    expect(doc.damages).toEqual([{ date: DAY, region: 'us-east-1', file, problem: expect.stringMatching(problem) }]);
    const [good, ...others] = doc[word === 'list' ? 'snapshots' : 'manifests'];
    expect([code, good.region, others], stdout).toEqual([1, 'global', []]);
  });
});

function changed(path: string, change: (path: string) => void): string {
  change(path);
  return path;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] ?? 0) ^ 16;
  writeFileSync(path, bytes);
}

function edit(path: string, from: RegExp, to: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
}
