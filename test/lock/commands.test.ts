import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manifestNames } from '../cli/ledger.js';
import { openPlace, type Place } from '../cli/place.js';
import { LOCKS, openLock, standing } from './locks.js';

const LAMBDA = ['--services', 'Lambda'];
const KEYS = ['default_tenant/482915730164/us-east-1', 'default_tenant/482915730164/global'];
const LONG = { LOCK_LEASE_SECONDS: '600' };

describe.for(LOCKS)('arv lock status: %s', (lock) => {
  it.concurrent('nobody, held, released', async (test) => {
    const place = await openPlace(test);
    mkdirSync(place.file('data'));
    const env = await openLock(place, lock);
    const free = KEYS.map((lock_key) => ({ lock_key, held: false }));
    const nobody = await place.run(['lock', 'status'], env);
    expect([nobody.code, nobody.doc, nobody.stderr.includes('"error"')]).toEqual([0, { locks: free }, false]);

    const owner = await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA, env });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const about = {
      owner: expect.stringContaining(`pid=${owner.child.pid}`),
      run_id: expect.stringMatching(/^\d{8}T\d{6}Z-/),
      fencing_token: 1,
      acquired_at: time,
      lease_expires_at: time,
    };
    const held = await place.run(['lock', 'status'], env);
    expect([held.code, held.doc]).toEqual([0, { locks: [{ lock_key: KEYS[0], held: true, ...about }, free[1]] }]);
    const [row] = held.doc.locks;
    const seconds = (Date.parse(row.lease_expires_at) - Date.parse(row.acquired_at)) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(60);
    const table = await place.text(['lock', 'status', '--output', 'table'], env);
    expect(table.code).toBe(0);
    for (const cell of [...KEYS, row.owner, row.run_id, row.acquired_at]) expect(table.stdout).toContain(cell);
    expect(table.stdout.split('\n').find((line) => line.includes('us-east-1'))).toMatch(/ yes .* 1 /);

    owner.open();
    const { doc } = await owner.ended;
    const released = await place.run(['lock', 'status', '--region', 'us-east-1'], env);
    expect(released.doc.locks[0]).toEqual({ lock_key: KEYS[0], held: false, ...about, run_id: doc.run_id });
    expect([row.run_id, place.calls('lambda:*').length]).toEqual([doc.run_id, doc.api_calls]);
  });

  it.concurrent('arv lock release', async (test) => {
    const place = await openPlace(test);
    mkdirSync(place.file('data'));
    const env = { ...(await openLock(place, lock)), ...LONG };
    const nothing = await place.run(['lock', 'release', '--yes'], env);
    expect([nothing.code, nothing.doc]).toEqual([0, { released: [] }]);

    const owner = await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA, env });
    const refused = await place.run(['lock', 'release'], env);
    expect([refused.code, refused.doc.error_code]).toEqual([2, 'USAGE']);
    expect(refused.doc.error).toContain('--yes');
    const { code, doc } = await place.run(['lock', 'release', '--yes'], env);
    expect([code, doc.released.length]).toEqual([0, 1]);
    expect(doc.released[0]).toMatchObject({ lock_key: KEYS[0], fencing_token: 1 });
    owner.open();
    const lost = await owner.ended;
    expect([lost.code, lost.doc.error_code], lost.stderr).toEqual([1, 'LOCK_LOST']);
    expect(manifestNames(place)).toEqual([]);
    const status = await place.run(['lock', 'status'], env);
    expect(status.doc.locks[0]).toMatchObject({ held: false });
    const next = await place.collect(LAMBDA, env);
    expect(next.code, next.stderr).toBe(0);
    const [name = ''] = manifestNames(place);
    expect(Number(name.slice(0, 20))).toBeGreaterThan(1);
  });

  it.concurrent("of the account's lease alone: --region global", async (test) => {
    const place = await openPlace(test);
    const env = { ...(await openLock(place, lock)), ...LONG };
    const owner = await standing(place, test, 's3:ListBuckets', { args: ['--services', 'S3'], env });
    const ofAccount = ['--region', 'global'];
    const status = await place.run(['lock', 'status', ...ofAccount], env);
    expect([status.code, status.doc.locks], status.stderr).toEqual([
      0,
      [expect.objectContaining({ lock_key: KEYS[1], held: true })],
    ]);
    const { code, stdout } = await place.text(['lock', 'release', '--yes', ...ofAccount, '--output', 'table'], env);
    expect([code, stdout.includes(KEYS[0] ?? '')]).toEqual([0, false]);
    const [row] = status.doc.locks;
    for (const cell of [KEYS[1], row.owner, row.run_id, row.acquired_at]) expect(stdout).toContain(cell);
    expect(stdout).not.toContain('held');
    const after = await place.run(['lock', 'status'], env);
    expect(after.doc.locks.map(({ held }: { held: boolean }) => held)).toEqual([true, false]);
    owner.open();
    expect((await owner.ended).doc.error_code).toBe('LOCK_LOST');
  });
});

describe('arv lock where it cannot work', () => {
  it.concurrent.for([
    ['en', 'lock release: there is no terminal to ask at. Add --yes.'],
    ['ja', 'lock release: 確認できる端末がありません。--yes を付けてください。'],
  ])('release without a terminal: %s', async ([lang = '', says], test) => {
    const place = await openPlace(test);
    await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA });
    const { code, doc } = await place.run(['lock', 'release', '--lang', lang]);
    expect([code, doc.problems]).toEqual([2, [says]]);
  });

  it.concurrent.for(['status', 'release'])('%s without the table', async (word, test) => {
    const place = await openPlace(test);
    const env = { LOCK_TABLE_NAME: 'absent', MAX_RETRIES: '0' };
    const { code, doc } = await place.run(['lock', word], env);
    expect([code, doc.success, doc.error_code]).toEqual([1, false, 'LOCK_UNAVAILABLE']);
    expect(doc.error).toContain('absent');
  });

  it.concurrent('without credentials', async (test) => {
    const place = await openPlace(test);
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, doc } = await place.run(['lock', 'status'], none);
    expect([code, doc.error_code, doc.error]).toEqual([1, 'NO_CREDENTIALS', 'AWS credentials are not configured']);
  });

  it.concurrent('without a region', async (test) => {
    const place = await openPlace(test);
    for (const args of [[], ['--region', 'global']]) {
      const { code, doc } = await place.run(['lock', 'release', '--yes', ...args], { AWS_REGION: undefined });
      expect([code, doc.error_code, doc.region]).toEqual([2, 'NO_REGION', args[1] ?? null]);
    }
  });

  it.concurrent.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('interrupted while it asks for the account: %s', async ([signal, exitCode], test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'sts:*', does: 'hang' });
    const running = place.start(['lock', 'status']);
    await place.sandbox.waitFor('sts:*');
    running.child.kill(signal);
    const { code, doc } = await running.ended;
    expect([code, doc.error_code]).toEqual([exitCode, 'INTERRUPTED']);
  });
});

/** Every file and folder of the store, and when it was last changed. */
function traces(place: Place): unknown[] {
  const paths = ['.', ...readdirSync(place.file('data'), { recursive: true, encoding: 'utf8' })].sort();
  return paths.map((path) => [path, statSync(place.file(`data/${path}`)).mtimeMs]);
}

it('asking who holds the lease writes nothing', async (test) => {
  const place = await openPlace(test);
  const owner = await standing(place, test, 'lambda:ListFunctions', { args: LAMBDA, env: LONG });
  const before = traces(place);
  for (const tenant of ['default_tenant', 'typo']) {
    const { code, doc } = await place.run(['lock', 'status', '--tenant', tenant]);
    const held = doc.locks.map((lock: { held: boolean }) => lock.held);
    expect([code, held]).toEqual([0, [tenant !== 'typo', false]]);
  }
  expect(traces(place)).toEqual(before);
  expect(readFileSync(place.file('logs/batch_execution.log'), 'utf8')).not.toContain('"error"');
  owner.open();
  expect((await owner.ended).code).toBe(0);
});

it.for(['status', 'release'])('a store that is not there is told, not made: %s', async (word, test) => {
  const place = await openPlace(test);
  const { code, doc } = await place.run(['lock', word, '--store', 'typo']);
  expect([code, doc.error_code, doc.error]).toEqual([1, 'STORE_UNAVAILABLE', expect.stringContaining('/typo')]);
  expect(place.has('typo')).toBe(false);
});
