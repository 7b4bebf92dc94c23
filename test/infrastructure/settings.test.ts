import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../lib/settings.js';
import { asOptions, cdk } from './cdk.js';
import { onlyOf, READY, statementsOf, synthesize, workFolder } from './templates.js';

/** SPEC §7, the row "settings", word for word. */
const NAMES = `schedule timeZone services region cpu memory architecture imageUri vpcId network alarmEmail
  logRetentionDays cacheTtlHours tenantId targetDateOffset acceptedGaps enableExec removalPolicy lang`.split(/\s+/);

const DEFAULTS = {
  schedule: 'cron(0 17 * * ? *)',
  timeZone: 'UTC',
  services: ['EC2', 'RDS', 'S3', 'Lambda'],
  region: null,
  cpu: 256,
  memory: 512,
  architecture: 'ARM64',
  imageUri: null,
  vpcId: null,
  network: 'public',
  alarmEmail: null,
  logRetentionDays: 180,
  cacheTtlHours: 24,
  tenantId: 'default_tenant',
  targetDateOffset: 0,
  acceptedGaps: [],
  enableExec: false,
  removalPolicy: 'retain',
  lang: 'ja',
};

/** By setting: values that are wrong, and what the message says would be right. */
const WRONG: Readonly<Record<string, readonly [values: readonly unknown[], ja: string, en: string]>> = {
  schedule: [['daily', '0 17 * * ? *', '', 17], '', ''],
  timeZone: [['Tokyo', 'JST+9', '', 9], 'Asia/Tokyo のような IANA 名', 'an IANA name such as Asia/Tokyo'],
  services: [['EC2,SQS', 'all', '', [], ['EC2', 7]], 'EC2、RDS、S3、Lambda', 'EC2, RDS, S3, Lambda'],
  region: [['tokyo', 'us-east-1a', 'US-EAST-1', ''], 'us-east-1 のような形式', 'a name such as us-east-1'],
  cpu: [[100, '0.25 vCPU', 256.5, '', -256], '256、512、1024、2048', '256, 512, 1024, 2048'],
  memory: [['0.5GB', 512.5, '512 MiB', ''], 'MiB 単位の整数', 'a whole number of MiB'],
  architecture: [['arm64', 'AMD64', ''], 'ARM64、X86_64', 'ARM64, X86_64'],
  imageUri: [
    ['an image', 'https://example.com/arv', 'arv:', 'arv@sha256:0', ''],
    'のようなイメージ名',
    'the name of an image',
  ],
  vpcId: [['default', 'vpc-xyz', 'subnet-0123456789abcdef0', ''], 'vpc-0123456789abcdef0', 'vpc-0123456789abcdef0'],
  network: [['isolated', 'Public', '', true], 'public、private', 'public, private'],
  alarmEmail: [['ops', 'ops@', 'a@example.com,b@example.com', ''], 'ops@example.com', 'ops@example.com'],
  logRetentionDays: [[100, 0, 9999, '6 months', 180.5, ''], '90、120、150、180、365', '90, 120, 150, 180, 365'],
  cacheTtlHours: [[-1, 9000, 'a day', ''], '0〜8760 の数値', 'a number from 0 to 8760'],
  tenantId: [['a/b', '', 'x'.repeat(65), '会社'], '英数字、_、- の 1〜64 文字', '1 to 64 letters, digits, _ and -'],
  targetDateOffset: [[-8, 8, 0.5, 'yesterday'], '-7〜7 の整数', 'a whole number from -7 to 7'],
  acceptedGaps: [
    ['{}', 'none', [{ resource_type: 'AWS::RDS::DBCluster', status: 'gone' }]],
    'のような JSON',
    'JSON such as',
  ],
  enableExec: [['yes', 1, 'TRUE', ''], 'true、false', 'true, false'],
  removalPolicy: [['snapshot', 'DESTROY', true, ''], 'retain、destroy', 'retain, destroy'],
  lang: [['fr', 'JA', ''], 'ja、en', 'ja, en'],
};

/** "Task CPU and memory" of Amazon ECS, in MiB, written out: the smallest, the largest, the step. */
const MEMORY: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: [1024, 2048, 3072, 4096],
  1024: [2048, 3072, 4096, 5120, 6144, 7168, 8192],
  2048: Array.from({ length: 13 }, (_, index) => 4096 + index * 1024),
  4096: Array.from({ length: 23 }, (_, index) => 8192 + index * 1024),
  8192: Array.from({ length: 12 }, (_, index) => 16_384 + index * 4096),
  16384: Array.from({ length: 12 }, (_, index) => 32_768 + index * 8192),
};

/** Each line of what `readSettings` throws. */
function problemsOf(context: Readonly<Record<string, unknown>>): string[] {
  try {
    readSettings(context);
  } catch (error) {
    return String((error as Error).message).split('\n');
  }
  return [];
}

describe('the settings', () => {
  test('are the ones of the contract, with its defaults', () => {
    expect(readSettings({})).toEqual(DEFAULTS);
    expect(Object.keys(readSettings({})).sort()).toEqual([...NAMES].sort());
  });

  test('of cdk.json are what they are without it', () => {
    const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
    expect(readSettings(context)).toEqual(DEFAULTS);
  });

  test('are the same as text of `-c` and as JSON of cdk.json', () => {
    const gaps = [{ resource_type: 'AWS::RDS::DBCluster', status: 'denied', region: 'us-east-1' }];
    const json = {
      ...{ schedule: 'rate(2 hours)', timeZone: 'Asia/Tokyo', services: ['EC2', 'Lambda'], region: 'ap-northeast-1' },
      ...{ cpu: 1024, memory: 3072, architecture: 'X86_64', imageUri: 'ghcr.io/team/arv:1', vpcId: 'vpc-0a1b2c3d' },
      ...{ network: 'private', alarmEmail: 'ops@example.com', logRetentionDays: 30, cacheTtlHours: 1.5 },
      ...{ tenantId: 'team-a', targetDateOffset: -1, acceptedGaps: gaps, enableExec: true },
      ...{ removalPolicy: 'destroy', lang: 'en' },
    };
    expect(Object.keys(json).sort()).toEqual([...NAMES].sort());
    const text = Object.entries(json).map(([name, value]) => {
      if (name === 'services') return [name, 'lambda, ec2'];
      return [name, typeof value === 'string' ? value : JSON.stringify(value)];
    });
    expect(readSettings(json)).toEqual(json);
    expect(readSettings(Object.fromEntries(text))).toEqual(json);
    expect(readSettings({ enableExec: 'false' }).enableExec).toBe(false);
  });

  test("leave CDK's own context alone", () => {
    const own = { 'aws:cdk:enable-path-metadata': true, '@aws-cdk/core:failSynthOnValidationErrors': false };
    const found = { 'vpc-provider:account=1:region=us-east-1': {}, 'availability-zones:account=1:region=x': [] };
    const kept = { 'cli-telemetry': false, 'acknowledged-issue-numbers': [1] };
    expect(readSettings({ ...own, ...found, ...kept })).toEqual(DEFAULTS);
  });
});

describe('a wrong value', () => {
  test('is there for each setting', () => {
    expect(Object.keys(WRONG).sort()).toEqual([...NAMES].sort());
  });

  const rows = Object.entries(WRONG).flatMap(([name, [values, ja, en]]) =>
    values.map((value) => ({ name, value, shown: JSON.stringify(value), ja, en })),
  );
  test.each(rows)('$name $shown', ({ name, value, shown, ja, en }) => {
    // What is wrong with a schedule is said by the parser, in its own words.
    const words = typeof value === 'string' && name === 'schedule' ? [] : [shown];
    const lines = { ja: problemsOf({ [name]: value }), en: problemsOf({ lang: 'en', [name]: value }) };
    for (const [line, ...more] of [lines.ja, lines.en]) {
      expect(line).toMatch(new RegExp(`^- ${name}: `));
      expect(more).toEqual([]);
      for (const word of words) expect(line).toContain(word);
    }
    expect(lines.ja[0]).toContain(ja);
    // Of the language alone, the Japanese message has to do.
    if (name !== 'lang') expect(lines.en[0]).toContain(en);
  });

  test.each(['ja', 'en'])('all of them are told at once, in %s', (lang) => {
    const context = Object.fromEntries(Object.entries(WRONG).map(([name, [[value]]]) => [name, value]));
    const lines = problemsOf({ ...context, lang });
    const told = lines.map((line) => /^- (\w+): /.exec(line)?.[1]);
    expect(told.sort()).toEqual(NAMES.filter((name) => name !== 'lang').sort());
    expect(lines.join('\n')).toContain(lang === 'ja' ? '使える値' : 'accepted: ');
  });
});

describe('CPU and memory', () => {
  const pairs = Object.entries(MEMORY).map(([cpu, sizes]) => ({ cpu: Number(cpu), sizes }));
  test.each(pairs)('$cpu goes with what Fargate offers, and with nothing else', ({ cpu, sizes }) => {
    for (const memory of sizes) expect(readSettings({ cpu, memory })).toMatchObject({ cpu, memory });
    const [smallest = 0] = sizes;
    const largest = sizes.at(-1) ?? 0;
    for (const memory of [smallest / 2, smallest - 1, smallest + 1, largest + 1024, largest * 2]) {
      const accepted = `accepted: ${sizes.join(', ')})`;
      expect(problemsOf({ lang: 'en', cpu, memory })).toEqual([
        `- memory: ${memory} MiB does not go with cpu ${cpu} (${accepted}`,
      ]);
    }
  });

  test('a CPU alone may not go with the default memory', () => {
    expect(problemsOf({ cpu: 1024 })[0]).toMatch(/^- memory: cpu 1024 では 512 MiB は使えません/);
  });
});

describe('an unknown setting', () => {
  test.each([
    ['retention', 'retention'],
    ['Schedule', 'Schedule'],
    ['log_retention_days', 'log_retention_days'],
    ['log-retention-days', 'log-retention-days'],
    ['alarm-email', 'alarm-email'],
  ])('%s is refused with the names that there are', (name, told) => {
    const [line, ...more] = problemsOf({ lang: 'en', [name]: 'x' });
    expect(more).toEqual([]);
    expect(line).toBe(`- ${told}: there is no such setting (settings: ${Object.keys(DEFAULTS).join(', ')})`);
    expect(problemsOf({ [name]: 'x' })[0]).toContain(`- ${told}: そのような設定はありません（使える設定: schedule、`);
  });
});

describe('settings that contradict each other', () => {
  const inEcr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/arv';
  const digest = `sha256:${'0'.repeat(64)}`;
  const vpcId = 'vpc-0123456789abcdef0';

  test.each(['ja', 'en'])(
    'a private network of its own reaches no other region and no other registry, in %s',
    (lang) => {
      const both = { network: 'private', region: 'eu-west-1', imageUri: 'docker.io/team/arv:1', lang };
      const [region, image, ...more] = problemsOf(both);
      expect(more).toEqual([]);
      expect(region).toMatch(/^- region: .*network.*vpcId/);
      expect(image).toMatch(/^- imageUri: .*network.*docker\.io\/team\/arv:1/);
      expect(problemsOf({ ...both, network: 'public' })).toEqual([]);
      expect(problemsOf({ ...both, vpcId })).toEqual([]);
    },
  );

  test.each([
    `${inEcr}:1.0`,
    `${inEcr}@${digest}`,
    `${inEcr}:1.0@${digest}`,
    inEcr,
    `${inEcr}:1.0`.replace('com', 'com.cn'),
  ])('an image in ECR is none: %s', (imageUri) => {
    expect(problemsOf({ network: 'private', imageUri })).toEqual([]);
  });
});

/** Where "Done when" asks for the real thing: one message, and nothing of how the app is built. */
describe('`npx cdk synth`', () => {
  const wrong = { schedule: 'every day', cpu: '512', memory: '513', region: 'tokyo', logRetentionDays: '100' };
  const language = { ja: '"tokyo" は使えません（', en: '"tokyo" is not accepted (' };

  test.concurrent.each(['ja', 'en'] as const)('refuses all wrong settings in one message, in %s', async (lang) => {
    const folder = workFolder();
    const ended = await cdk(['synth', ...asOptions({ ...wrong, alarmEmail: 'ops', lang })], folder);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    const told = ended.stderr.split('\n').flatMap((line) => /^- (\w+): /.exec(line)?.[1] ?? []);
    expect(told.sort()).toEqual([...Object.keys(wrong), 'alarmEmail'].filter((name) => name !== 'cpu').sort());
    expect(ended.stderr).toContain(`- region: ${language[lang]}`);
    expect(ended.stderr).not.toMatch(/^\s+at |node_modules|\.ts:\d/m);
    expect(readdirSync(join(folder, 'cdk.out')).filter((name) => name.endsWith('.template.json'))).toEqual([]);
  });
});

test('a schedule that is over is refused: it would be an inventory that never runs', () => {
  expect(() => readSettings({ schedule: 'cron(0 0 1 1 ? 2020)', lang: 'en' })).toThrow(/^- schedule: /);
});

test('the rule takes a description of 512 characters, however long the schedule is in words', () => {
  const { template } = synthesize({ ...READY, schedule: 'cron(3/7 1/2 2/3 * ? 1970/2)', lang: 'en' });
  expect(onlyOf(template, 'AWS::Events::Rule', 'Schedule')[1].Description).toHaveLength(512);
});

test.each(['.dkr.ecr-fips.us-gov-west-1.amazonaws.com', '.dkr-ecr.us-east-1.on.aws'])(
  'an image in ECR as %s',
  (host) => {
    const { template } = synthesize({ imageUri: `123456789012${host}/arv:1` });
    const [role] = onlyOf(template, 'AWS::IAM::Role', 'BatchExecutionRole');
    expect(JSON.stringify(statementsOf(template, role))).toContain('ecr:BatchGetImage');
  },
);
