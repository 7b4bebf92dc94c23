import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../batch/contract/schedule.js';
import { CRON_FIELDS } from '../../batch/contract/schedule-model.js';

const NOW = new Date('2026-11-22T03:00:00Z');

function accepted(expression: string) {
  const parsed = parseSchedule(expression, NOW);
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ en }) => en).join('\n'));
  return parsed.schedule;
}

function refused(expression: string, from?: Date): string[] {
  const parsed = parseSchedule(expression, from);
  const problems = 'problems' in parsed ? parsed.problems : [];
  for (const { ja, en } of problems) {
    expect(ja).toMatch(/[ぁ-ん]/);
    expect(ja + en).not.toMatch(/\{\w+\}|undefined/);
  }
  return problems.map(({ en }) => en);
}

const cron = (value: object) => expect.objectContaining({ kind: 'cron', ...value });
const days = (value: object) => cron({ days: value });
const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);

describe('accepted', () => {
  // The first ones are the examples of AWS's own pages, 20-2 included.
  // biome-ignore format: a table
  it.each<[expression: string, schedule: unknown]>([
    ['cron(0 10 * * ? *)', { kind: 'cron', minutes: [0], hours: [10], days: { kind: 'dates', dates: range(1, 31) }, months: range(1, 12), years: range(1970, 2199) }],
    ['cron(15 12 * * ? *)', cron({ minutes: [15], hours: [12] })],
    ['cron(0 18 ? * MON-FRI *)', days({ kind: 'weekdays', weekdays: [2, 3, 4, 5, 6] })],
    ['cron(0 8 1 * ? *)', days({ kind: 'dates', dates: [1] })],
    ['cron(0/15 * * * ? *)', cron({ minutes: [0, 15, 30, 45], hours: range(0, 23) })],
    ['cron(0/5 8-17 ? * MON-FRI *)', cron({ minutes: range(0, 55, 5), hours: range(8, 17) })],
    ['cron(0/30 20-2 ? * MON-FRI *)', cron({ minutes: [0, 30], hours: [0, 1, 2, 20, 21, 22, 23] })],
    ['cron(5,35 14 * * ? *)', cron({ minutes: [5, 35] })],
    ['cron(15 10 ? * 6L 2019-2199)', cron({ days: { kind: 'lastOf', weekday: 6 }, years: range(2019, 2199) })],
    ['cron(1/10 0 * * ? *)', cron({ minutes: [1, 11, 21, 31, 41, 51] })],
    ['cron(0 0 ? * 3#2 *)', days({ kind: 'nth', weekday: 3, nth: 2 })],
    ['cron(0 0 3W * ? *)', days({ kind: 'nearestWorkday', date: 3 })],
    ['cron(0 0 L * ? *)', days({ kind: 'last' })],
    ['cron(0 0 ? * L *)', days({ kind: 'weekdays', weekdays: [7] })],
    ['rate(1 minute)', { kind: 'rate', value: 1, unit: 'minute' }],
    ['rate(5 minutes)', { kind: 'rate', value: 5, unit: 'minute' }],
    ['rate(1 hour)', { kind: 'rate', value: 1, unit: 'hour' }],
    ['rate(5 hours)', { kind: 'rate', value: 5, unit: 'hour' }],
    ['rate(1 day)', { kind: 'rate', value: 1, unit: 'day' }],
    ['rate(365 days)', { kind: 'rate', value: 365, unit: 'day' }],
    // Seen to work on AWS, though it does not document them.
    ['cron(0 0 LW * ? *)', days({ kind: 'lastWorkday' })],
    ['cron(0 0 ? * frI#5 *)', days({ kind: 'nth', weekday: 6, nth: 5 })],
    ['cron(0 0 ? * monL *)', days({ kind: 'lastOf', weekday: 2 })],
    ['cron(0 0 ? JaN,dec wed *)', cron({ months: [1, 12], days: { kind: 'weekdays', weekdays: [4] } })],
    ['cron(0-15/5 8-8 ? * 2,3,7 *)', cron({ minutes: [0, 5, 10, 15], hours: [8] })],
    ['cron(1-31/30 1-1 ? * 1,7 *)', cron({ minutes: [1, 31] })],
    // Lists of anything but what stands alone; numbers with a leading zero; sorted, each once.
    ['cron(45,0-2,*/20 07,1-7/3 1,15-17 2-4,FEB ? 2030,2028-2029)', cron({ minutes: [0, 1, 2, 20, 40, 45], hours: [1, 4, 7], days: { kind: 'dates', dates: [1, 15, 16, 17] }, months: [2, 3, 4], years: [2028, 2029, 2030] })],
    ['cron(0 22-4/3 28-2 NOV-FEB ? *)', cron({ hours: [1, 4, 22], days: { kind: 'dates', dates: [1, 2, 28, 29, 30, 31] }, months: [1, 2, 11, 12] })],
    ['cron(50-9/10 0 ? * FRI-MON *)', cron({ minutes: [0, 50], days: { kind: 'weekdays', weekdays: [1, 2, 6, 7] } })],
    ['cron(59/59 23/23 31/31 12/12 ? 2199)', cron({ minutes: [59], hours: [23], days: { kind: 'dates', dates: [31] }, months: [12], years: [2199] })],
    ['cron(0\t17  * * ? *)', cron({ hours: [17] })],
    ['rate(2 \t days)', { kind: 'rate', value: 2, unit: 'day' }],
  ])('%s', (expression, schedule) => {
    expect(accepted(expression)).toEqual(schedule);
  });
});

const not = (field: keyof typeof CRON_FIELDS, value: string) =>
  `${CRON_FIELDS[field].label.en}: "${value}" is not accepted (accepted: ${CRON_FIELDS[field].accepts.en})`;
const alone = (field: string, value: string) => `${field}: "${value}" cannot be in a list (it must be the only value)`;
const step = (field: string, value: string, largest: number) =>
  `${field}: the step of "${value}" is not accepted (accepted: 1 to ${largest})`;
const oneDay = (dates: string, weekdays: string) =>
  `day-of-month and day-of-week: exactly one of them must be ? (given: "${dates}" and "${weekdays}")`;
const noSteps = (value: string) =>
  `day-of-week: "${value}" is not accepted. AWS takes no steps (/) there; list the days, such as MON,WED,FRI.`;
const fields = (count: number) =>
  `cron has ${count} fields (six are needed, separated by spaces: minutes hours day-of-month month day-of-week year, as in cron(0 17 * * ? *))`;
const form = (value: string) =>
  `${JSON.stringify(value)} is not a schedule expression (accepted: cron(minutes hours day-of-month month day-of-week year) or rate(value unit), such as cron(0 17 * * ? *), rate(1 day))`;
const blank = (value: string) => `"${value}": no space may stand right inside the brackets`;
const noRate = (value: string) =>
  `"${value}" is not accepted (accepted: rate(value unit), such as rate(1 day) or rate(12 hours))`;
const rateValue = (value: string) => `value of rate: "${value}" is not accepted (accepted: a whole number from 1)`;
const rateUnit = (value: string) =>
  `unit of rate: "${value}" is not accepted (accepted: minute, minutes, hour, hours, day, days)`;
const plural = (value: string, right: string) =>
  `unit of rate: "${value}" is not accepted. It is singular for 1 and plural for more: "${right}"`;
const NEVER = 'it never fires: the months and years given do not have that day.';
const OVER = 'it never fires again: all of its times are over. Check the year and the day.';

describe('refused', () => {
  // biome-ignore format: a table
  it.each<[expression: string, ...problems: string[]]>([
    ['', form('')],
    ['0 17 * * ? *', form('0 17 * * ? *')],
    ['0 17 * * *', form('0 17 * * *')],
    ['@daily', form('@daily')],
    ['Cron(0 17 * * ? *)', form('Cron(0 17 * * ? *)')],
    [' cron(0 17 * * ? *)', form(' cron(0 17 * * ? *)')],
    ['cron (0 17 * * ? *)', form('cron (0 17 * * ? *)')],
    ['cron(0 17 * * ? *', form('cron(0 17 * * ? *')],
    ['cron(0 17 * * ? *)\n', form('cron(0 17 * * ? *)\n')],
    ['at(2030-01-01T00:00:00)', '"at(2030-01-01T00:00:00)": at(...) belongs to EventBridge Scheduler, not to rules. For a single time name the year too, as in cron(0 17 1 4 ? 2030).'],
    [`cron(0 ${'1,'.repeat(130)}1 * * ? *)`, 'the expression has 277 characters (256 at most)'],

    ['cron()', fields(1)],
    ['cron(0 17 * * ?)', fields(5)],
    ['cron(0 0 17 * * ? *)', fields(7)],
    ['cron(0\u300017 * * ? *)', fields(5)],
    ['cron( 0 17 * * ? *)', blank('cron( 0 17 * * ? *)')],
    ['cron(0 17 * * ? * )', blank('cron(0 17 * * ? * )')],

    ['cron(60 17 * * ? *)', not('minutes', '60')],
    ['cron(-1 17 * * ? *)', not('minutes', '-1')],
    ['cron(000 17 * * ? *)', not('minutes', '000')],
    ['cron(1.5 17 * * ? *)', not('minutes', '1.5')],
    ['cron(1hour 17 * * ? *)', not('minutes', '1hour')],
    ['cron(0x1 17 * * ? *)', not('minutes', '0x1')],
    ['cron(５ 17 * * ? *)', not('minutes', '５')],
    ['cron(? 17 * * ? *)', not('minutes', '?')],
    ['cron(L 17 * * ? *)', not('minutes', 'L')],
    ['cron(0,60 17 * * ? *)', not('minutes', '60')],
    ['cron(0-60 17 * * ? *)', not('minutes', '0-60')],
    ['cron(1-2-3 17 * * ? *)', not('minutes', '1-2-3')],
    ['cron(*-5 17 * * ? *)', not('minutes', '*-5')],
    ['cron(/5 17 * * ? *)', not('minutes', '/5')],
    ['cron(5/ 17 * * ? *)', not('minutes', '5/')],
    ['cron(0, 17 * * ? *)', not('minutes', '')],
    ['cron(0,,5 17 * * ? *)', not('minutes', '')],
    ['cron(*,5 17 * * ? *)', alone('minutes', '*')],
    ['cron(*/0 17 * * ? *)', step('minutes', '*/0', 59)],
    ['cron(*/60 17 * * ? *)', step('minutes', '*/60', 59)],
    ['cron(0/x 17 * * ? *)', step('minutes', '0/x', 59)],
    ['cron(0 24 * * ? *)', not('hours', '24')],
    ['cron(0 */24 * * ? *)', step('hours', '*/24', 23)],
    ['cron(0 17 0 * ? *)', not('dates', '0')],
    ['cron(0 17 32 * ? *)', not('dates', '32')],
    ['cron(0 17 32W * ? *)', not('dates', '32W')],
    ['cron(0 17 W * ? *)', not('dates', 'W')],
    ['cron(0 17 L-3 * ? *)', not('dates', 'L-3')],
    ['cron(0 17 3L * ? *)', not('dates', '3L')],
    ['cron(0 17 l * ? *)', not('dates', 'l')],
    ['cron(0 17 1-15W * ? *)', not('dates', '1-15W')],
    ['cron(0 17 MON * ? *)', not('dates', 'MON')],
    ['cron(0 17 1,L * ? *)', alone('day-of-month', 'L')],
    ['cron(0 17 LW,1 * ? *)', alone('day-of-month', 'LW')],
    ['cron(0 17 1W,15W * ? *)', alone('day-of-month', '1W'), alone('day-of-month', '15W')],
    ['cron(0 17 ?,1 * ? *)', alone('day-of-month', '?')],
    ['cron(0 17 * 0 ? *)', not('months', '0')],
    ['cron(0 17 * 13 ? *)', not('months', '13')],
    ['cron(0 17 * JANUARY ? *)', not('months', 'JANUARY')],
    ['cron(0 17 * 2/JAN ? *)', step('month', '2/JAN', 12)],
    ['cron(0 17 * ? * *)', oneDay('*', '*'), not('months', '?')],
    ['cron(0 17 ? * 0 *)', not('weekdays', '0')],
    ['cron(0 17 ? * 8 *)', not('weekdays', '8')],
    ['cron(0 17 ? * 1-8 *)', not('weekdays', '1-8')],
    ['cron(0 17 ? * -1 *)', not('weekdays', '-1')],
    ['cron(0 17 ? * MONDAY *)', not('weekdays', 'MONDAY')],
    ['cron(0 17 ? * 3#0 *)', not('weekdays', '3#0')],
    ['cron(0 17 ? * 3#6 *)', not('weekdays', '3#6')],
    ['cron(0 17 ? * 8#1 *)', not('weekdays', '8#1')],
    ['cron(0 17 ? * 8L *)', not('weekdays', '8L')],
    ['cron(0 17 ? * L-2 *)', not('weekdays', 'L-2')],
    ['cron(0 17 ? * 15W *)', not('weekdays', '15W')],
    ['cron(0 17 ? * 3#1,6#3 *)', alone('day-of-week', '3#1'), alone('day-of-week', '6#3')],
    ['cron(0 17 ? * MON,FRIL *)', alone('day-of-week', 'FRIL')],
    ['cron(0 17 ? * */2 *)', noSteps('*/2')],
    ['cron(0 17 ? * MON-FRI/2 *)', noSteps('MON-FRI/2')],
    ['cron(0 17 * * ? 1969)', not('years', '1969')],
    ['cron(0 17 * * ? 2200)', not('years', '2200')],
    ['cron(0 17 * * ? 26)', not('years', '26')],
    ['cron(0 17 * * ? ?)', not('years', '?')],
    ['cron(0 17 * * ? 2030-2028)', 'year: the range "2030-2028" goes backwards (the smaller one comes first)'],
    ['cron(0 17 * * ? 2030/230)', step('year', '2030/230', 229)],

    ['cron(0 17 * * * *)', oneDay('*', '*')],
    ['cron(0 17 1 * 2 *)', oneDay('1', '2')],
    ['cron(0 17 * * MON-FRI *)', oneDay('*', 'MON-FRI')],
    ['cron(0 17 ? * ? *)', oneDay('?', '?')],
    ['cron(99 25 32 13 9 1900)', not('minutes', '99'), not('hours', '25'), oneDay('32', '9'), not('dates', '32'), not('weekdays', '9'), not('months', '13'), not('years', '1900')],

    ['cron(0 17 30 2 ? *)', NEVER],
    ['cron(0 17 31 4,6,9,11 ? *)', NEVER],
    ['cron(0 17 29 2 ? 2100)', NEVER],
    ['cron(0 17 29 2 ? 2025-2027)', NEVER],
    ['cron(0 17 30W 2 ? *)', NEVER],
    ['cron(0 17 ? 2 1#5 2031)', NEVER],

    ['rate()', noRate('rate()')],
    ['rate(5)', noRate('rate(5)')],
    ['rate(5minutes)', noRate('rate(5minutes)')],
    ['rate(1 day 2 hours)', noRate('rate(1 day 2 hours)')],
    ['rate( 1 day)', blank('rate( 1 day)')],
    ['rate(1 hours)', plural('hours', 'rate(1 hour)')],
    ['rate(5 hour)', plural('hour', 'rate(5 hours)')],
    ['rate(0 minutes)', rateValue('0')],
    ['rate(-1 days)', rateValue('-1')],
    ['rate(1.5 hours)', rateValue('1.5')],
    ['rate(01 day)', rateValue('01')],
    ['rate(1e1 days)', rateValue('1e1')],
    ['rate(９ days)', rateValue('９')],
    ['rate(1 week)', rateUnit('week')],
    ['rate(1 Day)', rateUnit('Day')],
    ['rate(30 seconds)', rateUnit('seconds')],
    ['rate(0 weeks)', rateValue('0'), rateUnit('weeks')],
  ])('%j', (expression, ...problems) => {
    expect(refused(expression)).toEqual(problems);
  });

  it.each(['cron(0 17 * * ? 2020)', 'cron(0 3 22 11 ? 2026)', 'cron(0 0 29 2 ? 2024-2027)', 'rate(9999999 days)'])(
    '%s: not in itself, but after that day',
    (expression) => {
      expect(refused(expression)).toEqual([]);
      expect(refused(expression, NOW)).toEqual([OVER]);
      expect(refused(expression, new Date('1970-01-01T00:00:00Z'))).toEqual(expression[0] === 'r' ? [OVER] : []);
    },
  );

  it('one that has its last time still before it', () => {
    expect(refused('cron(1 3 22 11 ? 2026)', NOW)).toEqual([]);
  });

  it('in Japanese', () => {
    const parsed = parseSchedule('cron(99 17 1 * MON *)');
    expect('problems' in parsed && parsed.problems.map(({ ja }) => ja)).toEqual([
      '分: "99" は使えません（使える値: 0〜59、リスト（a,b）、範囲（a-b）、間隔（a/n）、*）',
      '日と曜日: どちらか一方だけを ? にしてください（指定: "1" と "MON"）',
    ]);
  });
});
