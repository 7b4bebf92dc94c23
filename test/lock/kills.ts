import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { openPlace } from '../cli/place.js';
import { expectContinued, numbers } from './aftermath.js';
import { openLock } from './locks.js';
import { DIRECTORY, openStoreOnS3 } from './stores.js';

/** Kills a run at a random instant: after so many of its calls, and so much later. Then looks at what it left. */
export async function killOnce(
  test: TestContext,
  seed: number,
  { services, buckets, s3 }: { readonly services: readonly string[]; readonly buckets: number; readonly s3?: string },
): Promise<void> {
  const random = numbers(seed);
  const place = await openPlace(test);
  place.sandbox.estate.buckets.splice(buckets);
  const lock = random() < 0.5 ? 'lease files' : 'DynamoDB';
  const store = s3 === undefined ? DIRECTORY : await openStoreOnS3(test, place, s3);
  const env = { ...(await openLock(place, lock)), ...store.env };
  const args = ['--services', ...services];
  // The commits come after the last call: one kill in four is near them.
  const total = (services.includes('EC2') ? 39 : 22) + 6 * buckets;
  const count = random() < 0.25 ? total : 1 + Math.floor(random() * total);
  const running = place.startCollect(args, env);
  const ended = running.ended.then(
    () => {},
    () => {},
  );
  const before = place.calls('dynamodb:*').length;
  await Promise.race([place.sandbox.waitFor('*', before + count), ended]);
  await pause(random() * 40);
  running.child.kill('SIGKILL');
  await ended;

  await expectContinued(place, services, env, store);
}
