import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { collectCommand } from '../../batch/commands/collect.js';
import { systemClock } from '../../batch/commands/host.js';
import { parseConfig } from '../../batch/config/parse-config.js';
import { companyEstate, type Estate } from '../sandbox/estate.js';
import { expectWhole, readLedger, textsBelow, typesOf } from './ledger.js';
import { DAY, openPlace, type Place } from './place.js';

const SECRETS = { left: 'Left+Planted/SecretKey0123456789', right: 'Right+Planted/SecretKey9876543210' };
const REGION = 'us-east-1';

/** Another account with less in it. */
function smallEstate(): Estate {
  const estate = companyEstate();
  const { [REGION]: region } = estate.regions;
  const { 'AWS::Lambda::Function': functions = [] } = region?.resources ?? {};
  if (region) region.resources = { 'AWS::Lambda::Function': functions.slice(0, 2) };
  return { ...estate, accountId: '111122223333' };
}

/** A run in this process, with a config, a stderr, a folder and a profile of its own. */
async function collectHere(place: Place, profile: string, args: object) {
  let stderr = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      stderr += chunk;
      done();
    },
  });
  const parsed = parseConfig({
    flags: { region: REGION, profile, 'target-date': DAY, backfill: true, store: place.file('data'), ...args },
    env: {
      AWS_ENDPOINT_URL: place.sandbox.url,
      AWS_RESOURCE_VISUALIZER_LOG_DIR: place.file('logs'),
      INITIAL_RETRY_DELAY: '0.01',
    },
    now: new Date(),
    lang: 'en',
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const operations = new Set<string>();
  const host = {
    ...{ env: {}, clock: systemClock, random: Math.random, stderr: sink },
    ...{ stdoutIsTerminal: false, stderrIsTerminal: false, signal: new AbortController().signal },
    ...{ owner: 'test', ask: null },
  };
  const { exitCode, stdout } = await collectCommand(parsed.config, host, (_unit, called) => {
    for (const operation of called) operations.add(operation);
  });
  return { exitCode, stdout, stderr, doc: JSON.parse(stdout), operations };
}

it('two runs at once in one process know nothing of each other', async (test) => {
  const left = await openPlace(test);
  const right = await openPlace(test, { estate: smallEstate() });
  const profiles = Object.entries(SECRETS).map(
    ([name, secret]) => `[${name}]\naws_access_key_id = AKIA${name}\naws_secret_access_key = ${secret}\n`,
  );
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', left.file('credentials', profiles.join('')));
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
  test.onTestFinished(() => void vi.unstubAllEnvs());

  // Each is told both secrets, and stays in the middle until the other is there too.
  const message = `left ${SECRETS.left} right ${SECRETS.right}`;
  const until = Promise.all([left, right].map(({ sandbox }) => sandbox.waitFor('lambda:ListLayers')));
  for (const { sandbox } of [left, right]) {
    sandbox.fault({ match: 'lambda:ListLayers', does: { kind: 'hold', until } });
    const does = { kind: 'error', status: 400, code: 'InvalidParameterValueException', message } as const;
    sandbox.fault({ match: 'lambda:ListLayers', does });
  }
  right.sandbox.fault({ match: 'lambda:ListFunctions', times: 2, does: 'throttle' });

  const [one, other] = await Promise.all([
    collectHere(left, 'left', { services: ['RDS', 'Lambda'], concurrency: 2 }),
    collectHere(right, 'right', { services: ['Lambda'], tenant: 'second', 'log-level': 'debug' }),
  ]);

  expect([one.exitCode, one.doc.account_id, one.doc.results]).toEqual([3, '482915730164', { RDS: 4, Lambda: 5 }]);
  expect([other.exitCode, other.doc.account_id, other.doc.results]).toEqual([3, '111122223333', { Lambda: 2 }]);
  expect(one.doc.run_id).not.toBe(other.doc.run_id);
  expect([one.doc.tenant, other.doc.tenant]).toEqual(['default_tenant', 'second']);

  // Each counts its own calls, retries included.
  for (const [ran, place] of [
    [one, left],
    [other, right],
  ] as const) {
    expect(ran.doc.api_calls).toBe(place.calls().length - place.calls('sts:*').length);
  }
  expect([...other.operations].sort()).toEqual(['ListEventSourceMappings', 'ListFunctions', 'ListLayers', 'ListTags']);
  expect(one.operations).toContain('DescribeDBInstances');

  // Records and counts.
  const lost = 'AWS::Lambda::LayerVersion';
  expectWhole(
    left,
    readLedger(left),
    typesOf('RDS', 'Lambda').filter((type) => type !== lost),
  );
  const ledger = readLedger(right, REGION, 'second');
  expectWhole(right, ledger, ['AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping']);
  for (const record of ledger['AWS::Lambda::Function']?.records ?? []) {
    expect(record).toMatchObject({ tenant: 'second', account_id: '111122223333', run_id: other.doc.run_id });
  }

  // Logs: each in its own place, in its own detail, of its own run.
  for (const [ran, place] of [
    [one, left],
    [other, right],
  ] as const) {
    const lines = ran.stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.map((line) => line.run_id))).toEqual(new Set([ran.doc.run_id]));
    expect(lines.some((line) => line.event === 'api.called')).toBe(ran === other);
    expect(textsBelow(place.file('logs'))).toEqual(new Map([[place.file('logs/batch_execution.log'), ran.stderr]]));
  }

  // Secrets: each hides its own. That the other's is shown is how we know that it was never told of it.
  for (const [ran, place, own, others] of [
    [one, left, SECRETS.left, SECRETS.right],
    [other, right, SECRETS.right, SECRETS.left],
  ] as const) {
    const texts = [ran.stdout, ran.stderr, ...textsBelow(place.file('data')).values()];
    for (const text of texts) expect(text).not.toContain(own);
    expect(ran.stdout).toContain(others);
    expect(ran.stderr).toContain(others);
  }
});
