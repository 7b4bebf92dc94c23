import { expect, it } from 'vitest';
import { parseSchedule } from '../../batch/contract/schedule.js';
import { describeSchedule } from '../../batch/contract/schedule-words.js';

// biome-ignore format: a table
it.each([
  ['rate(1 minute)', 'every minute', '1 分ごと'],
  ['rate(1 day)', 'every day', '1 日ごと'],
  ['rate(2 hours)', 'every 2 hours', '2 時間ごと'],
  ['cron(0 17 * * ? *)', 'every day at 17:00 UTC', '毎日 17:00 (UTC)'],
  ['cron(0 17 ? * * *)', 'every day at 17:00 UTC', '毎日 17:00 (UTC)'],
  ['cron(5 0/8 1-31 1-12 ? *)', 'every day at 00:05, 08:05 and 16:05 UTC', '毎日 00:05・08:05・16:05 (UTC)'],
  ['cron(0 17 ? * MON-FRI *)', 'every Monday to Friday at 17:00 UTC', '毎週 月〜金曜日 17:00 (UTC)'],
  ['cron(0 17 ? * SUN,MON,THU *)', 'every Sunday, Monday and Thursday at 17:00 UTC', '毎週 日・月・木曜日 17:00 (UTC)'],
  ['cron(0 17 ? * L *)', 'every Saturday at 17:00 UTC', '毎週 土曜日 17:00 (UTC)'],
  ['cron(30 6 1 * ? *)', 'on the 1st of every month at 06:30 UTC', '毎月 1 日 06:30 (UTC)'],
  ['cron(30 6 2,11-13,22,23 * ? *)', 'on the 2nd, 11th to 13th, 22nd and 23rd of every month at 06:30 UTC', '毎月 2・11〜13・22・23 日 06:30 (UTC)'],
  ['cron(30 6 L * ? *)', 'on the last day of every month at 06:30 UTC', '毎月 末日 06:30 (UTC)'],
  ['cron(30 6 LW JAN,JUL ? *)', 'on the last day from Monday to Friday of January and July at 06:30 UTC', '毎年 1・7 月の 最後の平日（月〜金） 06:30 (UTC)'],
  ['cron(30 6 15W * ? *)', 'on the day from Monday to Friday nearest to the 15th of every month at 06:30 UTC', '毎月 15 日に最も近い平日（月〜金） 06:30 (UTC)'],
  ['cron(30 6 ? * 3#2 *)', 'on the second Tuesday of every month at 06:30 UTC', '毎月 第 2 火曜日 06:30 (UTC)'],
  ['cron(30 6 ? 1-3,12 6L *)', 'on the last Friday of January to March and December at 06:30 UTC', '毎年 1〜3・12 月の 最終金曜日 06:30 (UTC)'],
  ['cron(30 6 * MAR ? *)', 'every day in March at 06:30 UTC', '毎年 3 月の毎日 06:30 (UTC)'],
  ['cron(30 6 ? MAR MON *)', 'every Monday in March at 06:30 UTC', '毎年 3 月の毎週 月曜日 06:30 (UTC)'],
  ['cron(30 6 * * ? 2028-2030,2040)', 'every day at 06:30 UTC, in 2028 to 2030 and 2040', '毎日 06:30 (UTC)、2028〜2030・2040 年のみ'],
  ['cron(0 0 1 1 ? 2030)', 'on the 1st of January at 00:00 UTC, in 2030', '毎年 1 月の 1 日 00:00 (UTC)、2030 年のみ'],
  ['cron(* * * * ? *)', 'every minute', '毎分 (UTC)'],
  ['cron(*/15 * * * ? *)', 'every 15 minutes', '15 分ごと (UTC)'],
  ['cron(*/15 * ? * SAT *)', 'every 15 minutes, every Saturday (UTC)', '毎週 土曜日 15 分ごと (UTC)'],
  ['cron(30 * * * ? *)', 'every hour at minute 30', '毎時 30 分 (UTC)'],
  ['cron(5/15 * * * ? 2030)', 'every hour at minutes 5, 20, 35 and 50, every day (UTC), in 2030', '毎日 毎時 5・20・35・50 分 (UTC)、2030 年のみ'],
  // Seven minutes do not divide an hour.
  ['cron(*/7 * * * ? *)', 'every hour at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56', '毎時 0・7・14・21・28・35・42・49・56 分 (UTC)'],
  ['cron(10 1/2 * * ? *)', 'every 2 hours from 01:10 UTC', '01:10 から 2 時間ごと (UTC)'],
  ['cron(0 8-17 * * ? *)', 'every hour from 08:00 to 17:00 UTC, every day', '毎日 08:00〜17:00 の 1 時間ごと (UTC)'],
  ['cron(5,40 0-6,9 * * ? *)', 'at minutes 5 and 40 of the hours 0 to 6 and 9 UTC, every day', '毎日 0〜6・9 時台の 5・40 分 (UTC)'],
  ['cron(0/5 8-17 ? * MON-FRI *)', 'every 5 minutes of the hours 8 to 17 UTC, every Monday to Friday', '毎週 月〜金曜日 8〜17 時台の 5 分ごと (UTC)'],
  ['cron(0/30 20-2 ? * MON-FRI *)', 'every 30 minutes of the hours 0 to 2 and 20 to 23 UTC, every Monday to Friday', '毎週 月〜金曜日 0〜2・20〜23 時台の 30 分ごと (UTC)'],
  ['cron(* 9 L * ? *)', 'every minute of the hour 9 UTC, on the last day of every month', '毎月 末日 9 時台の 毎分 (UTC)'],
])('%s: %s', (expression, en, ja) => {
  const parsed = parseSchedule(expression);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  expect([describeSchedule(parsed.schedule, 'en'), describeSchedule(parsed.schedule, 'ja')]).toEqual([en, ja]);
});
