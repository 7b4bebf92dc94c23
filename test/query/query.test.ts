import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as duckdb from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Day, findDay } from '../../batch/commands/days.js';
import { planQuery, type QueryWanted } from '../../batch/commands/query-plan.js';
import { fillViews } from '../../batch/commands/query-views.js';
import type { Config } from '../../batch/config/config.js';
import { describeProblem } from '../../batch/config/problems.js';
import { openScratchFolder } from '../../batch/process/scratch-folder.js';
import { Database } from '../../batch/query/database.js';
import { openDirectoryStore, openExistingStore } from '../../batch/store/directory.js';
import type { Store } from '../../batch/store/store.js';
import { followProgram, runProgram, startProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { commit, recordOf, writeUnit } from '../projection/days.js';
import { dayFromNow, inDuckDb, openWorkbench, type Workbench } from './workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
}, 60_000);
afterAll(() => rmSync(bench.cwd, { recursive: true, force: true }));

const ask = async (sql: string, ...more: string[]) => {
  const end = await bench.ask('query', sql, ...more);
  expect(end.code, end.stdout).toBe(0);
  return end.json;
};
const refused = async (...args: string[]) => {
  const end = await bench.ask('query', ...args);
  expect(end.code, end.stdout).toBe(2);
  return end.json.problems.join('\n') as string;
};

describe.concurrent('the views', () => {
  test('resources is the last day, another one with --date, or of one scope with --region', async () => {
    const sql = 'SELECT region, COUNT(*) AS n FROM resources WHERE service <> $service GROUP BY ALL ORDER BY ALL';
    const [last, first, one] = await Promise.all([
      ask(sql, '--param', 'service=S3'),
      ask(sql, '--param', 'service=S3', '--date', dayFromNow(-1)),
      ask(sql, '--param', 'service=S3', '--region', 'ap-northeast-1'),
    ]);
    expect(last.map(({ region }: { region: string }) => region)).toEqual(['ap-northeast-1', 'us-east-1']);
    expect(first).toEqual([last[1]]);
    expect(one).toEqual([last[0]]);
  });

  test('resources_all has every day', async () => {
    const rows = await ask('SELECT day, COUNT(*) AS n FROM resources_all GROUP BY day ORDER BY day');
    expect(rows.map(({ day }: { day: string }) => day)).toEqual([dayFromNow(-1), dayFromNow(0)]);
    expect(rows[0].n).toBeLessThan(rows[1].n);
  });

  test('tags and relations have a row each', async () => {
    const [counts] = await ask(`SELECT
      (SELECT COUNT(*) FROM tags) = (SELECT SUM(cardinality(tags)) FROM resources) AS tags,
      (SELECT COUNT(*) FROM relations) = (SELECT SUM(len(relations)) FROM resources) AS relations,
      (SELECT COUNT(*) FROM relations) > 50 AS many,
      (SELECT value FROM tags WHERE key = '環境' AND resource_id = 'sakura-shop-assets') AS value,
      (SELECT LIST(DISTINCT {'kind': kind, 'target_type': target_type}) FROM relations WHERE resource_type = 'AWS::EC2::Subnet') AS subnets`);
    expect(counts).toEqual({
      ...{ tags: true, relations: true, many: true, value: "それ以外の'値'" },
      subnets: [{ kind: 'in', target_type: 'AWS::EC2::VPC' }],
    });
  });

  test('changes is what arv diff says', async () => {
    const rows = await ask(
      "SELECT change, resource_id, path, after FROM changes WHERE change <> 'unknown' ORDER BY ALL",
    );
    const { json: diff } = await bench.ask('diff');
    const changed = diff.changed.flatMap(({ resource_id, changes }: { resource_id: string; changes: object[] }) =>
      (changes as { path: string; after: unknown }[]).map(({ path, after }) => ({
        ...{ change: 'changed', resource_id, path, after: after === null ? null : JSON.stringify(after) },
      })),
    );
    const deleted = diff.deleted.map((record: { resource_id: string }) => ({
      ...{ change: 'deleted', resource_id: record.resource_id, path: null, after: null },
    }));
    expect(changed.length).toBeGreaterThan(0);
    expect(deleted).toHaveLength(1);
    expect(rows).toHaveLength(changed.length + 1);
    expect(rows).toEqual(expect.arrayContaining([...changed, ...deleted]));
  });
});

test('no more is read than the SQL needs', async () => {
  const store = await openExistingStore(join(bench.cwd, 'data'));
  const config = { run: { tenant: 'default_tenant' } } as Config;
  const day = (await findDay(store, config, { date: undefined, region: undefined })) as Day;
  const daysRead = async (sql: string) => {
    const scratch = await openScratchFolder();
    const database = await Database.open(duckdb, scratch.path);
    const days = new Set<string | undefined>();
    const noting: Store = {
      ...store,
      read: (key, ...rest) => {
        days.add(/\d{4}-\d\d-\d\d/.exec(key)?.[0]);
        return store.read(key, ...rest);
      },
    };
    await fillViews(database, noting, day, sql, scratch, new AbortController().signal);
    database.close();
    scratch.remove();
    days.delete(undefined);
    return [...days].sort();
  };
  const [first, last] = [dayFromNow(-1), dayFromNow(0)];
  expect(await daysRead('SELECT 1')).toEqual([]);
  expect(await daysRead('FROM tags')).toEqual([last]);
  expect(await daysRead('FROM Resources_All')).toEqual([first, last]);
  expect(await daysRead('FROM changes')).toEqual([first, last]);
});

describe.concurrent('what is printed', () => {
  test('values as JSON has them', async () => {
    const sql = `SELECT 9007199254740991 AS safe, 9007199254740993 AS large, 1.5 AS decimal, 12345678901234567.89 AS long,
      TIMESTAMP '2026-01-02 03:04:05.678' AS time, DATE '2026-01-02' AS day, 'nan'::DOUBLE AS nan, NULL AS nothing,
      MAP {'a': [1, NULL]} AS map, MAP {[1]: 2, [3]: 4} AS lists, {'b': TRUE} AS struct, '{"c": 1}'::JSON AS json, 1 AS one, 2 AS one`;
    expect(await ask(sql)).toEqual([
      {
        ...{ safe: 9007199254740991, large: '9007199254740993', decimal: 1.5, long: '12345678901234567.89' },
        ...{ time: '2026-01-02T03:04:05.678Z', day: '2026-01-02', nan: 'NaN', nothing: null },
        ...{
          map: { a: [1, null] },
          lists: { '[1]': 2, '[3]': 4 },
          struct: { b: true },
          json: '{"c": 1}',
          one: 1,
          'one:1': 2,
        },
      },
    ]);
    const [record] = await ask('SELECT * FROM resources WHERE created_at IS NOT NULL ORDER BY ALL LIMIT 1');
    const { json } = await bench.ask('export', '--format', 'json');
    const exported = json.find(
      ({ resource_id, resource_type }: Record<string, string>) =>
        resource_id === record.resource_id && resource_type === record.resource_type,
    );
    expect({ ...record, properties: JSON.parse(record.properties) }).toEqual(exported);
  });

  test('no column is lost, whatever the names', async () => {
    expect(await ask('SELECT 1 AS "a:1", 2 AS a, 3 AS a, 4 AS a, 5 AS "a:1"')).toEqual([
      { 'a:1': 1, a: 2, 'a:2': 3, 'a:3': 4, 'a:1:1': 5 },
    ]);
  });

  test('a row that no text can hold is refused', async () => {
    const long = "SELECT repeat(repeat('x', 1000000), 540) AS long";
    expect(await refused(long)).toMatch(/: a row of the answer is longer than \d+ characters$/);
  });

  test('nothing, several statements, a comment first, and a table', async () => {
    expect(await ask('CREATE TABLE t AS SELECT 42 AS x; FROM t')).toEqual([{ x: 42 }]);
    expect(await ask('-- a comment\nSELECT 1 WHERE FALSE')).toEqual([]);
    const { stdout } = await bench.run('query', "SELECT 'a\u001b[31m' AS b, [1] AS c, NULL AS d", '--output', 'table');
    expect(stdout).toMatch(/│ b +│ c +│ d +│\n.*\n│ a·\[31m │ \[1\] │ +│/);
  });

  test('a table of many rows', async () => {
    const { code, stdout } = await bench.run('query', 'SELECT range AS n FROM range(2500)', '--output', 'table');
    expect(code).toBe(0);
    const numbers = [...stdout.matchAll(/^│ (\d+) +│$/gm)].map(([, n]) => Number(n));
    expect(numbers).toEqual(Array.from({ length: 2500 }, (_, n) => n));
    expect(stdout.match(/^│ n +│$/gm)).toHaveLength(3);
  });

  test('the list of queries', async () => {
    const { json } = await bench.ask('query', '--list');
    expect(json.views).toContain('changes');
    expect(json.queries).toContainEqual(
      expect.objectContaining({
        name: 'recently-created',
        parameters: [{ name: 'days', required: false, description: 'how many days back', default: 7 }],
      }),
    );
    const { stdout } = await bench.run('query', '--list', '--output', 'table', '--lang', 'ja');
    expect(stdout).toMatch(/│ dependents +│ id +│ 指定した/);
  });
});

describe.concurrent('what is refused', () => {
  test('SQL that is wrong, with the words of DuckDB', async () => {
    expect(await refused('FROM resource')).toMatch(/views: resources, resources_all.*resource does not exist/);
    expect(await refused('SELECT * FRM x')).toMatch(/^query: the SQL cannot be run .*syntax error at or near "x"/);
  });

  test('words that make no query', () => {
    const wanted = { sql: null, list: false, name: undefined, param: undefined, date: undefined, region: undefined };
    const problems = (words: Partial<QueryWanted>) => {
      const plan = planQuery({ ...wanted, ...words });
      return typeof plan === 'object' && 'problems' in plan
        ? plan.problems.map((problem) => describeProblem(problem, 'en'))
        : plan;
    };
    const ways = ['"<SQL>", --name, --list: give one of these'];
    for (const words of [
      {},
      { sql: ' ;/* ; */\n-- x' },
      { sql: 'SELECT 1', name: 'dependents' },
      { sql: 'SELECT 1', list: true },
    ])
      expect(problems(words)).toEqual(ways);
    expect(problems({ name: 'constructor' })).toEqual([expect.stringMatching(/^--name: .*untagged-.*, dependents\)$/)]);
    expect(problems({ name: 'dependents' })).toEqual([expect.stringMatching(/^--param id: no value given/)]);
    const created = (...param: string[]) => problems({ name: 'recently-created', param });
    expect(created('day=1')).toEqual(['--param: unknown parameter "day" (known: days)']);
    expect(created('days=1 OR 1')).toEqual([expect.stringContaining('"1 OR 1" is not accepted (accepted: a whole')]);
    expect(created('days')).toEqual(['--param: "days" is not accepted (accepted: name=value)']);
    expect(created('days=1', 'days=2')).toEqual(['--param days: may be given only once']);
    expect(created()).toMatchObject({ named: { days: 7 } });
    expect(problems({ sql: 'SELECT $a', param: 'a=b=c\nd' })).toMatchObject({ bound: { a: 'b=c\nd' } });
  });

  test('parameters that the SQL has not, or has and did not get', async () => {
    expect(await refused('SELECT $a', '--param', 'b=1')).toBe(
      '--param a: no value given (accepted: a=…)\n--param: unknown parameter "b" (known: a)',
    );
  });

  test('a parameter is a value, whatever it holds', async () => {
    const nasty = "x' OR 'a' = 'a'; DROP VIEW resources; --";
    expect(await ask('SELECT $a AS a', '--param', `a=${nasty}`)).toEqual([{ a: nasty }]);
    const end = await bench.ask('query', '--name', 'dependents', '--param', `id=${nasty}`);
    expect([end.code, end.json]).toEqual([0, []]);
  });

  test('a day or a tenant that is not there', async () => {
    expect(await refused('SELECT 1', '--date', '2020-01-01')).toContain(`(days: ${dayFromNow(-1)}, ${dayFromNow(0)})`);
    expect(await refused('SELECT 1', '--tenant', 'nobody')).toMatch(/has no snapshot of the tenant nobody/);
  });
});

test('texts that were cut within a character, by whoever collected them before', async () => {
  const cwd = temporaryFolder();
  symlinkSync(join(bench.cwd, 'node_modules'), join(cwd, 'node_modules'));
  const store = await openDirectoryStore(join(cwd, 'data'));
  const type = 'AWS::EC2::Volume';
  for (const [date, cut] of [
    ['2026-01-30', 'a \ud83d'],
    ['2026-01-31', 'b \ud83d'],
  ] as const) {
    const more = { name: cut, state: 'available', properties: { cut, [cut]: cut }, content_hash: cut };
    const unit = await writeUnit(store, type, [recordOf(type, 'vol \ud83d', more)], { date });
    await commit(store, 1, [unit], { date });
  }
  const asked = async (...words: string[]) => (await runProgram(['query', ...words, '--tenant', 't'], { cwd })).json;
  expect(await asked('--name', 'unattached-volumes')).toMatchObject([{ resource_id: 'vol \ufffd' }]);
  const sql = "SELECT name, path, before::JSON AS before FROM changes WHERE path = 'properties.cut'";
  expect(await asked(sql)).toEqual([{ name: 'b \ufffd', path: 'properties.cut', before: '"a \ufffd"' }]);
  rmSync(cwd, { recursive: true });
});

test('a damaged file of the store is not the fault of the SQL', async () => {
  const cwd = temporaryFolder();
  cpSync(join(bench.cwd, 'data'), join(cwd, 'data'), { recursive: true });
  symlinkSync(join(bench.cwd, 'node_modules'), join(cwd, 'node_modules'));
  const files = readdirSync(join(cwd, 'data'), { recursive: true, encoding: 'utf8' });
  const [year, month, day] = dayFromNow(0).split('-');
  const name = files.find((file) => file.endsWith(`resources_${year}${month}${day}_482915730164_us-east-1.parquet`));
  const path = join(cwd, 'data', name ?? '');
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xff, 2000, 2008));
  const sql = 'SELECT * FROM resources';
  const asked = await runProgram(['query', sql], { cwd });
  expect([asked.code, asked.json.error_code], asked.stdout).toEqual([1, 'STORE_UNAVAILABLE']);
  expect(asked.json.error).toMatch(
    /resources_\d+_482915730164_us-east-1.parquet: the file cannot be read: .*; arv snap/,
  );
  const wrong = await runProgram(['query', 'SELECT nothing FROM resources'], { cwd });
  expect([wrong.code, wrong.json.error_code]).toEqual([2, 'USAGE']);
  const repaired = await runProgram(['snapshots', 'repair'], { cwd });
  expect([repaired.code, repaired.json.repaired.length], repaired.stdout).toEqual([0, 1]);
  expect((await runProgram(['query', sql], { cwd })).json).toEqual(await ask(sql));
  rmSync(cwd, { recursive: true });
});

/** Ways to logs and profiles, some of them hidden. */
const PAST_THE_LOCK = [
  "CALL enable_logging(storage = 'stdout')",
  'FROM Enable_Logging/* /* */ */()',
  'FROM enable_logging -- \n ()',
  ...['\u00a0', '\u200b', '\u3000', '\ufeff', '\u2060', '\f'].map((space) => `FROM enable_logging${space}()`),
  'FROM system.main."enable_logging" (storage = \'stdout\')',
  "FROM query('SELECT * FROM enable_' || 'logging(storage=''stdout'')')",
  "FROM system.main.\"QUERY\" ('FROM enable_' || 'logging()')",
  "SELECT (SELECT COUNT(*) FROM query/**/(concat('FROM enable_', 'logging()')))",
  "FROM json_execute_serialized_sql(json_serialize_sql('FROM enable_' || 'logging()'))",
  "PRAGMA json_execute_serialized_sql(json_serialize_sql('FROM enable_' || 'logging()'))",
  "CREATE MACRO quiet() AS TABLE FROM enable_logging(storage = 'stdout'); FROM quiet()",
  "CREATE VIEW quiet AS FROM enable_logging(storage = 'stdout'); FROM quiet",
  "PREPARE quiet AS FROM enable_logging(storage = 'stdout'); EXECUTE quiet",
  'PRAGMA enable_profiling',
  'FROM enable_profiling()',
  'EXPLAIN ANALYZE PRAGMA enable_profiling',
  'PRAGMA enable_progress_bar',
];

describe('SQL reads the views and nothing else', () => {
  test('in the program', async () => {
    const copy = "COPY (FROM resources) TO 'stolen.csv' (USE_TMP_FILE false)";
    const { code, json } = await bench.run('query', `SELECT COUNT(*) FROM resources; ${copy}`);
    expect([code, json.problems]).toEqual([2, [expect.stringContaining('disabled by configuration')]]);
    expect(readdirSync(bench.cwd)).not.toContain('stolen.csv');
  });

  test('names that are not allowed are, as texts and columns', async () => {
    const sql = `SELECT COUNT(*) AS n, 'query' AS query, 'pragma' AS enable_logging FROM resources
      WHERE tags['enable_logging'] = 'true' OR name = 'enable_profiling' OR resources.name LIKE 'query%'`;
    expect(await ask(sql)).toEqual([{ n: 0, query: 'query', enable_logging: 'pragma' }]);
    expect(await ask('EXPLAIN SELECT 1')).toHaveLength(1);
  });

  test('whatever it tries', async () => {
    const folder = temporaryFolder();
    const [file, other] = [join(folder, 'day.parquet'), join(folder, 'other.parquet')];
    await inDuckDb(`COPY (SELECT 1 AS a) TO '${file}'`, `COPY (SELECT 1 AS a) TO '${other}'`, 'SELECT 1');
    const database = await Database.open(duckdb, folder);
    await database.define(`CREATE VIEW resources AS FROM '${file}'`);
    await database.lock([file]);
    for (const sql of [
      `COPY resources TO '${other}'`,
      `COPY (SELECT 1) TO '${other}' (FORMAT parquet, USE_TMP_FILE false)`,
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM glob('/*')",
      `FROM '${other}'`,
      `ATTACH '${folder}/stolen.db'`,
      `EXPORT DATABASE '${folder}/stolen'`,
      ...PAST_THE_LOCK,
      `FROM "enable_logging"(storage = 'file', storage_path = '${other}')`,
      ...['INSTALL httpfs', 'LOAD httpfs', "FROM read_csv('https://example.com/a.csv')"],
      ...['SET enable_external_access = true', "SET memory_limit = '64GB'", 'RESET lock_configuration'],
      `SET allowed_paths = ['${other}']`,
    ]) {
      const answer = database.run(`SELECT * FROM resources; ${sql}`, {});
      await expect(answer, sql).rejects.toThrow(/disabled|locked|configuration/);
    }
    const { rows } = await database.run('FROM resources', {});
    for await (const row of rows) expect(row).toEqual({ a: 1 });
    // Nothing was turned on before it was refused.
    const logs = await database.run('SELECT COUNT(*) AS n FROM duckdb_logs', {});
    for await (const row of logs.rows) expect(row).toEqual({ n: 0 });
    database.close();
    rmSync(folder, { recursive: true });
  });

  test('what the views read is a copy, and no file of the store', async () => {
    const sql =
      "SELECT regexp_extract(sql, '(/[^'']+parquet)', 1) AS file FROM duckdb_views() WHERE view_name = 'resources'";
    const [{ file }] = (await bench.run('query', sql)).json;
    expect(file.startsWith(`${bench.tmp}/`)).toBe(true);
  });
});

describe.concurrent('DuckDB is loaded when it is needed', () => {
  /** In a folder above which there is no DuckDB. */
  const elsewhere = async (...args: string[]) => {
    const cwd = temporaryFolder();
    const end = await runProgram([...args, '--store', join(bench.cwd, 'data')], { cwd });
    rmSync(cwd, { recursive: true });
    return end;
  };
  const { optionalDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const install = `npm install @duckdb/node-api@${optionalDependencies['@duckdb/node-api']}`;

  test('where it is missing, a message says how to get it; nothing else needs it', async () => {
    const end = await elsewhere('query', 'SELECT 1');
    expect([end.code, end.json.error_code, end.json.hint, end.stderr]).toEqual([1, 'DUCKDB_UNAVAILABLE', install, '']);
    expect(end.json.error).toContain(install);
    const japanese = await elsewhere('query', 'SELECT 1', '--lang', 'ja');
    expect(japanese.json.error).toMatch(/DuckDB を読み込めません/);
    for (const args of [
      ['query', '--list'],
      ['export', '--format', 'csv'],
    ])
      expect((await elsewhere(...args)).code).toBe(0);
  });

  test('and is no part of the program, which is all that the image has', () => {
    const files = readdirSync(inject('dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.\w+$/.test(name),
    );
    expect(files.filter((name) => !name.endsWith('.mjs'))).toEqual([]);
    const holding = files.filter((name) =>
      readFileSync(join(inject('dist'), name), 'utf8').includes('class DuckDBConnection'),
    );
    expect(holding).toEqual([]);
  });

  test('where it is broken, why', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'node_modules/@duckdb/node-api'), { recursive: true });
    writeFileSync(
      join(cwd, 'node_modules/@duckdb/node-api/index.js'),
      'throw new Error("no binary for this machine\\nat")',
    );
    const end = await runProgram(['query', 'SELECT 1'], { cwd });
    expect([end.code, end.json.error]).toEqual([1, expect.stringContaining('no binary for this machine. Install it')]);
    rmSync(cwd, { recursive: true });
  });

  test('beside the program too, wherever it is called', async () => {
    const cwd = temporaryFolder();
    cpSync(inject('dist'), join(cwd, 'dist'), { recursive: true });
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(cwd, 'node_modules'));
    const args = [join(cwd, 'dist/arv.mjs'), 'query', 'SELECT 1 AS x', '--store', join(bench.cwd, 'data')];
    const child = spawn(process.execPath, args, { cwd: bench.tmp, env: TEST_ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = await followProgram(child);
    expect([end.code, end.json]).toEqual([0, [{ x: 1 }]]);
    rmSync(cwd, { recursive: true });
  });
});

/** Goes on until it is ended. */
const ENDLESS = `SELECT COUNT(*) FROM resources a, resources b, resources c, resources d, resources e
  WHERE a.name = b.name || c.name || d.name || e.name`;

describe('temporary files', () => {
  /** Resolves when a file of this name appears below a folder. */
  const appears = (folder: string, name: RegExp) =>
    new Promise<void>((resolve) => {
      const watcher = watch(folder, { recursive: true }, (_event, file) => {
        if (!name.test(String(file))) return;
        watcher.close();
        resolve();
      });
    });

  test('are gone after an answer and after a refusal', async () => {
    expect((await bench.run('query', 'SELECT COUNT(*) FROM resources_all, changes')).code).toBe(0);
    expect((await bench.run('query', 'SELECT nothing FROM resources')).code).toBe(2);
    expect(readdirSync(bench.tmp)).toEqual([]);
  });

  test('of a process that was killed are gone after the next answer', async () => {
    const seen = appears(bench.tmp, /\.parquet$/);
    const { child, ended } = startProgram(['query', ENDLESS], bench);
    await seen;
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(bench.tmp)).toHaveLength(1);
    expect((await bench.run('query', 'SELECT 1 AS one')).json).toEqual([{ one: 1 }]);
    expect(readdirSync(bench.tmp)).toEqual([]);
  });

  test('that cannot be written are a fault that says what to do', async () => {
    const end = await runProgram(['query', 'FROM resources'], {
      cwd: bench.cwd,
      env: { ...bench.env, TMPDIR: '/proc' },
    });
    const { error_code, error } = end.json;
    expect([end.code, error_code, end.stderr]).toEqual([1, 'TEMPORARY_FOLDER_UNAVAILABLE', '']);
    expect(error).toMatch(/^The temporary folder \/proc cannot be written: EN.*Set TMPDIR/);
  });

  test.each([
    ['SIGINT', 130, 1],
    ['SIGTERM', 143, 1],
    ['SIGTERM', 143, 2],
  ] as const)('are gone after %s (exit code %i), sent %i times', async (signal, code, times) => {
    const seen = appears(bench.tmp, /\.parquet$/);
    const { child, ended } = startProgram(['query', ENDLESS], bench);
    await seen;
    for (let sent = 0; sent < times; sent += 1) child.kill(signal);
    const end = await ended;
    // Of a process whose threads are busy, the signal itself is the end: to a shell it is the same.
    expect(end.code ?? child.signalCode, end.stdout).toBeOneOf([code, signal]);
    if (times === 1) expect(end.json.error_code).toBe('INTERRUPTED');
    expect(readdirSync(bench.tmp)).toEqual([]);
  });
});
