import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { dispatch } from '../../batch/commands/dispatch.js';
import { systemClock } from '../../batch/commands/host.js';
import { FOOTER } from '../../batch/contract/projection.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { RECORD_COLUMNS } from '../../batch/contract/record-columns.js';
import { toCsv } from '../../batch/core/csv.js';
import { toParquet } from '../../batch/core/parquet.js';
import { followProgram, startProgram } from '../program.js';
import { dayFromNow, inDuckDb, openWorkbench, type Workbench } from './workbench.js';

let bench: Workbench;
/** As the unit files of the day have them. */
let records: ResourceRecord[];
const store = (path: string) => join(bench.cwd, 'data/default_tenant', path);
/** The manifest with the highest token, of each scope of the last day. */
function manifests(): string[] {
  const folder = `manifests/${dayFromNow(0)}`;
  const names = readdirSync(store(folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return [...new Map(names.sort().map((name) => [dirname(name), join(folder, name)])).values()];
}

/** The records of a manifest, by its unit files. */
function recordsOf(manifest: string): ResourceRecord[] {
  const { units } = JSON.parse(readFileSync(store(manifest), 'utf8'));
  const files = units.flatMap(({ file }: { file: string | null }) => (file === null ? [] : [file]));
  return files.flatMap((file: string) =>
    linesOf(gunzipSync(readFileSync(join(bench.cwd, 'data', file))).toString('utf8')),
  );
}

beforeAll(async () => {
  bench = await openWorkbench();
  records = manifests().flatMap((manifest) => recordsOf(manifest));
}, 60_000);
afterAll(() => rmSync(bench.cwd, { recursive: true, force: true }));

const linesOf = (text: string): ResourceRecord[] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
const keyOf = ({ account_id, region, resource_type, resource_id }: ResourceRecord) =>
  [account_id, region, resource_type, resource_id].join();
const sorted = (some: readonly ResourceRecord[]) => [...some].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** From a row with JSON in it. */
function recordOf(row: Readonly<Record<string, unknown>>): ResourceRecord {
  const nested = ['tags', 'relations', 'properties'];
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    nested.includes(name) ? JSON.parse(String(value)) : value,
  ]);
  return { ...Object.fromEntries(entries), schema_version: Number(row.schema_version) };
}

async function exported(format: string, ...more: string[]): Promise<string> {
  const out = join(bench.cwd, `day.${format}`);
  const end = await bench.run('export', '--format', format, '--out', out, ...more);
  expect(end.code, end.stdout).toBe(0);
  const bytes = readFileSync(out).length;
  expect(end.json).toEqual({ date: dayFromNow(0), format, out, records: records.length, bytes });
  return out;
}

describe.concurrent("a day's records, read again by others, are those of the unit files", () => {
  test('as JSON and NDJSON, the same on stdout', async () => {
    expect(records.length).toBeGreaterThan(100);
    const [json, ndjson, { stdout }] = await Promise.all([
      exported('json'),
      exported('ndjson'),
      bench.run('export', '--format', 'ndjson'),
    ]);
    expect(sorted(JSON.parse(readFileSync(json, 'utf8')))).toEqual(sorted(records));
    expect(sorted(linesOf(readFileSync(ndjson, 'utf8')))).toEqual(sorted(records));
    expect(stdout).toBe(readFileSync(ndjson, 'utf8'));
  });

  test.each(['csv', 'parquet'])('as %s', async (format) => {
    const source = {
      parquet: 'read_parquet(path)',
      csv: "read_csv(path, all_varchar = true, header = true, nullstr = '', parallel = false)",
    }[format];
    const json = (name: string) =>
      `CASE WHEN ${name} IS NOT NULL THEN to_json(${name}${format === 'csv' ? '::JSON' : ''}) END`;
    const columns = RECORD_COLUMNS.map(({ name, type }) => {
      if (type === 'timestamp') return `strftime(${name}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') AS ${name}`;
      return type === 'tags' || type === 'relations' ? `${json(name)} AS ${name}` : name;
    });
    const rows = await inDuckDb(
      `SELECT ${columns.join(', ')} FROM ${source?.replace('path', `'${await exported(format)}'`)}`,
    );
    expect(sorted(rows.map((row) => recordOf(row)))).toEqual(sorted(records));
  });

  test('as CSV for a spreadsheet: UTF-8 with its mark, CRLF, and no formula', async () => {
    const cells = {
      ...{ '=1+1': "'=1+1", '+1': "'+1", '-1': "'-1", '@a': "'@a", '\tx': "'\tx", '＝1': "'＝1", 'a=1': 'a=1', '': '' },
      'a,"b"\r\n': '"a,""b""\r\n"',
    };
    async function* some() {
      for (const name of Object.keys(cells))
        yield { ...(records[0] as ResourceRecord), arn: null, name, state: 'here' };
    }
    let csv = '';
    for await (const line of toCsv(some())) csv += line;
    expect(csv.startsWith(`\uFEFF${RECORD_COLUMNS.map(({ name }) => name).join(',')}\r\n1,`)).toBe(true);
    // Between the ARN, which is null, and the state.
    for (const cell of Object.values(cells)) expect(csv).toContain(`,,${cell},here,`);
    expect(csv.replaceAll('\r\n', '')).not.toContain('\n');
    expect(csv.endsWith('\r\n')).toBe(true);
  });

  test('of another day, of one scope', async () => {
    const [first, one] = await Promise.all([
      bench.run('export', '--format', 'ndjson', '--date', dayFromNow(-1)),
      bench.run('export', '--format', 'ndjson', '--region', 'ap-northeast-1'),
    ]);
    const regions = (text: string) =>
      new Set(linesOf(text).flatMap(({ region, service }) => (service === 'EC2' ? [region] : [])));
    expect([...regions(first.stdout), ...regions(one.stdout)]).toEqual(['us-east-1', 'ap-northeast-1']);
  });
});

describe('stdout', () => {
  /** Nobody reads it: the program stops when the pipe is full. */
  const unread = async () => {
    const running = spawn(process.execPath, [join(inject('dist'), 'arv.mjs'), 'export', '--format', 'json'], {
      ...bench,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(running.stdout, 'readable');
    return running;
  };

  test('a reader that has seen enough is no fault', async () => {
    const child = await unread();
    const gone = once(child, 'close');
    child.stdout.read(10);
    child.stdout.destroy();
    expect(await gone).toEqual([0, null]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it on the way, with nothing behind the data', async (signal, code) => {
    const child = await unread();
    child.kill(signal);
    const end = await followProgram(child);
    expect(end.code ?? child.signalCode).toBeOneOf([code, signal]);
    expect(end.stdout).not.toContain('INTERRUPTED');
  });
});

describe('a file', () => {
  test('is replaced, also behind a link; there is nothing beside it', async () => {
    const folder = join(bench.cwd, 'out');
    mkdirSync(folder);
    writeFileSync(join(folder, 'old.csv'), 'old');
    symlinkSync('old.csv', join(folder, 'link.csv'));
    const end = await bench.run('export', '--format', 'csv', '--out', 'out/link.csv');
    expect(end.code).toBe(0);
    expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toContain('schema_version,');
    expect(readdirSync(folder).sort()).toEqual(['link.csv', 'old.csv']);
    const longest = `${'a'.repeat(251)}.csv`;
    expect((await bench.ask('export', '--format', 'csv', '--out', join(folder, longest))).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([longest, 'link.csv', 'old.csv']);
  });

  test('on its way is left alone by another export, and removed when its process was killed', async () => {
    const folder = join(bench.cwd, 'killed');
    mkdirSync(folder);
    const units = readdirSync(store(`units/${dayFromNow(-1)}`), { recursive: true, encoding: 'utf8' });
    const unit = join(store(`units/${dayFromNow(-1)}`), units.find((name) => name.endsWith('.gz')) ?? '');
    renameSync(unit, `${unit}.aside`);
    // Nobody writes into it: whoever reads it waits.
    expect(spawnSync('mkfifo', [unit]).status).toBe(0);
    const watcher = watch(folder);
    const begun = once(watcher, 'change');
    const { child, ended } = startProgram(
      ['export', '--format', 'csv', '--date', dayFromNow(-1), '--out', 'killed/first.csv'],
      bench,
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    await begun;
    watcher.close();
    const other = () => bench.run('export', '--format', 'csv', '--out', 'killed/other.csv');
    expect((await other()).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([expect.stringMatching(/^\.arv-/), 'other.csv']);
    child.kill('SIGKILL');
    await ended;
    expect((await other()).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['other.csv']);
    renameSync(`${unit}.aside`, unit);
  });

  test('that cannot be written, or a format that is none, is refused', async () => {
    const refused = async (...args: string[]) => {
      const end = await bench.run('export', ...args);
      return [end.code, ...end.json.problems];
    };
    expect(await refused('--format', 'csv', '--out', 'nowhere/x.csv')).toEqual([
      2,
      expect.stringMatching(/^--out: "nowhere\/x.csv" cannot be written \(ENOENT/),
    ]);
    expect(await refused('--format', 'csv', '--out', '/dev/stdout')).toEqual([
      2,
      expect.stringContaining('not a regular'),
    ]);
    const formats = 'csv, json, ndjson, parquet';
    expect(await refused()).toEqual([2, `--format: no value given (accepted: ${formats})`]);
    expect(await refused('--format', 'xlsx', '--date', 'today')).toEqual([
      2,
      expect.stringContaining('--date: "today"'),
      `--format: "xlsx" is not accepted (accepted: ${formats})`,
    ]);
  });

  test('Parquet is not for a terminal', async () => {
    const host = {
      ...{ env: { ARV_LANG: 'en' }, clock: systemClock, random: Math.random, owner: 'test', ask: null },
      ...{
        stderr: process.stderr,
        stdoutIsTerminal: true,
        stderrIsTerminal: false,
        signal: new AbortController().signal,
      },
    };
    const { exitCode, stdout } = await dispatch(['export', '--format', 'parquet'], '0', host);
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('--format parquet: not for a terminal')]);
  });
});

describe("the day's Parquet file", () => {
  const date = dayFromNow(0);
  const [year, month, day] = date.split('-');
  const folder = () => store(`analytics/resources/year=${year}/month=${month}/day=${day}`);
  const count = async () => (await bench.run('query', 'SELECT COUNT(*) AS n FROM resources')).json;

  test('stands in for unit files that have expired, when it is that of the last manifest', async () => {
    const units = store(`units/${date}`);
    renameSync(units, `${units}.gone`);
    const { code, stdout } = await bench.run('export', '--format', 'ndjson');
    expect(code).toBe(0);
    expect(sorted(linesOf(stdout))).toEqual(sorted(records));
    expect(await count()).toEqual([{ n: records.length }]);

    spoilPages();
    const spoilt = await bench.run('export', '--format', 'ndjson');
    expect([spoilt.code, spoilt.log.map(({ error_code }) => error_code)]).toEqual([1, ['STORE_UNAVAILABLE']]);

    await makeStale();
    const lost = await bench.run('export', '--format', 'ndjson', '--out', 'lost.ndjson');
    expect([lost.code, lost.json.error_code, lost.json.error]).toEqual([
      ...[1, 'STORE_UNAVAILABLE', expect.stringMatching(/units\/.* is missing/)],
    ]);
    expect(readdirSync(bench.cwd).filter((name) => name.includes('lost'))).toEqual([]);
    const onTheWay = await bench.run('export', '--format', 'ndjson');
    expect([onTheWay.code, onTheWay.stdout, onTheWay.log[0].error_code]).toEqual([1, '', 'STORE_UNAVAILABLE']);
    renameSync(`${units}.gone`, units);
    expect(await count()).toEqual([{ n: records.length }]);
  });

  /** All but the footer. */
  function spoilPages(): void {
    for (const name of readdirSync(folder())) {
      const file = join(folder(), name);
      const bytes = readFileSync(file);
      bytes.fill(0xff, 4, bytes.length >> 2);
      writeFileSync(file, bytes);
    }
  }

  /** Without records, and of other manifests than the last ones. */
  async function makeStale(): Promise<void> {
    async function* none(): AsyncIterable<ResourceRecord> {}
    for (const name of readdirSync(folder())) {
      const [, , account, region] = /^(resources)_\d{8}_(\d+)_(.*)\.parquet$/.exec(name) ?? [];
      const manifest = manifests().find((file) => file.includes(`/${account}/${region}/`)) ?? '';
      const { fencing_token } = JSON.parse(readFileSync(store(manifest), 'utf8'));
      const footer = { [FOOTER.fencingToken]: String(fencing_token), [FOOTER.manifestSha256]: 'another' };
      const pieces: Uint8Array[] = [];
      for await (const piece of toParquet(none(), footer)) pieces.push(piece);
      writeFileSync(join(folder(), name), Buffer.concat(pieces));
    }
  }
});

test('a day that is not there', async () => {
  const { code, json } = await startProgram(['export', '--format', 'csv', '--date', '2020-01-01'], bench).ended;
  expect([code, json.problems]).toEqual([2, [expect.stringContaining(`(days: ${dayFromNow(-1)}, ${dayFromNow(0)})`)]]);
});
