import {
  type CronSchedule,
  type DayRule,
  FIRST_YEAR,
  LAST_YEAR,
  type RateSchedule,
  type Schedule,
} from './schedule-model.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const UNIT_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

/**
 * The next `count` firings after `from`, in UTC; fewer where the years end before (2199 is the last one). Of a rate,
 * they are counted from `from`: AWS counts from when the rule was created, which the expression does not tell.
 */
export function nextFirings(schedule: Schedule, from: Date, count: number): Date[] {
  const firings: Date[] = [];
  if (count < 1) return firings;
  for (const at of schedule.kind === 'rate' ? rateFirings(schedule, from) : cronFirings(schedule, from)) {
    firings.push(new Date(at));
    if (firings.length >= count) break;
  }
  return firings;
}

/**
 * The longest time between two firings, in hours; null where there are fewer than two. All firings from 1970 to 2199
 * are looked at, so the answer depends on nothing but the schedule: one for 29 February has eight years, from 2096 to
 * 2104.
 */
export function longestGapHours(schedule: Schedule): number | null {
  if (schedule.kind === 'rate') return (schedule.value * UNIT_MS[schedule.unit]) / HOUR_MS;
  const times = timesOfDay(schedule);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  let longest = 0;
  for (const [index, time] of times.entries()) longest = Math.max(longest, time - (times[index - 1] ?? time));
  let before: number | null = null;
  for (const day of firingDays(schedule, FIRST_YEAR)) {
    if (before !== null) longest = Math.max(longest, day + first - (before + last));
    before = day;
  }
  return longest === 0 ? null : longest / HOUR_MS;
}

function* rateFirings({ value, unit }: RateSchedule, from: Date): Generator<number> {
  const end = Date.UTC(LAST_YEAR + 1, 0);
  for (let at = from.getTime() + value * UNIT_MS[unit]; at < end; at += value * UNIT_MS[unit]) yield at;
}

function* cronFirings(schedule: CronSchedule, from: Date): Generator<number> {
  const times = timesOfDay(schedule);
  for (const day of firingDays(schedule, from.getUTCFullYear())) {
    for (const time of times) if (day + time > from.getTime()) yield day + time;
  }
}

/** Milliseconds after midnight, in order. */
function timesOfDay({ hours, minutes }: CronSchedule): number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * HOUR_MS + minute * MINUTE_MS));
}

/** Midnight of each day on which it fires, in order. */
function* firingDays({ years, months, days }: CronSchedule, firstYear: number): Generator<number> {
  for (const year of years) {
    if (year < firstYear) continue;
    for (const month of months) for (const date of datesOf(days, year, month)) yield Date.UTC(year, month - 1, date);
  }
}

/** Days of one month, in order. */
function datesOf(rule: DayRule, year: number, month: number): readonly number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  switch (rule.kind) {
    case 'dates':
      return rule.dates.filter((date) => date <= length);
    case 'last':
      return [length];
    case 'lastWorkday':
      return [nearestWorkday(year, month, length, length)];
    case 'nearestWorkday':
      return rule.date > length ? [] : [nearestWorkday(year, month, rule.date, length)];
    default:
      return datesByWeekday(rule, weekdayOf(year, month, 1), length);
  }
}

type WeekdayRule = Extract<DayRule, { readonly kind: 'weekdays' | 'nth' | 'lastOf' }>;

/** `first` is the weekday of the month's first day. */
function datesByWeekday(rule: WeekdayRule, first: number, length: number): readonly number[] {
  const datesWith = (isWanted: (weekday: number) => boolean) =>
    Array.from({ length }, (_, index) => index + 1).filter((date) => isWanted(((first + date - 2) % 7) + 1));
  if (rule.kind === 'weekdays') return datesWith((weekday) => rule.weekdays.includes(weekday));
  const dates = datesWith((weekday) => weekday === rule.weekday);
  return rule.kind === 'lastOf' ? dates.slice(-1) : dates.slice(rule.nth - 1, rule.nth);
}

/** A Saturday gives way to Friday and a Sunday to Monday, but never into another month. */
function nearestWorkday(year: number, month: number, date: number, length: number): number {
  const weekday = weekdayOf(year, month, date);
  if (weekday === 7) return date === 1 ? 3 : date - 1;
  if (weekday === 1) return date === length ? date - 2 : date + 1;
  return date;
}

function weekdayOf(year: number, month: number, date: number): number {
  return new Date(Date.UTC(year, month - 1, date)).getUTCDay() + 1;
}
