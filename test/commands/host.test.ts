import { expect, test } from 'vitest';
import { systemClock } from '../../batch/commands/host.js';
import { RunStopped } from '../../batch/core/stop.js';

test.each([true, false])('a sleep ends with the reason of its signal (fired before: %s)', async (before) => {
  const stop = new AbortController();
  const reason = new RunStopped('SIGTERM');
  if (before) stop.abort(reason);
  const sleeping = systemClock.sleep(60_000, stop.signal);
  if (!before) stop.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test('a sleep that nobody ends resolves when it is over, not before', async () => {
  const began = systemClock.monotonic();
  await systemClock.sleep(20, new AbortController().signal);
  // Node's timers count whole milliseconds.
  expect(systemClock.monotonic() - began).toBeGreaterThanOrEqual(19);
});
