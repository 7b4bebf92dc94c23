import { expect, it } from 'vitest';
import { parseConfig } from '../../batch/config/parse-config.js';
import { describeProblem } from '../../batch/config/problems.js';
import { openPlace } from '../cli/place.js';

/** The target date of a run that was fired by this slot. */
function targetDate(slot: string, zone: string, offset = 0): string {
  const env = { SCHEDULED_AT: slot, TIME_ZONE: zone, TARGET_DATE_OFFSET: String(offset) };
  const parsed = parseConfig({
    flags: { region: 'us-east-1' },
    env,
    now: new Date('2001-01-01T00:00:00Z'),
    lang: 'en',
  });
  if ('problems' in parsed) throw new Error(parsed.problems.map((one) => describeProblem(one, 'en')).join());
  return parsed.config.run.targetDate;
}

it.each([
  // The usual schedule: two o'clock in Japan.
  ['2026-11-21T17:00:00Z', 'Asia/Tokyo', 0, '2026-11-22'],
  ['2026-11-21T17:00:00Z', 'Asia/Tokyo', -1, '2026-11-21'],
  ['2026-11-21T14:59:59Z', 'Asia/Tokyo', 0, '2026-11-21'],
  ['2026-11-21T15:00:00Z', 'Asia/Tokyo', -1, '2026-11-21'],
  // Leap days and the ends of years and months.
  ['2028-02-28T17:00:00Z', 'Asia/Tokyo', 0, '2028-02-29'],
  ['2028-02-29T17:00:00Z', 'Asia/Tokyo', 0, '2028-03-01'],
  ['2028-02-29T17:00:00Z', 'Asia/Tokyo', -1, '2028-02-29'],
  ['2027-02-28T17:00:00Z', 'Asia/Tokyo', 0, '2027-03-01'],
  ['2100-02-28T17:00:00Z', 'Asia/Tokyo', 0, '2100-03-01'],
  ['2026-12-31T17:00:00Z', 'Asia/Tokyo', 0, '2027-01-01'],
  ['2026-12-31T17:00:00Z', 'Asia/Tokyo', -1, '2026-12-31'],
  ['2027-01-01T04:59:59Z', 'America/New_York', 0, '2026-12-31'],
  // New York: 23 hours on 8 March, 25 on 1 November; midnight is at 5 or at 4 o'clock UTC.
  ['2026-03-08T04:59:59Z', 'America/New_York', 0, '2026-03-07'],
  ['2026-03-08T05:00:00Z', 'America/New_York', 0, '2026-03-08'],
  ['2026-03-08T07:00:00Z', 'America/New_York', 0, '2026-03-08'],
  ['2026-03-09T03:59:59Z', 'America/New_York', 0, '2026-03-08'],
  ['2026-03-09T04:00:00Z', 'America/New_York', 0, '2026-03-09'],
  ['2026-03-09T04:00:00Z', 'America/New_York', -1, '2026-03-08'],
  ['2026-11-01T03:59:59Z', 'America/New_York', 0, '2026-10-31'],
  ['2026-11-01T05:30:00Z', 'America/New_York', 0, '2026-11-01'],
  ['2026-11-01T06:30:00Z', 'America/New_York', 0, '2026-11-01'],
  ['2026-11-02T04:59:59Z', 'America/New_York', 0, '2026-11-01'],
  ['2026-11-02T05:00:00Z', 'America/New_York', -1, '2026-11-01'],
  // London: 29 March and 25 October.
  ['2026-03-29T00:59:59Z', 'Europe/London', 0, '2026-03-29'],
  ['2026-03-29T22:59:59Z', 'Europe/London', 0, '2026-03-29'],
  ['2026-03-29T23:00:00Z', 'Europe/London', 0, '2026-03-30'],
  ['2026-10-24T23:00:00Z', 'Europe/London', 0, '2026-10-25'],
  ['2026-10-25T23:59:59Z', 'Europe/London', 0, '2026-10-25'],
  ['2026-10-26T00:00:00Z', 'Europe/London', -1, '2026-10-25'],
  // Lord Howe shifts by half an hour: 11 hours before UTC in summer, ten and a half in winter.
  ['2026-04-04T12:59:59Z', 'Australia/Lord_Howe', 0, '2026-04-04'],
  ['2026-04-04T13:00:00Z', 'Australia/Lord_Howe', 0, '2026-04-05'],
  ['2026-04-05T13:29:59Z', 'Australia/Lord_Howe', 0, '2026-04-05'],
  ['2026-04-05T13:30:00Z', 'Australia/Lord_Howe', 0, '2026-04-06'],
  ['2026-10-03T13:30:00Z', 'Australia/Lord_Howe', 0, '2026-10-04'],
  ['2026-10-04T13:00:00Z', 'Australia/Lord_Howe', -1, '2026-10-04'],
])('a run of %s in %s with offset %i files under %s', (slot, zone, offset, day) => {
  expect(targetDate(slot, zone, offset)).toBe(day);
});

it.each([
  ['9999-12-31T23:59:59Z', 'UTC', 1],
  ['9999-12-31T17:00:00Z', 'Asia/Tokyo', 0],
  ['9999-12-31T17:00:00Z', 'Asia/Tokyo', 7],
])('a slot whose day is beyond the calendar is refused: %s in %s with offset %i', (slot, zone, offset) => {
  const accepts = 'SCHEDULED_AT: ".*" is not accepted \\(accepted: a time such as';
  expect(() => targetDate(slot, zone, offset)).toThrow(new RegExp(accepts));
  expect(targetDate('9999-12-22T23:59:59Z', 'Pacific/Kiritimati', 7)).toBe('9999-12-30');
});

it.concurrent.for([
  ['0', '2026-11-22', '22'],
  ['-1', '2026-11-21', '21'],
] as const)(
  '17:00 UTC in Japan, through the program, with offset %s: everything lies under %s',
  async ([offset, date, day], test) => {
    const place = await openPlace(test);
    const env = { SCHEDULED_AT: '2026-11-21T17:00:00Z', TARGET_DATE_OFFSET: offset };
    const ran = await place.run(['--services', 'Lambda', '--time-zone', 'Asia/Tokyo'], env);
    expect([ran.code, ran.doc.target_date], ran.stderr).toEqual([0, date]);
    expect(ran.doc.snapshot).toEqual([expect.stringContaining(`/manifests/${date}/`)]);
    const [published] = ran.log.filter(({ event }) => event === 'projection.published');
    expect(published.uri).toContain(`/year=2026/month=11/day=${day}/resources_202611${day}_`);
    expect(place.has(`data/default_tenant/units/${date}/482915730164/us-east-1`)).toBe(true);
  },
);
