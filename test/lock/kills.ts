import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { openPlace } from '../cli/place.js';
import { expectContinued, numbers } from './aftermath.js';
import { openLock } from './locks.js';

/** Kills a run at a random instant: after so many of its calls, and so much later. Then looks at what it left. */
export async function killOnce(
  test: TestContext,
  seed: number,
  { services, buckets }: { readonly services: readonly string[]; readonly buckets: number },
): Promise<void> {
  const random = numbers(seed);
  const place = await openPlace(test);
  place.sandbox.estate.buckets.splice(buckets);
  const env = await openLock(place, random() < 0.5 ? 'lease files' : 'DynamoDB');
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

  await expectContinued(place, services, env);
}
