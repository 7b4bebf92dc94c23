import { expect, it } from 'vitest';
import { manifestNames } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { compete } from './compete.js';
import { LOCKS, openLock } from './locks.js';

it.for(LOCKS)('of twelve processes on one key one collects: %s', async (lock, test) => {
  const place = await openPlace(test);
  const env = await openLock(place, lock);
  const elsewhere = async () => {
    const other = await place.collect(['--services', 'Lambda', 'S3', '--region', 'ap-northeast-1'], env);
    expect([other.code, other.doc.success_count], other.stderr).toEqual([0, 2]);
    expect(manifestNames(place, 'ap-northeast-1')).toHaveLength(1);
    expect(manifestNames(place, 'global')).toHaveLength(1);
  };
  await compete(test, place, env, { processes: 12, width: 12, token: 1, meanwhile: elsewhere });
  await compete(test, place, env, { processes: 4, width: 4, token: 2 });
});

it.for(LOCKS)('another account has its own lock: %s', async (lock, test) => {
  const place = await openPlace(test);
  const env = await openLock(place, lock);
  const { estate } = place.sandbox;
  const { accountId } = estate;
  const meanwhile = async () => {
    const same = await place.collect(['--services', 'RDS'], env);
    expect([same.code, same.doc.error_code]).toEqual([4, 'LOCKED']);
    estate.accountId = '111122223333';
    const other = await place.collect(['--services', 'RDS'], env);
    estate.accountId = accountId;
    expect([other.code, other.doc.account_id, other.doc.results], other.stderr).toEqual([
      0,
      '111122223333',
      { RDS: 4 },
    ]);
  };
  await compete(test, place, env, { processes: 2, width: 2, token: 1, meanwhile });
});
