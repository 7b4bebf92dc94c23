import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../batch/contract/schedule.js';
import { longestGapHours, nextFirings } from '../../batch/contract/schedule-times.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function scheduleOf(expression: string) {
  const parsed = parseSchedule(expression);
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ en }) => en).join('\n'));
  return parsed.schedule;
}

function next(expression: string, from: string, count = 5): string {
  const firings = nextFirings(scheduleOf(expression), new Date(from), count);
  return firings.map((at) => at.toISOString().replace(/:00\.000Z$/, '')).join(' ');
}

describe('the next firings of', () => {
  // As aws-cron-parser 1.1.12 computes them, but for those below, which it gets wrong or does not take.
  // biome-ignore format: a table
  it.each([
    ['cron(0 17 * * ? *)', '2027-12-30T17:00 2027-12-31T17:00 2028-01-01T17:00 2028-01-02T17:00 2028-01-03T17:00'],
    ['cron(0 17 ? * MON-FRI *)', '2027-12-30T17:00 2027-12-31T17:00 2028-01-03T17:00 2028-01-04T17:00 2028-01-05T17:00'],
    ['cron(0/15 * * * ? *)', '2027-12-30T10:15 2027-12-30T10:30 2027-12-30T10:45 2027-12-30T11:00 2027-12-30T11:15'],
    ['cron(7/20 8-9 ? * 1,7 *)', '2028-01-01T08:07 2028-01-01T08:27 2028-01-01T08:47 2028-01-01T09:07 2028-01-01T09:27'],
    ['cron(0 0 L * ? *)', '2027-12-31T00:00 2028-01-31T00:00 2028-02-29T00:00 2028-03-31T00:00 2028-04-30T00:00'],
    ['cron(0 6 15W * ? *)', '2028-01-14T06:00 2028-02-15T06:00 2028-03-15T06:00 2028-04-14T06:00 2028-05-15T06:00'],
    ['cron(0 6 1W * ? *)', '2028-01-03T06:00 2028-02-01T06:00 2028-03-01T06:00 2028-04-03T06:00 2028-05-01T06:00'],
    ['cron(0 9 ? * 2#5 *)', '2028-01-31T09:00 2028-05-29T09:00 2028-07-31T09:00 2028-10-30T09:00 2029-01-29T09:00'],
    ['cron(0 9 ? * 3#2 *)', '2028-01-11T09:00 2028-02-08T09:00 2028-03-14T09:00 2028-04-11T09:00 2028-05-09T09:00'],
    ['cron(15 10 ? * 6L *)', '2027-12-31T10:15 2028-01-28T10:15 2028-02-25T10:15 2028-03-31T10:15 2028-04-28T10:15'],
    ['cron(0 12 1-31/15 */3 ? *)', '2028-01-01T12:00 2028-01-16T12:00 2028-01-31T12:00 2028-04-01T12:00 2028-04-16T12:00'],
    ['cron(0 0 1 1 ? 2030-2199/5)', '2030-01-01T00:00 2035-01-01T00:00 2040-01-01T00:00 2045-01-01T00:00 2050-01-01T00:00'],
    ['cron(59 23 31 12 ? 2198,2199)', '2198-12-31T23:59 2199-12-31T23:59'],
    ['cron(10,50 0,12 ? JAN,JUL WED *)', '2028-01-05T00:10 2028-01-05T00:50 2028-01-05T12:10 2028-01-05T12:50 2028-01-12T00:10'],
    // From the calendar.
    ['cron(0 0 29 2 ? *)', '2028-02-29T00:00 2032-02-29T00:00 2036-02-29T00:00 2040-02-29T00:00 2044-02-29T00:00'],
    ['cron(0 0 29 2 ? 2096-2199)', '2096-02-29T00:00 2104-02-29T00:00 2108-02-29T00:00 2112-02-29T00:00 2116-02-29T00:00'],
    ['cron(30 23 31 * ? *)', '2027-12-31T23:30 2028-01-31T23:30 2028-03-31T23:30 2028-05-31T23:30 2028-07-31T23:30'],
    ['cron(0 6 31W * ? *)', '2027-12-31T06:00 2028-01-31T06:00 2028-03-31T06:00 2028-05-31T06:00 2028-07-31T06:00'],
    ['cron(0 6 30W * ? 2028)', '2028-01-31T06:00 2028-03-30T06:00 2028-04-28T06:00 2028-05-30T06:00 2028-06-30T06:00'],
    ['cron(0 6 LW * ? *)', '2027-12-31T06:00 2028-01-31T06:00 2028-02-29T06:00 2028-03-31T06:00 2028-04-28T06:00'],
    ['cron(0 0 ? * L *)', '2028-01-01T00:00 2028-01-08T00:00 2028-01-15T00:00 2028-01-22T00:00 2028-01-29T00:00'],
    ['cron(0 20-2/3 ? * FRI-MON *)', '2027-12-31T02:00 2027-12-31T20:00 2027-12-31T23:00 2028-01-01T02:00 2028-01-01T20:00'],
    ['cron(0 0 ? 2 3#5 *)', '2028-02-29T00:00 2056-02-29T00:00 2084-02-29T00:00 2124-02-29T00:00 2152-02-29T00:00'],
  ])('%s', (expression, expected) => {
    expect(next(expression, '2027-12-30T10:07:00Z')).toBe(expected);
  });

  it('a schedule that is due now: the one after this', () => {
    expect(next('cron(0 17 * * ? *)', '2028-01-01T17:00:00Z', 1)).toBe('2028-01-02T17:00');
    expect(next('cron(0 17 * * ? *)', '2028-01-01T16:59:59.999Z', 1)).toBe('2028-01-01T17:00');
  });

  it('a rate: counted from the given time, to the end of 2199', () => {
    expect(next('rate(90 minutes)', '2028-02-28T22:30:00Z', 3)).toBe(
      '2028-02-29T00:00 2028-02-29T01:30 2028-02-29T03:00',
    );
    expect(next('rate(1 day)', '2199-12-29T12:00:00Z')).toBe('2199-12-30T12:00 2199-12-31T12:00');
  });

  it('none, when none is asked for', () => {
    expect(next('rate(1 day)', '2028-01-01T00:00:00Z', 0)).toBe('');
  });
});

interface Field {
  readonly text: string;
  readonly has: (value: number) => boolean;
}
interface DayField {
  readonly text: string;
  readonly has: (day: Date) => boolean;
}

/** A field by its words and, apart from them, by what it means. */
function field(min: number, max: number, wraps: boolean, largestStep: number): fc.Arbitrary<Field> {
  const value = fc.integer({ min, max });
  const inRange = (from: number, to: number) => (v: number) =>
    from <= to ? from <= v && v <= to : v >= from || v <= to;
  const behind = (from: number, v: number) => (v - from + max - min + 1) % (max - min + 1);
  const one = fc.oneof(
    value.map((v): Field => ({ text: `${v}`, has: (x) => x === v })),
    fc
      .tuple(value, value)
      .filter(([from, to]) => wraps || from <= to)
      .map(([from, to]): Field => ({ text: `${from}-${to}`, has: inRange(from, to) })),
    ...(largestStep === 0
      ? []
      : [
          fc
            .tuple(value, value, fc.integer({ min: 1, max: largestStep }))
            .filter(([from, to]) => wraps || from <= to)
            .map(
              ([from, to, n]): Field => ({
                text: `${from}-${to}/${n}`,
                has: (x) => inRange(from, to)(x) && behind(from, x) % n === 0,
              }),
            ),
          fc
            .tuple(value, fc.integer({ min: 1, max: largestStep }))
            .map(([from, n]): Field => ({ text: `${from}/${n}`, has: (x) => x >= from && (x - from) % n === 0 })),
        ]),
  );
  const list = fc.array(one, { minLength: 1, maxLength: 3 }).map(
    (parts): Field => ({
      text: parts.map(({ text }) => text).join(','),
      has: (x) => parts.some(({ has }) => has(x)),
    }),
  );
  return fc.oneof(fc.constant<Field>({ text: '*', has: () => true }), list);
}

const later = (day: Date, days: number) => new Date(day.getTime() + days * DAY_MS);
const sameMonth = (a: Date, b: Date) => a.getUTCMonth() === b.getUTCMonth();
const isWorkday = (day: Date) => day.getUTCDay() % 6 !== 0;
const awsWeekday = (day: Date) => day.getUTCDay() + 1;
/** The workday of this month that is the fewest days away from the date; the date must be there. */
const isNearest = (day: Date, date: number) => {
  const wanted = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date));
  const near = [0, -1, 1, -2, 2].map((days) => later(wanted, days)).find((d) => isWorkday(d) && sameMonth(d, wanted));
  return sameMonth(wanted, day) && near?.getTime() === day.getTime();
};

const DATES: fc.Arbitrary<DayField> = fc.oneof(
  field(1, 31, true, 31).map(({ text, has }): DayField => ({ text, has: (day) => has(day.getUTCDate()) })),
  fc.constant<DayField>({ text: 'L', has: (day) => !sameMonth(day, later(day, 1)) }),
  fc.constant<DayField>({
    text: 'LW',
    has: (day) => isWorkday(day) && [1, 2, 3].every((n) => !sameMonth(day, later(day, n)) || !isWorkday(later(day, n))),
  }),
  fc.integer({ min: 1, max: 31 }).map((date): DayField => ({ text: `${date}W`, has: (day) => isNearest(day, date) })),
);
const WEEKDAYS: fc.Arbitrary<DayField> = fc.oneof(
  field(1, 7, true, 0).map(({ text, has }): DayField => ({ text, has: (day) => has(awsWeekday(day)) })),
  fc.constant<DayField>({ text: 'L', has: (day) => awsWeekday(day) === 7 }),
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 })).map(
    ([weekday, nth]): DayField => ({
      text: `${weekday}#${nth}`,
      has: (day) => awsWeekday(day) === weekday && Math.ceil(day.getUTCDate() / 7) === nth,
    }),
  ),
  fc.integer({ min: 1, max: 7 }).map(
    (weekday): DayField => ({
      text: `${weekday}L`,
      has: (day) => awsWeekday(day) === weekday && !sameMonth(day, later(day, 7)),
    }),
  ),
);

const CRONS = fc.record({
  minutes: field(0, 59, true, 59),
  hours: field(0, 23, true, 23),
  months: field(1, 12, true, 12),
  days: fc.oneof(
    DATES.map((days) => ({ ...days, text: [days.text, '?'] })),
    WEEKDAYS.map((days) => ({ ...days, text: ['?', days.text] })),
  ),
});

type Cron = typeof CRONS extends fc.Arbitrary<infer T> ? T : never;

/** Every minute of these years is asked, beginning with the one after `from`. */
function byTheMinute({ minutes, hours, months, days }: Cron, from: Date, until: Date): number[] {
  const found: number[] = [];
  for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS; day < until.getTime(); day += DAY_MS) {
    const date = new Date(day);
    if (!months.has(date.getUTCMonth() + 1) || !days.has(date)) continue;
    for (let minute = 0; minute < 1440 && found.length < 2000; minute += 1) {
      const at = day + minute * MINUTE_MS;
      if (at > from.getTime() && hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) found.push(at);
    }
  }
  return found;
}

it('any cron expression fires at just the minutes that its words mean', () => {
  const from = fc.date({
    min: new Date('2023-06-01T00:00:00Z'),
    max: new Date('2028-06-01T00:00:00Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(CRONS, from, (cron, start) => {
      const [dates, weekdays] = cron.days.text;
      const text = `cron(${cron.minutes.text} ${cron.hours.text} ${dates} ${cron.months.text} ${weekdays} *)`;
      const until = new Date('2029-01-01T00:00:00Z');
      const parsed = parseSchedule(text);
      const expected = byTheMinute(cron, start, until);
      // One that never fires at all has nothing to compare.
      if ('problems' in parsed) {
        expect([expected, parsed.problems.map(({ en }) => en)]).toEqual([[], [expect.stringContaining('never fires')]]);
        return;
      }
      const firings = nextFirings(parsed.schedule, start, 2000).map((at) => at.getTime());
      expect(firings.filter((at) => at < until.getTime())).toEqual(expected);
      const gap = (longestGapHours(parsed.schedule) ?? 0) * 60 * MINUTE_MS;
      for (const [index, at] of firings.entries()) {
        expect(at - (firings[index - 1] ?? at)).toBeLessThanOrEqual(gap + 1);
      }
    }),
    { numRuns: 200 },
  );
});

describe('the longest gap in hours', () => {
  const DAY = 24;
  it.each<[expression: string, hours: number | null]>([
    ['rate(1 minute)', 1 / 60],
    ['rate(12 hours)', 12],
    ['rate(2 days)', 48],
    ['cron(* * * * ? *)', 1 / 60],
    ['cron(0/15 * * * ? *)', 0.25],
    ['cron(0 17 * * ? *)', DAY],
    ['cron(0 1,9,17 * * ? *)', 8],
    ['cron(30 6,18 * * ? *)', 12],
    ['cron(0 17 ? * MON-FRI *)', 3 * DAY],
    ['cron(0/30 20-2 ? * MON-FRI *)', 48.5],
    ['cron(0 17 ? * SUN *)', 7 * DAY],
    ['cron(0 17 1 * ? *)', 31 * DAY],
    ['cron(0 17 L * ? *)', 31 * DAY],
    // From March to May.
    ['cron(0 17 31 * ? *)', 61 * DAY],
    ['cron(0 17 ? * 2#1 *)', 35 * DAY],
    ['cron(0 17 1 JAN ? *)', 366 * DAY],
    ['cron(0 17 29 2 ? *)', 2921 * DAY],
    ['cron(0 17 1 1 ? 2030,2040)', 3652 * DAY],
    ['cron(0 17 1 1 ? 2030)', null],
    ['cron(0,30 17 1 1 ? 2030)', 0.5],
  ])('%s: %s', (expression, hours) => {
    expect(longestGapHours(scheduleOf(expression))).toBe(hours);
  });
});
