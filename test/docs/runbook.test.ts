import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALARMS, NOTICES, RUNBOOKS } from '../../batch/contract/alarms.js';
import { ERRORS } from '../../batch/contract/errors.js';
import { EVENTS } from '../../batch/contract/events.js';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { LOG_QUERIES, savedQueryName } from '../../batch/contract/log-queries.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Section {
  readonly level: number;
  readonly title: string;
  readonly text: string;
}

function sections(markdown: string): Section[] {
  const parts = markdown.split(/^(#+) (.+)$/m).slice(1);
  return Array.from({ length: parts.length / 3 }, (_, index) => {
    const [marks = '', title = '', text = ''] = parts.slice(index * 3, index * 3 + 3);
    return { level: marks.length, title, text };
  });
}

/** Comments of shell blocks begin with `#` too, but stand behind a command. */
const documents = Object.entries(RUNBOOKS).map(([lang, path]) => ({ lang, path, all: sections(read(path)) }));
/** A name that means the same in both languages: of an alarm, a message or an error code. */
const isName = ({ title }: Section) => /^[a-z]+(-[a-z]+)+$|^[A-Z]+(_[A-Z]+)*$/.test(title);

describe.each(documents)('$path', ({ path, all }) => {
  const named = all.filter(isName).map(({ title }) => title);

  test('a section for every alarm, every message and every error code, and for nothing else', () => {
    expect(named).toEqual([...NOTICES, ...ALARMS, ...Object.keys(ERRORS)]);
    expect(all.filter(isName).every(({ level }) => level === 3)).toBe(true);
  });

  test.each(all.filter(isName))('$title: what it means, how to look or repair, and a way on', ({ text }) => {
    expect(text.trim().length).toBeGreaterThan(40);
    // A command, a saved query, or another section.
    expect(text).toMatch(/`[^`]+`|\]\(#/);
  });

  test('it names every saved query, and none that is not there', () => {
    const mentioned = new Set(read(path).match(/AwsResourceVisualizer\/[\w-]+/g));
    const saved = (Object.keys(LOG_QUERIES) as (keyof typeof LOG_QUERIES)[]).map(savedQueryName);
    expect([...mentioned].sort()).toEqual(saved.sort());
  });

  test('what it names is there: cluster, table, log group, events', () => {
    const text = read(path);
    for (const name of [INFRASTRUCTURE.cluster, INFRASTRUCTURE.leaseTable, INFRASTRUCTURE.logGroup]) {
      expect(text).toContain(name);
    }
    const events = [...text.matchAll(/`((?:run|unit|lock)\.\w+)`/g)].map(([, event = '']) => event);
    expect(events.filter((event) => !Object.hasOwn(EVENTS, event))).toEqual([]);
  });
});

describe('the two runbooks', () => {
  const [ja, en] = documents;

  test('have the same headings in the same order', () => {
    const outline = (all: readonly Section[]) => all.map((one) => [one.level, isName(one) ? one.title : null]);
    expect(outline(ja?.all ?? [])).toEqual(outline(en?.all ?? []));
    expect(en?.all.length).toBeGreaterThan(30);
  });

  test('have the same commands, and tables with the same codes', () => {
    const commands = (path = '') =>
      [...read(path).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block.replace(/ +# .*$/gm, ''));
    expect(commands(ja?.path)).toEqual(commands(en?.path));
    const rows = (path = '') =>
      (read(path).match(/^\|.*\|$/gm) ?? []).map((row) => (row.match(/`[^`]+`|\d+\.\d+/g) ?? []).sort());
    expect(rows(ja?.path)).toEqual(rows(en?.path));
  });
});

test('the costs add up', () => {
  for (const { all } of documents) {
    const cost = all.find(({ text }) => /\*\*\d+\.\d\d\*\* \|$/m.test(text));
    const amounts = [...(cost?.text.matchAll(/\| \**([\d.]+)\** \|$/gm) ?? [])].map(([, amount]) => Number(amount));
    const together = amounts.pop();
    expect(amounts).toHaveLength(12);
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(together ?? 0, 5);
  }
});
