import { type CronSchedule, type DayRule, FIRST_YEAR, LAST_YEAR, type Schedule } from './schedule-model.js';
import { LANGUAGES, type Time } from './schedule-phrases.js';
import type { Lang } from './text.js';

/** When it fires, in the words of a person: `every day at 17:00 UTC`, `毎日 17:00 (UTC)`. */
export function describeSchedule(schedule: Schedule, lang: Lang): string {
  const words = LANGUAGES[lang];
  if (schedule.kind === 'rate') return words.rate(schedule.value, schedule.unit);
  const { years } = schedule;
  const everyYear = years.length === LAST_YEAR - FIRST_YEAR + 1;
  const months = schedule.months.length === 12 ? null : schedule.months;
  const days = everyDay(schedule.days);
  const time = timeOf(schedule);
  // Beside `every 15 minutes` it goes without saying.
  const daily = days.kind === 'every' && months === null && everyYear && goesRound(time);
  return words.sentence(daily ? '' : words.day(days, months), time, everyYear ? null : years);
}

function goesRound({ kind }: Time): boolean {
  return kind === 'minutes' || kind === 'hourly' || kind === 'hours';
}

/** Every day is a rule of its own, however it is written. */
function everyDay(rule: DayRule): DayRule | { readonly kind: 'every' } {
  const all =
    (rule.kind === 'dates' && rule.dates.length === 31) || (rule.kind === 'weekdays' && rule.weekdays.length === 7);
  return all ? { kind: 'every' } : rule;
}

/** At so many times of a day, they are listed. */
const MOST_LISTED = 6;

function timeOf({ minutes, hours }: CronSchedule): Time {
  const [minute = 0, hour = 0] = [minutes[0], hours[0]];
  const everyMinutes = minute === 0 ? spacing(minutes, 60) : null;
  if (hours.length === 24) {
    return everyMinutes === null ? { kind: 'hourly', minutes } : { kind: 'minutes', every: everyMinutes };
  }
  if (hours.length * minutes.length <= MOST_LISTED) {
    return { kind: 'listed', times: hours.flatMap((h) => minutes.map((m) => clock(h, m))) };
  }
  const everyHours = spacing(hours, 24);
  if (minutes.length === 1 && everyHours !== null) {
    return { kind: 'hours', every: everyHours, from: clock(hour, minute) };
  }
  if (minutes.length === 1 && hours.length === (hours.at(-1) ?? 0) - hour + 1) {
    return { kind: 'span', from: clock(hour, minute), to: clock(hours.at(-1) ?? 0, minute) };
  }
  return { kind: 'within', hours, minutes: everyMinutes ?? minutes };
}

/** The step that the values go round with, and that divides the whole; null: they have none. */
function spacing(values: readonly number[], whole: number): number | null {
  const step = whole / values.length;
  return values.length > 1 && values.every((value, index) => value === (values[0] ?? 0) + index * step) ? step : null;
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
