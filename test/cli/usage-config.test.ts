import { mkdirSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { openPlace } from './place.js';
import { COMMAND_WORDS, expectUntouched, planned, refused } from './usage.js';

const FILE = 'c.json';
/** The problems of a config file with this text. */
const problemsOf = (test: TestContext, text: string) => refused(test, ['--config', FILE], {}, { [FILE]: text });

const KNOWN =
  'accepted_gaps, services, region, profile, clear-cache, force, if-locked, concurrency, store, tenant, target-date, ' +
  'backfill, time-zone, cache-ttl, timeout, call-timeout, max-retries, lang, log-level, output, endpoint-url, quiet, ' +
  'report, dry-run, log';
const unknownKey = (key: string, known = KNOWN) => `--config: "${FILE}" has an unknown key ${key} (known: ${known})`;
const LOG_KEYS = 'dir, filename, level, keep_days';
const noObject = (reason: string) => `--config: "${FILE}" is not a JSON object (${reason})`;
const not = (option: string, value: string, accepted: string) =>
  `${option} (--config): ${value} is not accepted (accepted: ${accepted})`;

// biome-ignore format: a table
const TEXTS: readonly (readonly [name: string, text: string, ...problems: unknown[]])[] = [
  ['empty', '', noObject('Unexpected end of JSON input')],
  ['no JSON', 'region: us-east-1', expect.stringMatching(/^--config: "c\.json" is not a JSON object \(Unexpected token/)],
  ['a list', '[1]', noObject('no object')],
  ['null', 'null', noObject('no object')],
  ['a string', '"us-east-1"', noObject('no object')],
  ['unknown keys', '{"regions": 1, "targetDate": "x"}', unknownKey('regions'), unknownKey('targetDate')],
  ['a key for the environment only', '{"INITIAL_RETRY_DELAY": 1, "scheduled-at": "x"}', unknownKey('INITIAL_RETRY_DELAY'), unknownKey('scheduled-at')],
  ['--config in itself', '{"config": "other.json"}', unknownKey('config')],
  ['a key that every object has', '{"constructor": 1, "toString": 2}', unknownKey('constructor'), unknownKey('toString')],
  ['a key named __proto__', '{"__proto__": {"region": "us-west-2"}}', unknownKey('__proto__')],
  ['an unknown key of log', '{"log": {"path": "x", "constructor": 1, "__proto__": {}}}', unknownKey('log.path', LOG_KEYS), unknownKey('log.constructor', LOG_KEYS), unknownKey('log.__proto__', LOG_KEYS)],
  ['log that is no object', '{"log": "debug"}', not('log', '"debug"', '{dir, filename, level, keep_days}')],
  ['log.dir', '{"log": {"dir": 5}}', not('log.dir', '5', 'a directory')],
  ['log.filename', '{"log": {"filename": "../x.log"}}', not('log.filename', '"../x.log"', 'a file name without a path')],
  ['log.level', '{"log": {"level": "loud"}}', not('log.level', '"loud"', 'error, warn, info, debug')],
  ['log.keep_days', '{"log": {"keep_days": 0.5}}', not('log.keep_days', '0.5', 'a whole number from 1 to 3650')],
  ['values of the wrong kind', '{"concurrency": "many", "tenant": null, "timeout": true}', not('concurrency', '"many"', 'a whole number from 1 to 32'), not('tenant', 'null', '1 to 64 letters, digits, _ and -'), not('timeout', 'true', 'a number from 0.001 to 604800')],
  ['a flag that is no boolean', '{"quiet": "yes"}', 'quiet (--config): takes no value'],
  ['services', '{"services": ["EC2", 7]}', not('services', '["EC2",7]', 'EC2, RDS, S3, Lambda')],
  ['accepted_gaps', '{"accepted_gaps": [{"resource_type": "x"}]}', not('accepted_gaps', '[{"resource_type":"x"}]', 'JSON such as [{"resource_type": "AWS::RDS::DBCluster", "status": "denied", "region": "us-east-1"}]')],
  ['to come', '{"report": true}', ...['report'].map((key) => `${key} (--config): not available in this version yet. Leave it out.`)],
];

describe('a config file that is refused', () => {
  it.concurrent.for(TEXTS)('%s', async ([, text, ...problems], test) => {
    expect(await problemsOf(test, text)).toEqual(problems);
  });

  it.concurrent('a store that is neither a directory nor on S3', async (test) => {
    const [problem] = await problemsOf(test, '{"store": "ftp://bucket"}');
    expect(problem).toMatch(/store.*: "ftp:\/\/bucket" is not accepted \(accepted: a directory, or s3:/);
  });

  it.concurrent('is not there', async (test) => {
    const [problem] = await refused(test, ['--config', 'nowhere.json']);
    expect(problem).toMatch(/^--config: "nowhere\.json" cannot be read \(ENOENT/);
  });

  it.concurrent('is a directory', async (test) => {
    const place = await openPlace(test);
    mkdirSync(place.file('folder'));
    const { code, doc } = await place.run(['--config', 'folder']);
    expect(code).toBe(2);
    expect(doc.problems).toEqual([expect.stringMatching(/^--config: "folder" cannot be read \(EISDIR/)]);
    expectUntouched(place, ['folder']);
  });

  it.concurrent('is not named', async (test) => {
    const [problem, ...more] = await refused(test, ['--config']);
    expect(more).toEqual([]);
    expect(problem).toMatch(/^--config: no value given/);
    // A place in the template that nobody filled.
    expect(problem).not.toContain('{');
  });

  it.concurrent('in its own language, when nothing else says which', async (test) => {
    const place = await openPlace(test);
    place.file(FILE, '{"lang": "en", "timeout": -1}');
    const { code, doc } = await place.run(['--config', FILE], { ARV_LANG: undefined });
    expect(code).toBe(2);
    expect(doc.error).toContain('timeout (--config): -1 is not accepted (accepted: a number from 0.001 to 604800)');
  });
});

describe('problems of all places', () => {
  const args = 'stray --config c.json --region x --timeout -1 --bogus'.split(' ');
  const files = { [FILE]: '{"tenant": "a b", "log": {"level": 1}, "colour": true}' };

  it.concurrent('are told together, in English', async (test) => {
    expect(await refused(test, args, { MAX_RETRIES: 'x', ACCEPTED_GAPS: '?' }, files)).toEqual([
      `"stray": unknown command (commands: ${COMMAND_WORDS})`,
      '--bogus: unknown option (arv collect --help lists them)',
      unknownKey('colour'),
      not('log.level', '1', 'error, warn, info, debug'),
      '--region: "x" is not accepted (accepted: a name such as us-east-1)',
      not('tenant', '"a b"', '1 to 64 letters, digits, _ and -'),
      '--timeout: "-1" is not accepted (accepted: a number from 0.001 to 604800)',
      'MAX_RETRIES (--max-retries): "x" is not accepted (accepted: a whole number from 0 to 20)',
      expect.stringMatching(/^ACCEPTED_GAPS: "\?" is not accepted \(accepted: JSON such as/),
    ]);
  });

  it.concurrent('are told together, in Japanese', async (test) => {
    expect(await refused(test, args, { ARV_LANG: 'ja', MAX_RETRIES: 'x' }, files)).toEqual([
      `"stray": 不明なコマンドです（使えるコマンド: ${COMMAND_WORDS}）`,
      '--bogus: 不明なオプションです（arv collect --help で一覧を表示します）',
      `--config: "c.json" に不明なキー colour があります（使えるキー: ${KNOWN}）`,
      'log.level (--config): 1 は使えません（使える値: error、warn、info、debug）',
      '--region: "x" は使えません（使える値: us-east-1 のような形式）',
      'tenant (--config): "a b" は使えません（使える値: 英数字、_、- の 1〜64 文字）',
      '--timeout: "-1" は使えません（使える値: 0.001〜604800 の数値）',
      'MAX_RETRIES (--max-retries): "x" は使えません（使える値: 0〜20 の整数）',
    ]);
  });
});

describe('a config file that is taken', () => {
  it.concurrent('with a byte order mark', async (test) => {
    const plan = await planned(test, ['--config', FILE], {}, { [FILE]: '\ufeff{"services": ["s3"]}' });
    expect(plan.services).toEqual(['S3']);
  });

  it.concurrent('with everything in it', async (test) => {
    const settings = {
      ...{ services: 'rds, lambda', region: 'eu-west-1', concurrency: 2, 'cache-ttl': 0.5, timeout: '60', quiet: true },
      ...{ 'target-date': '2020-02-29', backfill: true, 'time-zone': 'Asia/Tokyo', output: 'json', tenant: 'team-1' },
      ...{ force: false, report: false, 'clear-cache': true, 'log-level': 'warn' },
      log: { dir: 'elsewhere', filename: 'a.log', level: 'debug', keep_days: 3 },
      accepted_gaps: [{ resource_type: 'AWS::RDS::DBCluster', status: 'denied' }],
    };
    const env = { AWS_REGION: undefined };
    const plan = await planned(test, ['--config', FILE], env, { [FILE]: JSON.stringify(settings) });
    expect(plan).toMatchObject({ services: ['RDS', 'Lambda'], region: 'eu-west-1', target_date: '2020-02-29' });
  });
});
