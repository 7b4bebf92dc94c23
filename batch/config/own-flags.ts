import { ENV } from '../contract/environment.js';
import { EXPORT_FORMATS } from '../contract/export-formats.js';
import type { Config } from './config.js';
import { OPTIONS } from './option-table.js';
import type { Problem } from './problems.js';

type Flags = Readonly<Record<string, unknown>>;

/** A span that ends before it begins. */
export function orderProblems({ from, to }: Flags): Problem[] {
  const isDay = (value: unknown) => OPTIONS.targetDate.schema.safeParse(value).success;
  if (!isDay(from) || !isDay(to) || String(from) <= String(to)) return [];
  return [{ kind: 'value', option: '--from', value: from, accepts: `<= ${to} (--to)` }];
}

/** A redrive is a run of the day `--date`, which is refused as that of a run is. */
export function flagsOfRedrive({ date, ...flags }: Flags): Flags {
  return { ...flags, 'target-date': date };
}

/** The problems of a redrive's flags, under the names that were typed. */
export function problemsOfRedrive(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => (problem.option === '--target-date' ? { ...problem, option: '--date' } : problem));
}

/** Without a queue there is nothing to work off. */
export function queueProblems(flags: Flags, { deadLetterQueue }: Config): Problem[] {
  const { accepts } = OPTIONS.deadLetterQueue;
  const missing = flags['from-queue'] === true && deadLetterQueue === null;
  return missing ? [{ kind: 'missing', option: `${ENV.deadLetterQueue} (--from-queue)`, accepts }] : [];
}

/** An export needs a format: what is right for a spreadsheet is wrong for a program. */
export function formatProblems({ format }: Flags): Problem[] {
  return format === undefined ? [{ kind: 'missing', option: '--format', accepts: EXPORT_FORMATS.join(', ') }] : [];
}
