import { describe, expect, it } from 'vitest';
import { localTime } from '../../batch/commands/local-time.js';
import { openPlace } from './place.js';
import { expectUntouched, refused } from './usage.js';

const NEXT = ['schedule', 'next'];
/** Years so far away that the day on which the test runs does not matter. */
const FAR = 'cron(30 17 1 1,7 ? 2150-2151)';

describe('arv schedule next', () => {
  it.concurrent('the times in UTC and in the time zone, summer and winter', async (test) => {
    const place = await openPlace(test);
    const { code, doc, stderr } = await place.run([...NEXT, FAR, '--time-zone', 'America/New_York', '--count', '3']);
    expect([code, stderr]).toEqual([0, '']);
    expect(doc).toEqual({
      expression: FAR,
      description: 'on the 1st of January and July at 17:30 UTC, in 2150 and 2151',
      time_zone: 'America/New_York',
      firings: [
        { utc: '2150-01-01T17:30:00Z', local: '2150-01-01T12:30:00-05:00' },
        { utc: '2150-07-01T17:30:00Z', local: '2150-07-01T13:30:00-04:00' },
        { utc: '2151-01-01T17:30:00Z', local: '2151-01-01T12:30:00-05:00' },
      ],
    });
    expectUntouched(place);
  });

  it.concurrent('five, in UTC, unless told otherwise; fewer when there are no more', async (test) => {
    const place = await openPlace(test);
    const daily = await place.run([...NEXT, 'cron(0 17 * * ? *)']);
    expect(daily.doc).toMatchObject({ description: 'every day at 17:00 UTC', time_zone: 'UTC' });
    const times = daily.doc.firings.map(({ utc }: { utc: string }) => Date.parse(utc));
    expect(times).toHaveLength(5);
    for (const [index, at] of times.entries()) {
      expect(new Date(at).toISOString()).toMatch(/T17:00:00\.000Z$/);
      expect(daily.doc.firings[index].local).toBe(daily.doc.firings[index].utc.replace('Z', '+00:00'));
      expect(at - (times[index - 1] ?? at - 86_400_000)).toBe(86_400_000);
    }
    expect(times[0] - Date.now()).toBeLessThanOrEqual(86_400_000);
    const far = await place.run([...NEXT, FAR, '--count', '100']);
    expect(far.doc.firings).toHaveLength(4);
  });

  it.concurrent('the zone of the environment; nothing else of a run is looked at', async (test) => {
    const place = await openPlace(test);
    const env = { TIME_ZONE: 'Asia/Tokyo', SERVICES: 'none', LOG_LEVEL: 'loud', DLQ_QUEUE_URL: 'https://q' };
    const { code, doc } = await place.run([...NEXT, FAR, '--count', '1'], env);
    expect([code, doc.time_zone]).toEqual([0, 'Asia/Tokyo']);
    expect(doc.firings).toEqual([{ utc: '2150-01-01T17:30:00Z', local: '2150-01-02T02:30:00+09:00' }]);
  });

  it.concurrent('a rate says that AWS counts it from elsewhere', async (test) => {
    const place = await openPlace(test);
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { code, doc } = await place.run([...NEXT, 'rate(2 hours)', '--count', '2']);
    expect([code, doc.description]).toEqual([0, 'every 2 hours']);
    expect(doc.note).toBe("AWS counts a rate from the rule's creation. Here it is counted from now.");
    const [first, second] = doc.firings.map(({ utc }: { utc: string }) => Date.parse(utc));
    expect(first).toBeGreaterThanOrEqual(before + 7_200_000);
    expect(second - first).toBe(7_200_000);
    const ja = await place.run([...NEXT, 'rate(2 hours)', '--lang', 'ja']);
    expect([ja.doc.description, ja.doc.note]).toEqual(['2 時間ごと', expect.stringContaining('ルールの作成時刻から')]);
  });

  it.concurrent('as a table', async (test) => {
    const place = await openPlace(test);
    const args = [...NEXT, FAR, '--output', 'table', '--count', '1', '--lang', 'ja', '--time-zone', 'Asia/Tokyo'];
    const { code, stdout, stderr } = await place.text(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')[0]).toBe('毎年 1・7 月の 1 日 17:30 (UTC)、2150・2151 年のみ');
    expect(stdout).toMatch(/UTC +│ Asia\/Tokyo +│/);
    expect(stdout).toContain('│ 2150-01-01T17:30:00Z │ 2150-01-02T02:30:00+09:00 │');
    const rate = await place.text([...NEXT, 'rate(1 day)', '--output', 'table']);
    expect(rate.stdout).toMatch(/^every day\nAWS counts a rate from the rule's creation\./);
  });
});

describe('refused', () => {
  const EXAMPLE =
    'schedule next: no value given (accepted: an EventBridge expression in quotation marks, such as "cron(0 17 * * ? *)" or "rate(1 day)")';
  const form = /^schedule next: "[^"]*" is not a schedule expression \(accepted: cron\(minutes .*, such as cron\(/;

  it.concurrent.for<[name: string, args: readonly string[], ...problems: (string | RegExp)[]]>([
    ['no expression', [], EXAMPLE],
    ['an empty one', [''], form],
    ['the bare fields', ['0 17 * * ? *'], form],
    [
      'a rate without quotation marks',
      ['rate', '1', 'day'],
      /^schedule: "1" is one word too many/,
      /^schedule: "day" /,
      form,
    ],
    ['one of another service', ['at(2030-01-01T00:00:00)'], /^schedule next: .* belongs to EventBridge Scheduler/],
    ['a rate of one in the plural', ['rate(1 hours)'], /^schedule next: unit of rate: .*: "rate\(1 hour\)"$/],
    ['a year that is over', ['cron(0 17 * * ? 2020)'], /^schedule next: it never fires again: /],
    [
      'everything at once',
      ['cron(99 25 * * 2 *)', '--count', '101', '--time-zone', 'Mars/Base', '--region', 'us-east-1'],
      '--region: unknown option (arv schedule --help lists them)',
      /^schedule next: minutes: "99" is not accepted/,
      /^schedule next: hours: "25" is not accepted/,
      /^schedule next: day-of-month and day-of-week: .* \(given: "\*" and "2"\)$/,
      '--count: "101" is not accepted (accepted: a whole number from 1 to 100)',
      '--time-zone: "Mars/Base" is not accepted (accepted: an IANA name such as Asia/Tokyo)',
    ],
    ['no times at all', [FAR, '--count', '0'], /^--count: "0" is not accepted/],
    ['--count twice', [FAR, '--count', '1', '--count', '2'], '--count: may be given only once'],
    ['--count without a value', [FAR, '--count'], /^--count: no value given/],
  ])('%s', async ([, args, ...problems], test) => {
    const told = await refused(test, [...NEXT, ...args]);
    expect(told).toEqual(problems.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
  });

  it.concurrent('the command without its word, and with another one', async (test) => {
    expect(await refused(test, ['schedule'])).toEqual(['schedule: no value given (accepted: next)']);
    const [problem] = await refused(test, ['schedule', 'last', FAR]);
    expect(problem).toBe('schedule: "last" is not accepted (accepted: next)');
  });

  it.concurrent('in Japanese', async (test) => {
    const [problem] = await refused(test, [...NEXT, 'rate(2 hour)'], { ARV_LANG: 'ja' });
    expect(problem).toBe(
      'schedule next: rate の単位: "hour" は使えません。値が 1 なら単数形、2 以上なら複数形にしてください: "rate(2 hours)"',
    );
  });
});

it.each([
  ['UTC', '2026-01-31T17:00:00Z', '2026-01-31T17:00:00+00:00'],
  ['Asia/Kolkata', '2026-01-31T18:30:00Z', '2026-02-01T00:00:00+05:30'],
  ['America/St_Johns', '2026-03-08T05:29:59Z', '2026-03-08T01:59:59-03:30'],
  ['America/St_Johns', '2026-03-08T05:30:00Z', '2026-03-08T03:00:00-02:30'],
  ['Pacific/Kiritimati', '2026-12-31T23:59:59Z', '2027-01-01T13:59:59+14:00'],
])('the local time in %s at %s', (zone, utc, local) => {
  expect(localTime(zone, new Date(utc))).toBe(local);
});
