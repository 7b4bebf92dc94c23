import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseArgv } from '../../batch/config/invocation.js';
import { DEFAULT_LANG } from '../../batch/config/lang.js';
import { OPTIONS, type OptionName, type OptionRow } from '../../batch/config/option-table.js';
import { ERRORS, EXIT } from '../../batch/contract/errors.js';
import { EVENTS } from '../../batch/contract/events.js';
import { METRICS } from '../../batch/contract/metrics.js';
import { NAMED_QUERIES, type NamedQuery } from '../../batch/contract/named-queries.js';
import { UNIT_STATUSES } from '../../batch/contract/statuses.js';
import { SERVICES } from '../../batch/core/model.js';
import { VIEWS } from '../../batch/query/views.js';
import { DUCKDB, DUCKDB_VERSION } from '../../batch/version.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READMES = ['README.md', 'README.ja.md'];
/** What is installed or made, and hidden folders. */
const NOT_OURS = /^(node_modules|dist|data|logs|coverage|\..*)$/;
const MARKDOWN = markdownBelow('');

function markdownBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter(({ name }) => !NOT_OURS.test(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownBelow(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The text without what stands in code blocks, where `#` and `[` mean something else. */
function prose(path: string): string {
  return read(path).replace(/^```[\s\S]*?^```$/gm, '');
}

interface Heading {
  readonly level: number;
  readonly text: string;
}

function headings(path: string): Heading[] {
  return [...prose(path).matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', text = '']) => ({ level: marks.length, text }));
}

/** The rows of all tables, each as its cells. */
function tableRows(path: string): string[][] {
  const lines = prose(path)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in backticks. */
function codes(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Where the option table says nothing, what the parser takes. */
const DEFAULTS: Partial<Record<OptionName, string>> = {
  services: SERVICES.join(' '),
  lang: DEFAULT_LANG,
  logLevel: 'info',
  logDir: './logs',
  acceptedGaps: '[]',
};

const ROWS = Object.entries(OPTIONS).map(([name, row]: [string, OptionRow]) => ({
  name: row.flag === null ? [row.env ?? []].flat().join() : `--${row.flag}`,
  flag: row.flag,
  env: [row.env ?? []].flat(),
  fallback: DEFAULTS[name as OptionName] ?? (row.fallback === undefined ? null : String(row.fallback)),
}));

async function helpOf(...words: string[]): Promise<string> {
  const invocation = await parseArgv([...words, '--help'], 'en', '0.0.0');
  return invocation.kind === 'print' ? invocation.text : '';
}

/** The words that must follow a command; none: nothing may. */
async function actionsOf(command: string): Promise<string[]> {
  const invocation = await parseArgv([command], 'en', '0.0.0');
  const problems = invocation.kind === 'command' ? invocation.problems : [];
  return problems.flatMap(({ option, accepts }) =>
    option === command && typeof accepts === 'string' ? accepts.split(', ') : [],
  );
}

const COMMANDS = [...(await helpOf()).matchAll(/^ {2}arv (\w+)/gm)].map(([, name = '']) => name);
/** `arv services`, `arv lock status`, … as the program knows them. */
const INVOCATIONS = (
  await Promise.all(
    COMMANDS.map(async (command) => {
      const actions = await actionsOf(command);
      return actions.length === 0 ? [`arv ${command}`] : actions.map((action) => `arv ${command} ${action}`);
    }),
  )
).flat();
/** With the options that only some commands take. */
const HELP_TEXTS = await Promise.all(COMMANDS.map((command) => helpOf(command)));
const COMMAND_OPTIONS = HELP_TEXTS.flatMap((text) => text.match(/(?<=^ {2,}(?:-\w, )?)--[a-z-]+/gm) ?? []);

/** What is read and put in the table of the leases, as the policy of the README has to allow it. */
const LEASE_ACTIONS = [...new Set(read('batch/lease/dynamodb.ts').match(/(?<=new )\w+Item(?=Command\()/g) ?? [])];

describe.each(READMES)('%s', (path) => {
  const rows = tableRows(path);
  /** The row whose first cell begins with this code. */
  const rowOf = (code: string) => rows.find(([first]) => codes(first)[0]?.split(' ')[0] === code);

  test.each(ROWS)('$name with its environment and its default', ({ name, flag, env, fallback }) => {
    const row = rowOf(name);
    expect(row, `no table has a row for ${name}`).toBeDefined();
    if (flag !== null) expect(codes(row?.[1])).toEqual(env);
    // Without a default the cell may say in words what happens.
    const given = codes(row?.at(flag === null ? 1 : 2));
    expect(given).toEqual(fallback === null ? [] : [fallback]);
  });

  test('no option that does not exist', () => {
    const known = ['--config', '--help', '--silent', ...COMMAND_OPTIONS, ...ROWS.map(({ name }) => name)];
    // The commands of other tools, with their continued lines, have options of their own.
    const own = read(path).replace(/^(?:aws|docker) (?:.*\\\n)*.*$/gm, '');
    const named = new Set([...own.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option));
    expect([...named].filter((option) => !known.includes(option))).toEqual([]);
  });

  test('every command, and no other', () => {
    expect(INVOCATIONS).toContain('arv lock release');
    const inTable = rows.flatMap(([first]) => codes(first).filter((code) => /^arv \w/.test(code)));
    expect(inTable.sort()).toEqual([...INVOCATIONS].sort());
    const mentioned = [...read(path).matchAll(/\barv (lock|snapshots|failures) ([a-z]+)/g)].map(([words]) => words);
    expect(mentioned.filter((words) => !INVOCATIONS.includes(words))).toEqual([]);
  });

  test('the actions that a lease table needs', () => {
    expect(LEASE_ACTIONS.length).toBeGreaterThan(0);
    const named = [...new Set(read(path).match(/dynamodb:\w+(?=")/g))];
    expect(named.sort()).toEqual(LEASE_ACTIONS.map((action) => `dynamodb:${action}`).sort());
  });

  test.each(Object.entries(ERRORS))('error code %s with its exit code', (code, { exit }) => {
    expect(rowOf(code)?.[1]?.split(', ')).toContain(String(exit));
  });

  test('every exit code', () => {
    const codesUsed = new Set([...Object.values(EXIT), ...Object.values(ERRORS).map(({ exit }) => exit)]);
    for (const code of codesUsed) expect(rowOf(String(code)), `exit code ${code}`).toBeDefined();
  });

  test('every status, event and metric', () => {
    for (const status of UNIT_STATUSES) expect(rowOf(status), status).toBeDefined();
    const named = codes(prose(path));
    expect([...Object.keys(EVENTS), ...Object.keys(METRICS)].filter((name) => !named.includes(name))).toEqual([]);
  });

  test('every npm script that it mentions is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const mentioned = [...read(path).matchAll(/npm (?:run )?(?:--silent )?([a-z][\w:]*)/g)].map(
      ([, script = '']) => script,
    );
    expect(mentioned).toEqual(expect.arrayContaining(['demo', 'test', 'build', 'arv']));
    expect(
      mentioned.filter((script) => !['ci', 'install'].includes(script) && !Object.hasOwn(scripts, script)),
    ).toEqual([]);
  });

  test('the package of DuckDB, and every named query with the defaults of its parameters', () => {
    expect(read(path)).toContain(`npm install ${DUCKDB}@${DUCKDB_VERSION}\n`);
    for (const [name, { parameters }] of Object.entries<NamedQuery>(NAMED_QUERIES)) {
      const [, finds = ''] = rowOf(name) ?? [];
      for (const { name: parameter, value, required } of parameters)
        expect(finds, name).toMatch(required ? `\`${parameter}\`` : new RegExp(`\`${parameter}\`[ （(]+${value}`));
    }
    for (const view of VIEWS) expect(rowOf(view), view).toBeDefined();
  });

  test('the Node.js version is that of package.json', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(read(path)).toContain(`Node.js ${engines.node.replace('>=', '')}`);
  });
});

describe('the two READMEs', () => {
  test('have the same headings in number and level', () => {
    const [english, japanese] = READMES.map((path) => headings(path).map(({ level }) => level));
    expect(japanese).toEqual(english);
  });

  test('have the same tables: as many rows, the same code in their first cells', () => {
    const [english, japanese] = READMES.map((path) => tableRows(path).map(([first]) => codes(first)));
    expect(japanese).toEqual(english);
  });

  test('have the same blocks of code, but for comments and what the program says in its language', () => {
    const blocks = READMES.map((path) => read(path).match(/^```(sh|json|console)\n[\s\S]*?^```$/gm) ?? []);
    const [english, japanese] = blocks.map((all) => all.map((block) => block.replace(/ +# .*$/gm, '')));
    expect(japanese).toEqual(english);
  });

  test('lead to each other at the top', () => {
    const [english = '', japanese = ''] = READMES.map((path) => read(path).split('\n').slice(0, 4).join('\n'));
    expect(english).toContain('](README.ja.md)');
    expect(japanese).toContain('](README.md)');
  });
});

/** As GitHub makes the anchor of a heading. */
function anchor({ text }: Heading): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe.each(MARKDOWN)('%s', (path) => {
  test('its links lead somewhere', () => {
    const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const inside = links.filter((link) => !/^[a-z]+:/.test(link));
    const broken = inside.filter((link) => {
      const [file = '', fragment] = link.split('#');
      const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
      if (target.startsWith('..') || !existsSync(join(ROOT, target))) return true;
      return fragment !== undefined && !headings(target).map(anchor).includes(decodeURIComponent(fragment));
    });
    expect(broken).toEqual([]);
  });

  test('it names no folder of one machine', () => {
    // `/tmp` alone is that of a container.
    const machines = /(?<![\w.~-])\/(?:work|root|tmp\/|Users|home\/(?!appuser\b))[^\s`'")]*/g;
    expect(read(path).match(machines) ?? []).toEqual([]);
  });
});
