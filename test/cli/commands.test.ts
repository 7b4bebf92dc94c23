import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { PLAIN_ENV } from '../program.js';
import { typesOf } from './ledger.js';
import { openPlace } from './place.js';
import { expectUntouched, planned } from './usage.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** A run that only prints text. */
async function printed(test: TestContext, args: readonly string[], env = {}): Promise<string> {
  const place = await openPlace(test);
  const { code, stdout, stderr } = await place.text(args, env);
  expect([code, stderr]).toEqual([0, '']);
  expectUntouched(place);
  return stdout;
}

describe('help and version', () => {
  const OPTIONS = [
    ...['services', 'region', 'profile', 'clear-cache', 'force', 'if-locked', 'concurrency', 'store', 'tenant'],
    ...['target-date', 'backfill', 'time-zone', 'cache-ttl', 'timeout', 'call-timeout', 'max-retries', 'lang'],
    ...['log-level', 'output', 'endpoint-url', 'quiet', 'report', 'dry-run', 'config'],
  ];

  it.concurrent.for([['--help'], ['collect', '--help'], ['app_batch', '--help']])(
    '%o names every option',
    async (args, test) => {
      const text = await printed(test, args);
      for (const option of OPTIONS) expect(text).toMatch(new RegExp(`^ +--${option}\\b`, 'm'));
      expect(text).toContain('Options:');
    },
  );

  it.concurrent('in Japanese, without a word of English around the options', async (test) => {
    const text = await printed(test, ['--help'], { ARV_LANG: undefined });
    for (const word of ['コマンド:', 'オプション:', '収集するサービス', 'ヘルプを表示', 'バージョンを表示']) {
      expect(text).toContain(word);
    }
    expect(text).not.toMatch(/Options|Commands|Show|boolean|string|array|default|aliases/);
  });

  it.concurrent('the commands', async (test) => {
    const text = await printed(test, ['--help']);
    expect(text).toMatch(/arv services +services, resource types and the IAM\s+actions they need/);
    expect(await printed(test, ['services', '--help'])).toContain('--output');
  });

  it.concurrent.for([
    ['lock', 'lock <status|release>'],
    ['snapshots', 'snapshots <list|show|verify|repair>'],
    ['schedule', 'schedule next <expression>'],
  ])('what may follow %s', async ([command = '', usage], test) => {
    const text = await printed(test, [command, '--help']);
    expect(text.split('\n')[0]).toBe(`arv ${usage}`);
    expect(text).toContain('--output');
  });

  it.concurrent.for([
    ['collect', /^ +--region +region to collect/m],
    ['snapshots', /^ +--region +one region only/m],
    ['diff', /^ +--region +one region only/m],
    ['query', /^ +--region +one region only/m],
    ['export', /^ +--format +the format: csv, json, ndjson, parquet[\s\S]*^ +--region +one region only/m],
    ['failures', /^ +--region +list, analyze: one region only/m],
    ['lock', /^ +--region +region of the lease/m],
  ] as const)('what the options of %s do', async ([command, says], test) => {
    expect(await printed(test, [command, '--help'])).toMatch(says);
  });

  it.concurrent.for([['--version'], ['collect', '--version'], ['services', '--version']])('%o', async (args, test) => {
    expect(await printed(test, args)).toBe(`${version}\n`);
  });
});

describe('services', () => {
  it.concurrent('the catalog as JSON', async (test) => {
    const { doc, code, stderr } = await (await openPlace(test)).run(['services']);
    expect([code, stderr]).toEqual([0, '']);
    const services = doc.services as {
      service: string;
      resource_types: { resource_type: string; actions: string[] }[];
    }[];
    expect(services.map(({ service }) => service)).toEqual(['EC2', 'RDS', 'S3', 'Lambda']);
    for (const { service, resource_types } of services) {
      expect(resource_types.map((row) => row.resource_type).sort()).toEqual(typesOf(service));
    }
    const actions = services.flatMap((one) => one.resource_types.flatMap((row) => row.actions));
    expect(doc.actions).toEqual([...new Set(actions)].sort());
    for (const action of doc.actions) expect(action).toMatch(/^(ec2|rds|s3|lambda):[A-Z]\w+$/);
  });

  it.concurrent('the catalog as a table', async (test) => {
    const text = await printed(test, ['services', '--output', 'table']);
    for (const type of typesOf('EC2', 'RDS', 'S3', 'Lambda')) expect(text).toMatch(new RegExp(`${type} `));
    expect(text).toContain('lambda:ListFunctions');
  });
});

it.concurrent('a pipe that takes only the beginning', async () => {
  const program = join(inject('dist'), 'arv.mjs');
  const command = '"$0" "$1" services | head -c 10';
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command, process.execPath, program], {
    env: PLAIN_ENV,
  });
  expect([stdout, stderr]).toEqual(['{"services', '']);
});

describe('the plan', () => {
  it.concurrent('every unit with its actions and calls, without a request or a file', async (test) => {
    const { units, services, region } = await planned(test, []);
    expect([services, region]).toEqual([['EC2', 'RDS', 'S3', 'Lambda'], 'us-east-1']);
    expect(units.map((unit: { resource_type: string }) => unit.resource_type).sort()).toEqual(
      typesOf('EC2', 'RDS', 'S3', 'Lambda').sort(),
    );
    for (const unit of units) {
      expect(unit.region).toBe(unit.resource_type === 'AWS::S3::Bucket' ? 'global' : 'us-east-1');
      expect(unit.actions.length).toBeGreaterThan(0);
      expect(unit.expected_calls).toBeGreaterThan(0);
    }
  });

  it.concurrent('of some services, by the alias', async (test) => {
    const place = await openPlace(test);
    const { code, doc } = await place.run(['app_batch', '--services', 'Lambda', '--dry-run']);
    expect(code).toBe(0);
    expect(doc).toMatchObject({ dry_run: true, services: ['Lambda'] });
    expectUntouched(place);
  });
});

describe('a table in place of the document', () => {
  it.concurrent('of a run by the alias: every type with its count, and where the files are', async (test) => {
    const place = await openPlace(test);
    const { code, stdout } = await place.text(['app_batch', '--services', 'RDS', '--output', 'table']);
    expect(code).toBe(0);
    for (const type of typesOf('RDS')) expect(stdout).toMatch(new RegExp(`RDS +. ${type} +. +\\d+ `));
    expect(stdout).toMatch(/Snapshot: .*00000000000000000001\.json\n$/);
  });

  it.concurrent('of a refusal', async (test) => {
    const place = await openPlace(test);
    const { code, stdout } = await place.text(['--output', 'table', '--timeout', 'x']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^USAGE: The invocation is not valid: --timeout: "x" is not accepted/);
    expectUntouched(place);
  });
});
