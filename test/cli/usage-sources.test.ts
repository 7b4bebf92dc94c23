import { describe, expect, it } from 'vitest';
import { type Env, openPlace } from './place.js';
import { expectUntouched, planned, refused } from './usage.js';

const FILE = 'c.json';
const CONFIG = ['--config', FILE];
const files = (settings: object) => ({ [FILE]: JSON.stringify(settings) });

describe('a flag beats the environment, which beats the config file, which beats the default', () => {
  // biome-ignore format: a table
  const ROWS: readonly (readonly [name: string, env: string, good: string, bad: string])[] = [
    ['services', 'SERVICES', 'EC2', 'EC3'],
    ['region', 'AWS_REGION', 'us-west-2', 'x'],
    ['concurrency', 'MAX_CONCURRENT_SERVICES', '2', '0'],
    ['tenant', 'TENANT_ID', 't', 'a/b'],
    ['time-zone', 'TIME_ZONE', 'Asia/Tokyo', 'x'],
    ['cache-ttl', 'CACHE_TTL_HOURS', '1', '-1'],
    ['timeout', 'RUN_TIMEOUT_SECONDS', '1', '-1'],
    ['call-timeout', 'CALL_TIMEOUT_SECONDS', '1', '-1'],
    ['max-retries', 'MAX_RETRIES', '1', '-1'],
    ['lang', 'ARV_LANG', 'en', 'fr'],
    ['log-level', 'LOG_LEVEL', 'debug', 'x'],
    ['endpoint-url', 'AWS_ENDPOINT_URL', 'http://127.0.0.1:1', 'x'],
    ['store', 'SNAPSHOT_STORE', './d', 's3://d'],
  ];
  const environment = (value: (good: string, bad: string) => string) =>
    Object.fromEntries(ROWS.map(([, env, good, bad]) => [env, value(good, bad)]));
  const inFile = files(Object.fromEntries(ROWS.map(([name, , , bad]) => [name, bad])));

  it.concurrent('what is beaten is not even looked at: a bad value there is no problem', async (test) => {
    const flags = ROWS.flatMap(([name, , good]) => [`--${name}`, good]);
    await planned(
      test,
      [...flags, ...CONFIG],
      environment((_, bad) => bad),
      inFile,
    );
    await planned(
      test,
      CONFIG,
      environment((good) => good),
      inFile,
    );
  });

  it.concurrent('an empty variable is none: the config file is asked', async (test) => {
    const problems = await refused(
      test,
      [...CONFIG, '--lang', 'en'],
      environment(() => ''),
      inFile,
    );
    const told = ROWS.filter(([name]) => name !== 'lang' && name !== 'store').map(([name]) => `${name} (--config)`);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(expect.arrayContaining(told));
    expect(problems).toHaveLength(ROWS.length - 1);
  });

  it.concurrent('each value is the one that is taken', async (test) => {
    const inFile = files({ services: ['Lambda'], region: 'eu-west-1', 'target-date': '2020-01-01', backfill: true });
    const none = { AWS_REGION: undefined };
    const byFile = await planned(test, CONFIG, none, inFile);
    expect(byFile).toMatchObject({ services: ['Lambda'], region: 'eu-west-1', target_date: '2020-01-01' });
    const byEnv = await planned(test, CONFIG, { SERVICES: 's3, rds', AWS_REGION: 'eu-west-2' }, inFile);
    expect(byEnv).toMatchObject({ services: ['RDS', 'S3'], region: 'eu-west-2' });
    const flags = ['--services', 'ec2', 'EC2', '--region', 'eu-west-3', '--target-date', '2020-02-02', ...CONFIG];
    const byFlag = await planned(test, flags, { SERVICES: 'S3' }, inFile);
    expect(byFlag).toMatchObject({ services: ['EC2'], region: 'eu-west-3', target_date: '2020-02-02' });
    const byDefault = await planned(test, [], {
      AWS_REGION: '',
      AWS_DEFAULT_REGION: 'ap-northeast-3',
      SERVICES: '',
    });
    expect(byDefault).toMatchObject({ services: ['EC2', 'RDS', 'S3', 'Lambda'], region: 'ap-northeast-3' });
  });
});

const NO_REGION = {
  ja: 'リージョンが指定されていません。--region、環境変数 AWS_REGION、またはプロファイルの region で指定してください。',
  en: 'No region is given. Set --region, the environment variable AWS_REGION, or the region of the profile.',
};

describe('language', () => {
  // biome-ignore format: a table
  it.concurrent.for<[lang: 'ja' | 'en', env: Env, args?: string[], settings?: object]>([
    ['ja', {}],
    ['ja', { LANG: 'C.UTF-8' }],
    ['ja', { LC_ALL: 'POSIX', LC_MESSAGES: 'C', LANG: '' }],
    ['ja', { LANG: 'fr_FR.UTF-8' }],
    ['ja', { LANG: 'english' }],
    ['ja', { LANG: 'ja_JP.UTF-8' }],
    ['en', { LANG: 'en_US.UTF-8' }],
    ['en', { LANG: 'en' }],
    ['en', { LC_ALL: 'C.UTF-8', LANG: 'en_GB.UTF-8' }],
    ['ja', { LC_ALL: 'ja_JP.eucJP', LC_MESSAGES: 'en_US', LANG: 'en_US' }],
    ['en', { LC_MESSAGES: 'en_US', LANG: 'ja_JP' }],
    ['ja', { ARV_LANG: 'ja', LC_ALL: 'en_US.UTF-8' }],
    ['en', { ARV_LANG: 'en', LC_ALL: 'ja_JP.UTF-8' }],
    ['en', { ARV_LANG: 'ja' }, ['--lang', 'en']],
    ['en', { LANG: 'ja_JP' }, ['--lang=en']],
    ['en', { LANG: 'C' }, [], { lang: 'en' }],
    ['ja', { LANG: 'ja_JP' }, [], { lang: 'en' }],
  ])('%s with %o %o %o', async ([lang, env, args = [], settings], test) => {
    const place = await openPlace(test);
    if (settings !== undefined) place.file(FILE, JSON.stringify(settings));
    const all = settings === undefined ? args : [...args, ...CONFIG];
    const { code, doc } = await place.run(all, { ARV_LANG: undefined, AWS_REGION: undefined, ...env });
    expect([code, doc.error_code, doc.error]).toEqual([2, 'NO_REGION', NO_REGION[lang]]);
  });
});

describe('region of the profile', () => {
  const CONF = [
    '[default]\nregion = ap-northeast-1',
    '[profile office]\nregion = eu-central-1',
    '[profile bare]\noutput = json',
    '[profile evil]\nregion = ../../elsewhere',
    '[profile odd]\nregion = us-east-99x',
  ].join('\n');
  const env = { AWS_REGION: undefined, AWS_CONFIG_FILE: 'conf', AWS_ACCESS_KEY_ID: undefined };

  // biome-ignore format: a table
  it.concurrent.for<[name: string, region: string, args: string[], env: Env]>([
    ['the default profile', 'ap-northeast-1', [], {}],
    ['--profile', 'eu-central-1', ['--profile', 'office'], {}],
    ['AWS_PROFILE', 'eu-central-1', [], { AWS_PROFILE: 'office' }],
    ['--profile beats AWS_PROFILE', 'eu-central-1', ['--profile', 'office'], { AWS_PROFILE: 'bare' }],
    ['the environment beats the profile', 'sa-east-1', ['--profile', 'office'], { AWS_DEFAULT_REGION: 'sa-east-1' }],
  ])('%s', async ([, region, args, more], test) => {
    const plan = await planned(test, args, { ...env, ...more }, { conf: CONF });
    expect(plan.region).toBe(region);
  });

  it.concurrent.for<[name: string, profile: string]>([
    ['without a region', 'bare'],
    ['that is not there', 'nobody'],
  ])('none from a profile %s', async ([, profile], test) => {
    const place = await openPlace(test);
    place.file('conf', CONF);
    const { code, doc } = await place.run(['--profile', profile], env);
    expect([code, doc.error_code, doc.error]).toEqual([2, 'NO_REGION', NO_REGION.en]);
    expect(doc).toMatchObject({ success: false, services: ['EC2', 'RDS', 'S3', 'Lambda'], region: null });
    expectUntouched(place, ['conf']);
  });

  // It becomes a folder of the store and a part of host names.
  it.concurrent.for(['evil', 'odd'])('one that is no region is refused: %s', async (profile, test) => {
    const place = await openPlace(test);
    place.file('conf', CONF);
    const { code, doc } = await place.run(['--profile', profile], env);
    expect([code, doc.error_code]).toEqual([2, expect.stringMatching(/^(USAGE|NO_REGION)$/)]);
    expectUntouched(place, ['conf']);
  });
});

describe('target date', () => {
  const slot = { SCHEDULED_AT: '2026-01-31T17:00:00Z' };

  // biome-ignore format: a table
  it.concurrent.for<[name: string, day: string, args: string[], env: Env]>([
    ['of the slot in UTC', '2026-01-31', [], {}],
    ['of the slot in a zone', '2026-02-01', [], { TIME_ZONE: 'Asia/Tokyo' }],
    ['in the zone of the flag', '2026-01-31', ['--time-zone', 'America/New_York'], { TIME_ZONE: 'Asia/Tokyo' }],
    ['with an offset', '2026-01-31', [], { TIME_ZONE: 'Asia/Tokyo', TARGET_DATE_OFFSET: '-1' }],
    ['yesterday', '2026-01-30', ['--target-date', '2026-01-30'], {}],
    ['long ago, on purpose', '1999-12-31', ['--target-date', '1999-12-31', '--backfill'], {}],
    ['a leap day', '2024-02-29', ['--target-date', '2024-02-29', '--backfill'], {}],
  ])('%s', async ([, day, args, env], test) => {
    expect((await planned(test, args, { ...slot, ...env })).target_date).toBe(day);
  });

  it.concurrent('today when nothing says otherwise', async (test) => {
    const before = new Date().toISOString().slice(0, 10);
    const { target_date } = await planned(test, []);
    expect([before, new Date().toISOString().slice(0, 10)]).toContain(target_date);
  });

  it.concurrent.for(['2026-01-29', '2026-02-01'])(
    '%s without --backfill is refused, with the reason',
    async (day, test) => {
      expect(await refused(test, ['--target-date', day], slot)).toEqual([
        `--target-date: "${day}" is neither today (2026-01-31) nor yesterday. Today's state under another date falsifies history; add --backfill if that is what you want.`,
      ]);
      expect(await refused(test, ['--target-date', day, '--lang', 'ja'], slot)).toEqual([
        `--target-date: "${day}" は今日（2026-01-31）でも昨日でもありません。現在の状態を別の日付で記録すると履歴が誤ったものになります。意図している場合は --backfill を付けてください。`,
      ]);
    },
  );
});
