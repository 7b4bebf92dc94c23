import { describe, expect, it } from 'vitest';
import type { Env } from './place.js';
import { COMMAND_WORDS, planned, refused } from './usage.js';

const not = (option: string, value: string, accepted: string) =>
  `${option}: ${value} is not accepted (accepted: ${accepted})`;
const SERVICES = 'EC2, RDS, S3, Lambda';
const REGIONS = 'a name such as us-east-1';
const DAYS = 'a day as YYYY-MM-DD';
const ZONES = 'an IANA name such as Asia/Tokyo';
const TENANTS = '1 to 64 letters, digits, _ and -';
const GAPS = 'JSON such as [{"resource_type": "AWS::RDS::DBCluster", "status": "denied", "region": "us-east-1"}]';
const badGaps = (text: string) => not('ACCEPTED_GAPS', JSON.stringify(text), GAPS);

type Row = readonly [name: string, args: readonly string[], env: Env, ...problems: string[]];

// biome-ignore format: a table
const VALUES: readonly Row[] = [
  ['an unknown service', ['--services', 'EC2', 'DynamoDB'], {}, not('--services', '["EC2","DynamoDB"]', SERVICES)],
  ['--services with nothing', ['--services'], {}, `--services: no value given (accepted: ${SERVICES})`],
  ['--services with nothing, then an option', ['--services', '--quiet'], {}, `--services: no value given (accepted: ${SERVICES})`],
  ['SERVICES without a name', [], { SERVICES: ',' }, not('SERVICES (--services)', '","', SERVICES)],
  ['SERVICES with an unknown one', [], { SERVICES: 'EC2,EC3' }, not('SERVICES (--services)', '"EC2,EC3"', SERVICES)],
  ['a region with a letter too many', ['--region', 'us-east-99x'], {}, not('--region', '"us-east-99x"', REGIONS)],
  ['a region that is a command', ['--region', '; rm -rf'], {}, not('--region', '"; rm -rf"', REGIONS)],
  ['a region that is a path', ['--region', '../us-east-1'], {}, not('--region', '"../us-east-1"', REGIONS)],
  ['global, which is no region', ['--region', 'global'], {}, not('--region', '"global"', REGIONS)],
  ['--region without value', ['--region'], {}, `--region: no value given (accepted: ${REGIONS})`],
  ['AWS_REGION', [], { AWS_REGION: 'Virginia' }, not('AWS_REGION (--region)', '"Virginia"', REGIONS)],
  ['AWS_DEFAULT_REGION', [], { AWS_REGION: '', AWS_DEFAULT_REGION: 'x' }, not('AWS_DEFAULT_REGION (--region)', '"x"', REGIONS)],
  ['a day that is not in the calendar', ['--target-date', '2026-02-30'], {}, not('--target-date', '"2026-02-30"', DAYS)],
  ['a month that is not', ['--target-date', '2026-13-01', '--backfill'], {}, not('--target-date', '"2026-13-01"', DAYS)],
  ['a word for a day', ['--target-date', 'yesterday'], {}, not('--target-date', '"yesterday"', DAYS)],
  ['a day with a time', ['--target-date', '2026-01-31T00:00Z'], {}, not('--target-date', '"2026-01-31T00:00Z"', DAYS)],
  ['a time zone', ['--time-zone', 'Mars/Base'], {}, not('--time-zone', '"Mars/Base"', ZONES)],
  ['TIME_ZONE', [], { TIME_ZONE: '../etc' }, not('TIME_ZONE (--time-zone)', '"../etc"', ZONES)],
  ['a tenant that is a path', ['--tenant', '../x'], {}, not('--tenant', '"../x"', TENANTS)],
  ['a long tenant', [], { TENANT_ID: 'x'.repeat(65) }, not('TENANT_ID (--tenant)', `"${'x'.repeat(65)}"`, TENANTS)],
  ['an endpoint', ['--endpoint-url', 'localhost:4566'], {}, not('--endpoint-url', '"localhost:4566"', 'an http:// or https:// URL')],
  ['a log level', [], { LOG_LEVEL: 'loud' }, not('LOG_LEVEL (--log-level)', '"loud"', 'error, warn, info, debug')],
  ['an output', ['--output', 'xml'], {}, not('--output', '"xml"', 'json, table')],
  ['a language', ['--lang', 'fr'], {}, not('--lang', '"fr"', 'ja, en')],
  ['a run type', [], { BATCH_RUN_TYPE: 'lambda' }, not('BATCH_RUN_TYPE', '"lambda"', 'local, docker, ecs')],
  ['a slot', [], { SCHEDULED_AT: 'now' }, not('SCHEDULED_AT', '"now"', 'a time such as 2026-01-31T17:00:00Z')],
  ['gaps that are no JSON', [], { ACCEPTED_GAPS: '[{' }, badGaps('[{')],
  ['gaps that are no list', [], { ACCEPTED_GAPS: '{}' }, badGaps('{}')],
  ['a gap without status', [], { ACCEPTED_GAPS: '[{"resource_type":"x"}]' }, badGaps('[{"resource_type":"x"}]')],
  ['a gap of no known status', [], { ACCEPTED_GAPS: '[{"resource_type":"x","status":"gone"}]' }, badGaps('[{"resource_type":"x","status":"gone"}]')],
  ['a gap with an unknown key', [], { ACCEPTED_GAPS: '[{"resource_type":"x","status":"denied","until":1}]' }, badGaps('[{"resource_type":"x","status":"denied","until":1}]')],
  ['a long value, cut', ['--region', 'x'.repeat(5000)], {}, not('--region', `"${'x'.repeat(119)}…`, REGIONS)],
  ['control characters, made visible', ['--region', '\u001b[2J\n'], {}, not('--region', '"\\u001b[2J\\n"', REGIONS)],
];

const unknown = (option: string, command = 'collect') => `${option}: unknown option (arv ${command} --help lists them)`;
const unknownWord = (word: string) => `"${word}": unknown command (commands: ${COMMAND_WORDS})`;
const QUEUES = 'the URL of an SQS queue that is no FIFO queue';
const wrong = (option: string, action: string) => `${option}: not an option of arv failures ${action}`;
const once = (option: string) => `${option}: may be given only once`;
const noValue = (option: string) => `${option}: takes no value`;
const later = (option: string) => `${option}: not available in this version yet. Leave it out.`;

// biome-ignore format: a table
const WORDS: readonly Row[] = [
  ['an option given twice', ['--region', 'us-east-1', '--region', 'us-west-2'], {}, once('--region')],
  ['a number given twice', ['--timeout', '5', '--timeout=5'], {}, once('--timeout')],
  ['--config given twice', ['--config', 'a', '--config', 'b'], {}, once('--config')],
  ['unknown options', ['--regoin', 'x', '-z', '--no-quiet'], {}, unknown('--regoin'), unknown('-z'), unknown('--no-quiet')],
  ['options in another spelling', ['--dryrun', '--clearCache'], {}, unknown('--dryrun'), unknown('--clearCache')],
  ['an option named like a part of every object', ['--constructor', 'x'], {}, unknown('--constructor')],
  ['an unknown command', ['colect'], {}, unknownWord('colect')],
  ['a word behind the command', ['collect', 'EC2'], {}, unknownWord('EC2')],
  ['a flag with a value', ['--clear-cache=yes'], {}, noValue('--clear-cache')],
  ['a dry run with a value: no real run', ['--dry-run=yes'], {}, noValue('--dry-run')],
  ['a flag with a word', ['--dry-run', 'false'], {}, noValue('--dry-run')],
  ['a password in a URL, masked', ['--endpoint-url', 'ftp://user:hunter2secret@host'], {}, not('--endpoint-url', '"ftp://***@host"', 'an http:// or https:// URL')],
  ['a flag with an empty value', ['--quiet='], {}, noValue('--quiet')],
  ['an option of another command', ['services', '--region', 'us-east-1'], {}, unknown('--region', 'services')],
  ['a value of another command', ['services', '--output', 'xml'], {}, not('--output', '"xml"', 'json, table')],
  ['to come: flags', ['--report'], {}, later('--report')],
  ['an end of a duplicate', ['--if-locked', 'wait'], {}, not('--if-locked', '"wait"', 'fail, skip')],
  ['a lock table', [], { LOCK_TABLE_NAME: 'a b' }, not('LOCK_TABLE_NAME', '"a b"', 'the name of a DynamoDB table')],
  ['a lease of no length', [], { LOCK_LEASE_SECONDS: '0' }, not('LOCK_LEASE_SECONDS', '"0"', 'a number from 0.5 to 3600')],
  ['a command without its word', ['lock'], {}, 'lock: no value given (accepted: status, release)'],
  ['a command with another word', ['snapshots', 'prune'], {}, 'snapshots: "prune" is not accepted (accepted: list, show, verify, repair)'],
  ['a day that is none', ['snapshots', 'show', '--date', '2026-02-30'], {}, not('--date', '"2026-02-30"', 'a day as YYYY-MM-DD')],
  ['a store on S3 that lacks a slash', ['--store', 's3:/bucket/prefix'], {}, not('--store', '"s3:/bucket/prefix"', 'a directory, or s3://bucket/prefix')],
  ['a store that is neither', ['--store', 'gs://bucket/prefix'], {}, not('--store', '"gs://bucket/prefix"', 'a directory, or s3://bucket/prefix')],
  ['a queue without a name', [], { DLQ_QUEUE_URL: 'https://q' }, not('DLQ_QUEUE_URL', '"https://q"', QUEUES)],
  ['a FIFO queue', [], { DLQ_QUEUE_URL: 'https://q/1/n.fifo' }, not('DLQ_QUEUE_URL', '"https://q/1/n.fifo"', QUEUES)],
  ['a queue by its name', [], { DLQ_QUEUE_URL: 'arv-dlq' }, not('DLQ_QUEUE_URL', '"arv-dlq"', QUEUES)],
  ['failures without a word', ['failures'], {}, 'failures: no value given (accepted: list, analyze, redrive)'],
  ['an option of another action', ['failures', 'analyze', '--date', '2026-01-31', '--backfill'], {}, wrong('--date', 'analyze'), wrong('--backfill', 'analyze')],
  ['days to list', ['failures', 'list', '--from', '2026-01-31', '--to', '2026-01-31'], {}, wrong('--from', 'list'), wrong('--to', 'list')],
  ['days that are none', ['failures', 'analyze', '--from', 'x', '--to', '2026-02-30'], {}, not('--from', '"x"', DAYS), not('--to', '"2026-02-30"', DAYS)],
  ['days in the wrong order', ['failures', 'analyze', '--from', '2026-02-01', '--to', '2026-01-31'], {}, not('--from', '"2026-02-01"', '<= 2026-01-31 (--to)')],
  ['a day to redrive that is none', ['failures', 'redrive', '--date', 'x'], {}, not('--date', '"x"', DAYS)],
  ['a queue that nobody named', ['failures', 'redrive', '--from-queue'], {}, `DLQ_QUEUE_URL (--from-queue): no value given (accepted: ${QUEUES})`],
  ['--from-queue with a value', ['failures', 'redrive', '--from-queue=yes'], {}, noValue('--from-queue')],
];

it.concurrent.for([...VALUES, ...WORDS])('%s', async ([, args, env, ...problems], test) => {
  expect(await refused(test, args, env)).toEqual(problems);
});

it.concurrent('an option named __proto__', async (test) => {
  // The parser shows it with more underscores: what counts is that it is not swallowed.
  expect(await refused(test, ['--__proto__', 'x'])).toEqual([expect.stringContaining('unknown option')]);
});

it.concurrent('a bucket that can be none, by the environment', async (test) => {
  const [problem] = await refused(test, [], { SNAPSHOT_STORE: 's3://Bucket' });
  expect(problem).toMatch(
    /--store.*: "s3:\/\/Bucket" is not accepted \(accepted: a directory, or s3:\/\/bucket\/prefix\)/,
  );
});

/** Flag, environment, accepted values, one above the most, and whether only whole numbers are. */
const NUMBERS = [
  ['--concurrency', 'MAX_CONCURRENT_SERVICES', 'a whole number from 1 to 32', '33', true],
  ['--cache-ttl', 'CACHE_TTL_HOURS', 'a number from 0 to 8760', '8760.5', false],
  ['--timeout', 'RUN_TIMEOUT_SECONDS', 'a number from 0.001 to 604800', '604801', false],
  ['--call-timeout', 'CALL_TIMEOUT_SECONDS', 'a number from 0.001 to 3600', '3601', false],
  ['--max-retries', 'MAX_RETRIES', 'a whole number from 0 to 20', '21', true],
  ['', 'INITIAL_RETRY_DELAY', 'a number from 0 to 3600', '3601', false],
  ['', 'TARGET_DATE_OFFSET', 'a whole number from -7 to 7', '8', true],
] as const;

describe('a number that is not accepted, of all options that take one', () => {
  it.concurrent.for<[name: string, value: string | null, ofWhole?: string]>([
    ['negative', '-8'],
    ['a word', 'many'],
    ['above the most', null],
    ['fractional', '', '1.5'],
    ['with an exponent', '1e1'],
    ['hexadecimal', '0x10'],
    ['infinite', 'Infinity'],
    ['with a comma', '1,5'],
    ['with a blank', ' 5'],
    ['full-width', '５'],
    ['digits without end', '9'.repeat(400)],
  ])('%s', async ([, bad, ofWhole], test) => {
    const rows = NUMBERS.flatMap(([flag, env, accepts, above, whole]) => {
      const value = ofWhole === undefined ? (bad ?? above) : whole ? ofWhole : '';
      const shown = value.length > 100 ? `"${value.slice(0, 119)}…` : `"${value}"`;
      return value === '' ? [] : [{ flag, env, value, tell: (option: string) => not(option, shown, accepts) }];
    });
    const flags = rows.filter(({ flag }) => flag !== '');
    const [byFlag, byEnv] = await Promise.all([
      refused(
        test,
        flags.flatMap(({ flag, value }) => [flag, value]),
      ),
      refused(test, [], Object.fromEntries(rows.map(({ env, value }) => [env, value]))),
    ]);
    expect(byFlag.sort()).toEqual(flags.map(({ flag, tell }) => tell(flag)).sort());
    expect(byEnv.sort()).toEqual(
      rows.map(({ flag, env, tell }) => tell(flag === '' ? env : `${env} (${flag})`)).sort(),
    );
  });

  it.concurrent('none at all', async (test) => {
    const rows = NUMBERS.filter(([flag]) => flag !== '');
    const problems = await refused(
      test,
      rows.map(([flag]) => flag),
    );
    expect(problems.sort()).toEqual(rows.map(([flag, , one]) => `${flag}: no value given (accepted: ${one})`).sort());
  });

  it.concurrent('the ends of each range are accepted', async (test) => {
    const low = '--concurrency 1 --cache-ttl 0 --timeout 0.001 --call-timeout 0.001 --max-retries 0'.split(' ');
    await planned(test, low, { INITIAL_RETRY_DELAY: '0', TARGET_DATE_OFFSET: '-7' });
    const high = '--concurrency 32 --cache-ttl 8760 --timeout 604800 --call-timeout 3600 --max-retries 20'.split(' ');
    await planned(test, high, { INITIAL_RETRY_DELAY: '3600', TARGET_DATE_OFFSET: '7' });
  });
});
