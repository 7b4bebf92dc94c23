import { expect, it } from 'vitest';
import type { Clock } from '../../batch/core/ports.js';
import { limited, RunStopped } from '../../batch/core/stop.js';

/** A clock whose sleepers are woken by hand. */
function handClock() {
  const sleepers: { ms: number; wake: () => void; signal: AbortSignal }[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ ms, wake: resolve, signal });
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, sleepers };
}

it('a unit that takes its share is stopped as such', async () => {
  const { clock, sleepers } = handClock();
  const share = limited(clock, 1000, new AbortController().signal);
  expect([sleepers[0]?.ms, share.signal.aborted]).toEqual([1000, false]);
  sleepers[0]?.wake();
  await Promise.resolve();
  await Promise.resolve();
  expect(share.signal.reason).toMatchObject({ name: 'RunStopped', reason: 'unit' });
});

it('the run that ends stops the unit for its own reason', () => {
  const { clock } = handClock();
  const run = new AbortController();
  const share = limited(clock, 1000, run.signal);
  run.abort(new RunStopped('SIGTERM'));
  expect(share.signal.reason).toMatchObject({ reason: 'SIGTERM' });
});

it('a unit that is done leaves no timer behind', () => {
  const { clock, sleepers } = handClock();
  const share = limited(clock, 1000, new AbortController().signal);
  share.done();
  expect(sleepers[0]?.signal.aborted).toBe(true);
});
