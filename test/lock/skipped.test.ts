import { expect, it } from 'vitest';
import { openPlace } from '../cli/place.js';
import { standing } from './locks.js';

const LAMBDA = ['--services', 'Lambda'];
const SKIP = [...LAMBDA, '--if-locked', 'skip'];

it('the log of a skipped duplicate ends with a line that says so', async (test) => {
  const place = await openPlace(test);
  await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA });
  const { code, doc, log, stderr } = await place.collect(SKIP);
  expect([code, doc.skipped], stderr).toEqual([0, true]);
  const fields = { skipped: true, error_code: 'LOCKED', exit_code: 0, success_count: 0, total_count: 1 };
  expect(log.at(-1)).toMatchObject({ level: 'info', event: 'run.completed', ...fields });
  expect(log.at(-1).message).not.toContain('{');
  expect(log.filter(({ event }) => /^run\.(completed|failed|unfinished)$/.test(event))).toHaveLength(1);
});

it('as a table it says what was skipped, and who holds the lock', async (test) => {
  const place = await openPlace(test);
  const { child } = await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA });
  const who = String.raw`host=\S+ pid=${child.pid} start=\S+ space=\S+`;
  const run = String.raw`\d{8}T\d{6}Z-\w+`;
  const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
  const says = {
    en: `Skipped Lambda \\(us-east-1\\): run ${run} of ${who} holds the lock, since ${time}, until ${time}\\.`,
    ja: `Lambda \\(us-east-1\\) の収集をスキップしました。${who} の実行 ${run} がロックを持っています（${time} から ${time} まで）。`,
  };
  for (const [lang, text] of Object.entries(says)) {
    const { code, stdout } = await place.text([...SKIP, '--output', 'table', '--lang', lang]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${text}\n$`));
  }
});
