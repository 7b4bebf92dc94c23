import { CRON_FIELDS, type CronField, type CronSchedule, type DayRule } from './schedule-model.js';
import { problem } from './schedule-problems.js';
import type { Text } from './text.js';

/** What stands between the brackets of `cron(…)`, or every problem with it. */
export function parseCron(text: string): CronSchedule | readonly Text[] {
  const fields = text.split(/[ \t]+/);
  if (fields.length !== 6) return [problem('fields', { count: fields.length })];
  const [minutes = '', hours = '', dates = '', months = '', weekdays = '', years = ''] = fields;
  const problems: Text[] = [];
  const values = (field: CronField, value: string) => readValues(field, value, problems);
  const schedule = {
    kind: 'cron' as const,
    minutes: values(CRON_FIELDS.minutes, minutes),
    hours: values(CRON_FIELDS.hours, hours),
    days: readDays(dates, weekdays, problems),
    months: values(CRON_FIELDS.months, months),
    years: values(CRON_FIELDS.years, years),
  };
  return problems.length > 0 ? problems : schedule;
}

/** AWS refuses an expression that names both, or neither, with any other text than `?`. */
function readDays(dates: string, weekdays: string, problems: Text[]): DayRule {
  if ((dates === '?') === (weekdays === '?')) problems.push(problem('oneDay', { dates, weekdays }));
  const byDate = dates === '?' ? null : readDates(dates, problems);
  const byWeekday = weekdays === '?' ? null : readWeekdays(weekdays, problems);
  return byDate ?? byWeekday ?? { kind: 'dates', dates: [] };
}

function readDates(text: string, problems: Text[]): DayRule {
  if (text === 'L') return { kind: 'last' };
  if (text === 'LW') return { kind: 'lastWorkday' };
  const date = numberOf(CRON_FIELDS.dates, /^(\d+)W$/.exec(text)?.[1]);
  if (date !== null) return { kind: 'nearestWorkday', date };
  return { kind: 'dates', dates: readValues(CRON_FIELDS.dates, text, problems) };
}

function readWeekdays(text: string, problems: Text[]): DayRule {
  // "The last day of the week".
  if (text === 'L') return { kind: 'weekdays', weekdays: [CRON_FIELDS.weekdays.max] };
  const [, day, nth] = /^(\w+)(?:L|#([1-5]))$/.exec(text) ?? [];
  const weekday = numberOf(CRON_FIELDS.weekdays, day);
  if (weekday !== null)
    return nth === undefined ? { kind: 'lastOf', weekday } : { kind: 'nth', weekday, nth: Number(nth) };
  return { kind: 'weekdays', weekdays: readValues(CRON_FIELDS.weekdays, text, problems) };
}

/** A list of values, ranges and steps as the values that it names. */
function readValues(field: CronField, text: string, problems: Text[]): readonly number[] {
  const values = new Set<number>();
  const parts = text.split(',');
  for (const part of parts) {
    const read = parts.length > 1 && field.alone.test(part) ? tell(field, 'alone', part) : readPart(field, part);
    if ('en' in read) problems.push(read);
    else for (const value of read) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** `5`, `*`, or `1-5`, with or without a step behind it. */
function readPart(field: CronField, part: string): readonly number[] | Text {
  const [, star, first, last, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\w+))?$/.exec(part) ?? [];
  const from = star === undefined ? numberOf(field, first) : field.min;
  const open = star !== undefined || (last === undefined && step !== undefined);
  const to = open ? field.max : numberOf(field, last ?? first);
  if (from === null || to === null) return tell(field, 'value', part);
  if (to < from && !field.wraps) return tell(field, 'backward', part);
  if (step === undefined) return every(field, from, to, 1);
  if (field.largestStep === null) return tell(field, 'noStep', part);
  const size = /^\d{1,3}$/.test(step) ? Number(step) : 0;
  return size < 1 || size > field.largestStep ? tell(field, 'step', part) : every(field, from, to, size);
}

/** From one value to the other, over the end of the field where it is the smaller one. */
function every({ min, max }: CronField, from: number, to: number, step: number): number[] {
  const size = max - min + 1;
  const length = (to - from + size) % size;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, at) => min + ((from - min + at * step) % size));
}

/** A number or a name as the value that it stands for; null: the field has none such. */
function numberOf({ min, max, names }: CronField, text: string | undefined): number | null {
  if (text === undefined) return null;
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return min + named;
  const value = /^\d+$/.test(text) && text.length <= String(max).length ? Number(text) : -1;
  return value >= min && value <= max ? value : null;
}

function tell(field: CronField, kind: 'alone' | 'value' | 'backward' | 'noStep' | 'step', value: string): Text {
  const { label, accepts, largestStep } = field;
  return problem(kind, { field: label, value, accepts, largest: largestStep ?? 0 });
}
