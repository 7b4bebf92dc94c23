import type { Text } from './text.js';

/** A schedule expression of an EventBridge rule, understood. Plain data; times are UTC. */
export type Schedule = CronSchedule | RateSchedule;

export interface RateSchedule {
  readonly kind: 'rate';
  readonly value: number;
  readonly unit: RateUnit;
}

export const RATE_UNITS = ['minute', 'hour', 'day'] as const;
export type RateUnit = (typeof RATE_UNITS)[number];

/** It fires at each of the minutes of each of the hours of each day that the other three name. Lists are sorted. */
export interface CronSchedule {
  readonly kind: 'cron';
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DayRule;
  /** 1 to 12. */
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** Which days of a month. A weekday is a number from 1 (Sunday) to 7 (Saturday), as AWS counts. */
export type DayRule =
  /** Days of the month; one that a month does not have is left out there. */
  | { readonly kind: 'dates'; readonly dates: readonly number[] }
  | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }
  /** `L`: the last day of the month. */
  | { readonly kind: 'last' }
  /** `LW`: the last day from Monday to Friday. */
  | { readonly kind: 'lastWorkday' }
  /** `15W`: the day from Monday to Friday nearest to that date, in the same month. */
  | { readonly kind: 'nearestWorkday'; readonly date: number }
  /** `3#2`: the second Tuesday. */
  | { readonly kind: 'nth'; readonly weekday: number; readonly nth: number }
  /** `6L`: the last Friday. */
  | { readonly kind: 'lastOf'; readonly weekday: number };

export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;

export interface CronField {
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names: readonly string[];
  /** Whether a range may go over the end, as `22-2` of the hours does. */
  readonly wraps: boolean;
  /** The largest step behind a `/`; null: AWS takes none. */
  readonly largestStep: number | null;
  /** Values that are no part of a list. */
  readonly alone: RegExp;
  readonly label: Text;
  /** For the message about a value that is not accepted. */
  readonly accepts: Text;
}

const LISTS: Text = { ja: 'リスト（a,b）、範囲（a-b）', en: 'lists (a,b), ranges (a-b)' };
const STEPPED: Text = { ja: `${LISTS.ja}、間隔（a/n）、*`, en: `${LISTS.en}, steps (a/n), *` };

/** The fields of a cron expression in their order. Source: EventBridge User Guide, "Cron expressions reference". */
export const CRON_FIELDS = {
  minutes: {
    ...{ min: 0, max: 59, names: [], wraps: true, largestStep: 59, alone: /^\*$/ },
    label: { ja: '分', en: 'minutes' },
    accepts: { ja: `0〜59、${STEPPED.ja}`, en: `0 to 59, ${STEPPED.en}` },
  },
  hours: {
    ...{ min: 0, max: 23, names: [], wraps: true, largestStep: 23, alone: /^\*$/ },
    label: { ja: '時', en: 'hours' },
    accepts: { ja: `0〜23、${STEPPED.ja}`, en: `0 to 23, ${STEPPED.en}` },
  },
  dates: {
    ...{ min: 1, max: 31, names: [], wraps: true, largestStep: 31, alone: /^(\*|\?|LW?|\d+W)$/ },
    label: { ja: '日', en: 'day-of-month' },
    accepts: { ja: `1〜31、${STEPPED.ja}、?、L、LW、15W`, en: `1 to 31, ${STEPPED.en}, ?, L, LW, 15W` },
  },
  months: {
    ...{ min: 1, max: 12, wraps: true, largestStep: 12, alone: /^\*$/ },
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
    label: { ja: '月', en: 'month' },
    accepts: { ja: `1〜12 または JAN〜DEC、${STEPPED.ja}`, en: `1 to 12 or JAN to DEC, ${STEPPED.en}` },
  },
  weekdays: {
    ...{ min: 1, max: 7, wraps: true, largestStep: null, alone: /^(\*|\?|\w*L|\w+#\d+)$/ },
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
    label: { ja: '曜日', en: 'day-of-week' },
    accepts: {
      ja: `1（日曜日）〜7（土曜日）または SUN〜SAT、${LISTS.ja}、*、?、L、6L、3#2`,
      en: `1 (Sunday) to 7 (Saturday) or SUN to SAT, ${LISTS.en}, *, ?, L, 6L, 3#2`,
    },
  },
  years: {
    ...{ min: FIRST_YEAR, max: LAST_YEAR, names: [], wraps: false, alone: /^\*$/ },
    largestStep: LAST_YEAR - FIRST_YEAR,
    label: { ja: '年', en: 'year' },
    accepts: {
      ja: `${FIRST_YEAR}〜${LAST_YEAR}、${STEPPED.ja}`,
      en: `${FIRST_YEAR} to ${LAST_YEAR}, ${STEPPED.en}`,
    },
  },
} as const satisfies Record<string, CronField>;
