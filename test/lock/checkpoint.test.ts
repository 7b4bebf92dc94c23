import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectWhole, readLedger, scopeFolder, typesOf } from '../cli/ledger.js';
import { openPlace, type Place, type Ran } from '../cli/place.js';
import { collectHere, skewed } from './here.js';
import { collectingCalls, standing } from './locks.js';

const ALL = ['EC2', 'RDS', 'S3', 'Lambda'];
const LAMBDA = ['--services', 'Lambda'];
const HOUR = 60;

/** What a run asked of the collected services. */
async function callsOf(place: Place, work: () => Promise<Ran>): Promise<{ ran: Ran; calls: string[] }> {
  const before = place.calls().length;
  const ran = await work();
  return { ran, calls: collectingCalls(place, before) };
}

it('the second run of a day asks nothing of the services, with --clear-cache everything', async (test) => {
  const place = await openPlace(test);
  place.sandbox.estate.buckets.splice(2);
  const first = await callsOf(place, () => place.collect());
  expect([first.ran.code, first.ran.doc.cached]).toEqual([0, []]);
  const second = await callsOf(place, () => place.collect());
  expect(second.calls).toEqual([]);
  expect(second.ran.doc).toMatchObject({ cached: ALL, results: first.ran.doc.results, api_calls: 0 });
  const third = await callsOf(place, () => place.collect(['--clear-cache']));
  expect(third.calls.sort()).toEqual(first.calls.sort());
  expect(third.ran.doc).toMatchObject({ cached: [], results: first.ran.doc.results });
  for (const region of ['us-east-1', 'global'])
    for (const unit of Object.values(readLedger(place, region)))
      expect(unit).toMatchObject({ origin: 'fetched', run_id: third.ran.doc.run_id });
  // Nothing was deleted: the next one reuses the newest.
  const fourth = await callsOf(place, () => place.collect());
  expect(fourth.calls).toEqual([]);
  for (const unit of Object.values(readLedger(place)))
    expect(unit).toMatchObject({ origin: 'reused', run_id: third.ran.doc.run_id });
});

describe('what was read is reused within its day, slot and TTL', () => {
  const day = { 'target-date': undefined, backfill: undefined };
  it.concurrent.for([
    ['23 hours later', 23, {}, null, true],
    ['25 hours later', 25, {}, null, false],
    ['half an hour later, with a TTL of 0.4 hours', 0.5, { 'cache-ttl': 0.4 }, null, false],
    ['at once, with a TTL of 0', 0, { 'cache-ttl': 0 }, null, false],
    ['in a run of an earlier slot', 1, {}, -1, true],
    ['in a run of a later slot', 2, {}, 1, false],
    ['on the next day', 24, day, null, false],
  ] as const)('%s', async ([, hours, flags, slot, reused], test) => {
    const place = await openPlace(test);
    const about = { services: ['Lambda'], ...flags };
    const first = await callsOf(place, () => collectHere(place, { flags: { ...about, 'cache-ttl': undefined } }));
    expect(first.ran.code).toBe(0);
    const env = slot === null ? {} : { SCHEDULED_AT: new Date(Date.now() + slot * 3_600_000).toISOString() };
    const clock = skewed(hours * HOUR);
    const { ran, calls } = await callsOf(place, () => collectHere(place, { clock, flags: about, env }));
    expect([ran.code, ran.doc.cached], ran.stderr).toEqual([0, reused ? ['Lambda'] : []]);
    expect(calls.sort()).toEqual(reused ? [] : first.calls.sort());
    expect(ran.doc.target_date === first.ran.doc.target_date).toBe(!('backfill' in flags));
  });
});

describe('the newest is what the fencing token says', () => {
  const flags = { services: ['Lambda'] };
  const runIds = (place: Place) => Object.values(readLedger(place)).map(({ run_id }) => run_id);

  it.concurrent('not the clock of a host', async (test) => {
    const place = await openPlace(test);
    expect((await collectHere(place, { clock: skewed(8), flags })).code).toBe(0);
    const truth = await collectHere(place, { flags: { ...flags, 'clear-cache': true } });
    const { ran, calls } = await callsOf(place, () => collectHere(place, { clock: skewed(9), flags }));
    expect([ran.code, ran.doc.cached, calls], ran.stderr).toEqual([0, ['Lambda'], []]);
    expect(new Set(runIds(place))).toEqual(new Set([truth.doc.run_id]));
  });

  it.concurrent('not who ended last: a run that was fenced off may', async (test) => {
    const place = await openPlace(test);
    const env = { LOCK_LEASE_SECONDS: '600' };
    const clear = [...LAMBDA, '--clear-cache'];
    const first = await standing(place, test, 'lambda:ListFunctions', { args: clear, env });
    const truth = await place.collect([...clear, '--force'], env);
    expect(truth.code, truth.stderr).toBe(0);
    first.open();
    const lost = await first.ended;
    // It has sealed its files before it found out.
    expect([lost.code, lost.doc.error_code, eventsOf(lost, 'unit.completed')]).toEqual([1, 'LOCK_LOST', 3]);
    const { ran, calls } = await callsOf(place, () => place.collect(LAMBDA, env));
    expect([ran.code, ran.doc.cached, calls], ran.stderr).toEqual([0, ['Lambda'], []]);
    expect(new Set(runIds(place))).toEqual(new Set([truth.doc.run_id]));
  });

  it.concurrent('what a run finished that began after the truth and did not commit', async (test) => {
    const place = await openPlace(test);
    const truth = await place.collect(LAMBDA);
    const killed = await standing(place, test, 'lambda:ListLayers', { args: [...LAMBDA, '--clear-cache'] });
    killed.child.kill('SIGKILL');
    await killed.ended.catch(() => {});
    const { ran, calls } = await callsOf(place, () => place.collect(LAMBDA));
    expect([ran.code, ran.doc.cached, calls], ran.stderr).toEqual([0, ['Lambda'], []]);
    const origins = Object.entries(readLedger(place)).map(([type, { run_id }]) => [type, run_id === truth.doc.run_id]);
    expect(Object.fromEntries(origins)).toEqual({
      'AWS::Lambda::EventSourceMapping': true,
      'AWS::Lambda::Function': false,
      'AWS::Lambda::LayerVersion': true,
    });
  });
});

const eventsOf = ({ log }: Ran, name: string) => log.filter(({ event }) => event === name).length;

it.concurrent.for([
  ['partial', 'lambda:ListTags', 1],
  ['denied', 'lambda:ListFunctions', 4],
] as const)('a unit that is %s is read again, and only that', async ([status, match, times], test) => {
  const place = await openPlace(test);
  const does =
    status === 'denied' ? 'deny' : ({ kind: 'error', status: 500, code: 'ServiceException', message: 'x' } as const);
  const repair = place.sandbox.fault({ match, times, does });
  const first = await place.collect(LAMBDA, { MAX_RETRIES: '0' });
  expect([first.code, readLedger(place)['AWS::Lambda::Function']?.status]).toEqual([3, status]);
  repair();
  const { ran, calls } = await callsOf(place, () => place.collect(LAMBDA));
  expect(ran.code, ran.stderr).toBe(0);
  expect([...new Set(calls)].sort()).toEqual(['lambda:ListFunctions', 'lambda:ListTags']);
  expectWhole(place, readLedger(place), typesOf('Lambda'));
});

/** What is done to the files of a unit; whether a warning is due. Without a seal, nothing was finished. */
const DAMAGES: readonly (readonly [name: string, damage: (data: string, seal: string) => void, warns: boolean])[] = [
  ['the data is cut', (data) => truncateSync(data, 100), true],
  ['the data is empty', (data) => truncateSync(data, 0), true],
  ['a bit of the data is flipped', (data) => flipBit(data), true],
  ['the data is missing', (data) => rmSync(data), true],
  ['the seal is cut', (_data, seal) => truncateSync(seal, 100), true],
  ['the seal is empty', (_data, seal) => truncateSync(seal, 0), true],
  ['the seal is no JSON', (_data, seal) => writeFileSync(seal, 'sealed!'), true],
  ['the seal is other JSON', (_data, seal) => writeFileSync(seal, '{"count": 5}'), true],
  ['the seal is missing', (_data, seal) => rmSync(seal), false],
  ['the count of the seal is wrong', (_data, seal) => edit(seal, /"count": 5/, '"count": 4'), true],
];

describe('a damaged cache is a warning and a fetch of that unit alone', () => {
  it.concurrent.for(DAMAGES)('%s', async ([, damage, warns], test) => {
    const place = await openPlace(test);
    await collectHere(place, { flags: { services: ['Lambda'] } });
    const folder = join(scopeFolder(place, 'units', 'us-east-1'), 'AWS-Lambda-Function');
    const file = (end: string) => join(folder, readdirSync(folder).find((name) => name.endsWith(end)) ?? '');
    damage(file('.gz'), file('.json'));
    const { ran, calls } = await callsOf(place, () => collectHere(place, { flags: { services: ['Lambda'] } }));
    expect([ran.code, ran.doc.results], ran.stderr).toEqual([0, { Lambda: 5 }]);
    const warnings = ran.log.filter(({ event }) => event === 'cache.damaged');
    const warning = { level: 'warn', resource_type: 'AWS::Lambda::Function', reason: expect.stringMatching(/./) };
    expect(warnings).toEqual(warns ? [expect.objectContaining(warning)] : []);
    expect([...new Set(calls)].sort()).toEqual(['lambda:ListFunctions', 'lambda:ListTags']);
    expectWhole(place, readLedger(place), typesOf('Lambda'));
  });
});

describe('temporary files of a killed run are gone after the next one', () => {
  it.concurrent('those of the store', async (test) => {
    const place = await openPlace(test);
    const running = await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA });
    running.child.kill('SIGKILL');
    await running.ended.catch(() => {});
    expect(readdirSync(place.file('data/.tmp'))).toHaveLength(1);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
  });

  it.concurrent('those of a host of many network cards, whose process has a long name', async (test) => {
    const place = await openPlace(test);
    const killed = place.startCollect(LAMBDA, {}, ['--import', MANY_CARDS, '--import', killedAt('/units/')]);
    await killed.ended.catch(() => {});
    const [left = '', ...others] = readdirSync(place.file('data/.tmp'));
    expect([killed.child.signalCode, others]).toEqual(['SIGKILL', []]);
    expect(left.length).toBeLessThan(255);
    const { code, stderr } = await place.startCollect(LAMBDA, {}, ['--import', MANY_CARDS]).ended;
    expect([code, readdirSync(place.file('data/.tmp'))], stderr).toEqual([0, []]);
  });

  it.concurrent('those of the lease', async (test) => {
    const place = await openPlace(test);
    const killed = place.startCollect(LAMBDA, {}, ['--import', killedAt('/leases/')]);
    await killed.ended.catch(() => {});
    expect([killed.child.signalCode, temporaryLeases(place).length]).toEqual(['SIGKILL', 1]);
    expect((await place.collect(LAMBDA)).code).toBe(0);
    expect(temporaryLeases(place)).toEqual([]);
  });
});

/** A process that is killed just when it links its first file of this kind. */
const killedAt = (part: string) =>
  `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { link } = fs;
  fs.link = (from, to) => {
    if (String(to).includes('${part}')) process.kill(process.pid, 'SIGKILL');
    return link(from, to);
  };
  syncBuiltinESMExports();`)}`;

/** A process of a host that has no /proc to tell processes by, a long name and twelve network cards. */
const MANY_CARDS = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  import os from 'node:os';
  import { syncBuiltinESMExports } from 'node:module';
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  os.hostname = () => '会議室の'.repeat(60);
  const card = (_, n) => ['en' + n, [{ mac: 'aa:bb:cc:dd:ee:' + String(n).padStart(2, '0') }]];
  os.networkInterfaces = () => Object.fromEntries(Array.from({ length: 12 }, card));
  const { readFileSync } = fs;
  fs.readFileSync = (path, ...rest) => {
    if (String(path).startsWith('/proc/')) throw new Error('no /proc');
    return readFileSync(path, ...rest);
  };
  syncBuiltinESMExports();`)}`;

function temporaryLeases(place: Place): string[] {
  const folder = place.file('data/default_tenant/leases');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^\d{20}\.json$/.test(entry.name))
    .map(({ name }) => name);
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function edit(path: string, from: RegExp, to: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
}
