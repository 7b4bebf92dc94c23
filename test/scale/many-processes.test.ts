import { expect, it } from 'vitest';
import { openPlace } from '../cli/place.js';
import { compete } from '../lock/compete.js';
import { LOCKS, openLock } from '../lock/locks.js';

const ROUNDS = Number(process.env.ARV_ROUNDS ?? 1);

it.for(LOCKS)('of 200 processes on one key one collects: %s', { timeout: ROUNDS * 300_000 }, async (lock, test) => {
  const place = await openPlace(test);
  const env = await openLock(place, lock);
  for (let token = 1; token <= ROUNDS; token++) {
    const elsewhere = async () => {
      const args = ['--services', 'Lambda', '--region', 'ap-northeast-1', '--clear-cache'];
      const other = await place.collect(args, env);
      expect(other.code, other.stderr).toBe(0);
    };
    await compete(test, place, env, { processes: 200, width: 32, token, meanwhile: elsewhere });
  }
});
