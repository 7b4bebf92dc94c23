import type { DayRule, RateUnit } from './schedule-model.js';
import type { Lang } from './text.js';

/** The times of a day in the form that says most in few words. */
export type Time =
  | { readonly kind: 'minutes'; readonly every: number }
  /** At these minutes of every hour. */
  | { readonly kind: 'hourly'; readonly minutes: readonly number[] }
  | { readonly kind: 'listed'; readonly times: readonly string[] }
  | { readonly kind: 'hours'; readonly every: number; readonly from: string }
  /** Every hour from the one to the other. */
  | { readonly kind: 'span'; readonly from: string; readonly to: string }
  /** Within these hours, at these minutes or every so many. */
  | { readonly kind: 'within'; readonly hours: readonly number[]; readonly minutes: readonly number[] | number };

type Days = DayRule | { readonly kind: 'every' };
type Numbers = readonly number[];

interface Phrases {
  rate(value: number, unit: RateUnit): string;
  /** `months`: null is every one. */
  day(rule: Days, months: Numbers | null): string;
  /** `day`: what is empty is not said. */
  sentence(day: string, time: Time, years: Numbers | null): string;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const COUNTS = ['first', 'second', 'third', 'fourth', 'fifth'];
const YOUBI = '日月火水木金土';

const english: Phrases = {
  rate: (value, unit) => (value === 1 ? `every ${unit}` : `every ${value} ${unit}s`),
  day(rule, months) {
    const weekday = (day: number) => WEEKDAYS[day - 1] ?? '';
    const month = and(runs(months ?? [], (value) => MONTHS[value - 1] ?? '', ' to '));
    const on = (what: string) => `on the ${what} of ${months === null ? 'every month' : month}`;
    const every = (what: string) => `every ${what}${months === null ? '' : ` in ${month}`}`;
    switch (rule.kind) {
      case 'every':
        return every('day');
      case 'weekdays':
        return every(and(runs(rule.weekdays, weekday, ' to ')));
      case 'dates':
        return on(and(runs(rule.dates, ordinal, ' to ')));
      case 'last':
        return on('last day');
      case 'lastWorkday':
        return on('last day from Monday to Friday');
      case 'nearestWorkday':
        return on(`day from Monday to Friday nearest to the ${ordinal(rule.date)}`);
      case 'nth':
        return on(`${COUNTS[rule.nth - 1]} ${weekday(rule.weekday)}`);
      case 'lastOf':
        return on(`last ${weekday(rule.weekday)}`);
    }
  },
  sentence(day, time, years) {
    const until = years === null ? '' : `, in ${and(runs(years, String, ' to '))}`;
    if (time.kind === 'listed') return `${day} at ${and(time.times)} UTC${until}`;
    const zone = time.kind === 'minutes' || time.kind === 'hourly' ? ' (UTC)' : '';
    return `${englishTime(time)}${day === '' ? '' : `, ${day}${zone}`}${until}`;
  },
};

function englishTime(time: Exclude<Time, { kind: 'listed' }>): string {
  const at = (minutes: Numbers) => `at minute${minutes.length === 1 ? '' : 's'} ${and(runs(minutes, String, ' to '))}`;
  const everyMinutes = (count: number) => (count === 1 ? 'every minute' : `every ${count} minutes`);
  switch (time.kind) {
    case 'minutes':
      return everyMinutes(time.every);
    case 'hourly':
      return `every hour ${at(time.minutes)}`;
    case 'hours':
      return `every ${time.every} hours from ${time.from} UTC`;
    case 'span':
      return `every hour from ${time.from} to ${time.to} UTC`;
    case 'within': {
      const { hours, minutes } = time;
      const within = `of the hour${hours.length === 1 ? '' : 's'} ${and(runs(hours, String, ' to '))} UTC`;
      return `${typeof minutes === 'number' ? everyMinutes(minutes) : at(minutes)} ${within}`;
    }
  }
}

const UNITS = { minute: '分', hour: '時間', day: '日' } as const;

const japanese: Phrases = {
  rate: (value, unit) => `${value} ${UNITS[unit]}ごと`,
  day(rule, months) {
    const weekdays = (days: Numbers) => `${runs(days, (day) => YOUBI[day - 1] ?? '', '〜').join('・')}曜日`;
    const month = months === null ? '毎月' : `毎年 ${runs(months, String, '〜').join('・')} 月の`;
    const often = (what: string) => `${months === null ? '毎' : `${month}毎`}${what}`;
    switch (rule.kind) {
      case 'every':
        return often('日');
      case 'weekdays':
        return often(`週 ${weekdays(rule.weekdays)}`);
      case 'dates':
        return `${month} ${runs(rule.dates, String, '〜').join('・')} 日`;
      case 'last':
        return `${month} 末日`;
      case 'lastWorkday':
        return `${month} 最後の平日（月〜金）`;
      case 'nearestWorkday':
        return `${month} ${rule.date} 日に最も近い平日（月〜金）`;
      case 'nth':
        return `${month} 第 ${rule.nth} ${weekdays([rule.weekday])}`;
      case 'lastOf':
        return `${month} 最終${weekdays([rule.weekday])}`;
    }
  },
  sentence(day, time, years) {
    const until = years === null ? '' : `、${runs(years, String, '〜').join('・')} 年のみ`;
    if (time.kind === 'listed') return `${day} ${time.times.join('・')} (UTC)${until}`;
    return `${day === '' ? '' : `${day} `}${japaneseTime(time)} (UTC)${until}`;
  },
};

function japaneseTime(time: Exclude<Time, { kind: 'listed' }>): string {
  const at = (minutes: Numbers) => `${runs(minutes, String, '〜').join('・')} 分`;
  switch (time.kind) {
    case 'minutes':
      return time.every === 1 ? '毎分' : `${time.every} 分ごと`;
    case 'hourly':
      return `毎時 ${at(time.minutes)}`;
    case 'hours':
      return `${time.from} から ${time.every} 時間ごと`;
    case 'span':
      return `${time.from}〜${time.to} の 1 時間ごと`;
    case 'within': {
      const { hours, minutes } = time;
      const within = typeof minutes === 'number' ? japaneseTime({ kind: 'minutes', every: minutes }) : at(minutes);
      return `${runs(hours, String, '〜').join('・')} 時台の ${within}`;
    }
  }
}

export const LANGUAGES: Readonly<Record<Lang, Phrases>> = { en: english, ja: japanese };

/** Three values or more in a row become one part, from the first to the last. */
function runs(values: Numbers, show: (value: number) => string, to: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const [index, value] of values.entries()) {
    if (values[index + 1] === value + 1) continue;
    const run = values.slice(start, index + 1);
    if (run.length < 3) parts.push(...run.map(show));
    else parts.push(`${show(run[0] ?? value)}${to}${show(value)}`);
    start = index + 1;
  }
  return parts;
}

function and(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function ordinal(value: number): string {
  const ending = value > 10 && value < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}
