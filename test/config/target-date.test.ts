import { expect, test } from 'vitest';
import { addDays, dayIn, targetDay } from '../../batch/config/target-date.js';

test.each([
  ['2026-11-21T17:00:00Z', 'Asia/Tokyo', '2026-11-22'],
  ['2026-11-21T14:59:59Z', 'Asia/Tokyo', '2026-11-21'],
  ['2026-11-21T17:00:00Z', 'UTC', '2026-11-21'],
  ['2026-03-08T09:59:59Z', 'America/Los_Angeles', '2026-03-08'],
  ['2026-03-08T07:59:59Z', 'America/Los_Angeles', '2026-03-07'],
  ['2026-11-01T06:59:59Z', 'America/Los_Angeles', '2026-10-31'],
  ['2028-02-28T15:00:00Z', 'Asia/Tokyo', '2028-02-29'],
  ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-01-01'],
])('%s in %s is %s', (instant, zone, day) => {
  expect(dayIn(zone, new Date(instant))).toBe(day);
});

test.each([
  ['2028-02-28', 1, '2028-02-29'],
  ['2028-03-01', -1, '2028-02-29'],
  ['2026-03-01', -1, '2026-02-28'],
  ['2026-12-31', 1, '2027-01-01'],
  ['2026-03-29', 1, '2026-03-30'],
])('%s plus %i days is %s', (day, days, result) => {
  expect(addDays(day, days)).toBe(result);
});

test('with offset -1 the usual day is the one that ended; today and yesterday are recent as well', () => {
  const day = targetDay(new Date('2026-11-21T17:00:00Z'), 'Asia/Tokyo', -1);
  expect(day.usual).toBe('2026-11-21');
  expect(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'].filter(day.isRecent)).toEqual([
    '2026-11-21',
    '2026-11-22',
  ]);
});
