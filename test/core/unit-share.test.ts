import { expect, it } from 'vitest';
import { type CollectContext, collectUnit } from '../../batch/core/collect-unit.js';
import type { Unit } from '../../batch/core/model.js';
import type { Clock } from '../../batch/core/ports.js';
import { limited, RunStopped } from '../../batch/core/stop.js';
import { StoreUnavailable } from '../../batch/store/store.js';

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

it('nor does one that ends the run', async () => {
  const { clock, sleepers } = handClock();
  const full = new StoreUnavailable('no room');
  const context = {
    ...{ clock, log: { write: () => {} }, store: { put: () => Promise.reject(full) }, cache: null, endsAt: 1000 },
    source: { read: () => ({ pages: async function* () {}, calls: () => ({ sent: 0, throttled: 0 }) }) },
    ...{ scope: { tenant: 't', accountId: '1', region: 'r' }, date: '2026-01-31', runId: 'run' },
    ...{ signal: new AbortController().signal, interrupted: new AbortController().signal },
  } as unknown as CollectContext;
  const unit = { resourceType: { type: 'AWS::A::B', service: 'A' }, region: 'r' } as unknown as Unit;
  await expect(collectUnit(unit, context)).rejects.toBe(full);
  expect(sleepers.map(({ signal }) => signal.aborted)).toEqual([true]);
});
