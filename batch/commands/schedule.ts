import Table from 'cli-table3';
import type { Config } from '../config/config.js';
import type { Problem } from '../config/problems.js';
import { parseSchedule } from '../contract/schedule.js';
import { nextFirings } from '../contract/schedule-times.js';
import { describeSchedule } from '../contract/schedule-words.js';
import type { Text } from '../contract/text.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { localTime } from './local-time.js';

const WORDS = {
  rate: {
    ja: 'rate の起動時刻は、AWS ではルールの作成時刻から数えます。ここでは現在時刻から数えています。',
    en: "AWS counts a rate from the rule's creation. Here it is counted from now.",
  },
} as const satisfies Record<string, Text>;

/** What is wrong with the expression of `arv schedule next`; a schedule that is over is a problem too. */
export function expressionProblems(expression: string, now: Date): Problem[] {
  const parsed = parseSchedule(expression, now);
  if ('schedule' in parsed) return [];
  return parsed.problems.map((accepts) => ({ kind: 'schedule', option: 'schedule next', accepts }));
}

interface Wanted {
  /** Without problems. */
  readonly expression: string;
  readonly count: number;
}

/** `arv schedule next`: when a rule with this expression fires, in UTC and in the time zone. No call to AWS. */
export function scheduleCommand(config: Config, { expression, count }: Wanted, host: Host): CommandResult {
  const { lang, timeZone } = config;
  const now = host.clock.now();
  const parsed = parseSchedule(expression);
  if ('problems' in parsed) throw new Error(`the expression was not checked: ${expression}`);
  const { schedule } = parsed;
  const firings = nextFirings(schedule, now, count).map((at) => ({
    utc: `${at.toISOString().slice(0, 19)}Z`,
    local: localTime(timeZone, at),
  }));
  const description = describeSchedule(schedule, lang);
  const note = schedule.kind === 'rate' ? { note: WORDS.rate[lang] } : {};
  const document = { expression, description, ...note, time_zone: timeZone, firings };
  if (config.output === 'json') return { exitCode: 0, stdout: json(document, host.stdoutIsTerminal) };
  const table = new Table({ head: ['UTC', timeZone], style: { head: [], border: [], compact: true } });
  for (const { utc, local } of firings) table.push([utc, local]);
  return { exitCode: 0, stdout: `${[description, ...Object.values(note), table.toString()].join('\n')}\n` };
}
