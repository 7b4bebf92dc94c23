import { describe, expect, it, vi } from 'vitest';

const pauses = vi.hoisted((): number[] => []);
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async (ms: number) => void pauses.push(ms),
}));

const { CallRetries } = await import('../../batch/aws/retries.js');

async function pauseFor(hint: Date | undefined): Promise<number[]> {
  pauses.length = 0;
  const retries = new CallRetries(
    { maxRetries: 1, initialRetryDelay: 0 },
    () => 0,
    () => true,
  );
  const token = await retries.acquireInitialRetryToken('');
  const error = Object.assign(new Error('busy'), { name: 'ServiceUnavailable' });
  const info = { error, errorType: 'TRANSIENT' as const, ...(hint && { retryAfterHint: hint }) };
  await retries.refreshRetryTokenForRetry(token as never, info as never);
  return [...pauses];
}

/** The pauses between the tries of a call that always fails, in milliseconds. */
async function pausesOf(maxRetries: number, initialRetryDelay: number, random: number): Promise<number[]> {
  vi.useFakeTimers();
  try {
    const retries = new CallRetries(
      { maxRetries, initialRetryDelay },
      () => random,
      () => true,
    );
    const info = { error: new Error('busy'), errorType: 'TRANSIENT' as const };
    const waited: number[] = [];
    let token = await retries.acquireInitialRetryToken('');
    for (;;) {
      const started = Date.now();
      const next = retries.refreshRetryTokenForRetry(token as never, info as never).catch(() => null);
      await vi.runAllTimersAsync();
      const refreshed = await next;
      if (refreshed === null) return waited;
      token = refreshed as never;
      waited.push(Date.now() - started);
    }
  } finally {
    vi.useRealTimers();
  }
}

describe('the pauses between tries', () => {
  it.each([
    [1, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]],
    [0.5, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]],
    [0, [0, 0, 0, 0, 0, 0, 0]],
  ])('double up to a limit, and are anything below that: chance %d', async (random, expected) => {
    expect(await pausesOf(7, 1, random)).toEqual(expected);
  });

  it('no further tries: none', async () => {
    expect(await pausesOf(0, 1, 1)).toEqual([]);
  });
});

describe('Retry-After', () => {
  it.each([
    [3_600_000, 60_000],
    [61_000, 60_000],
    [30_000, 30_000],
  ])('of %i ms: waits %i', async (asked, waits) => {
    const [pause = 0, ...more] = await pauseFor(new Date(Date.now() + asked));
    expect(more).toEqual([]);
    expect(pause).toBeGreaterThan(waits - 500);
    expect(pause).toBeLessThanOrEqual(waits);
  });

  it.each([undefined, new Date(0), new Date(Number.NaN)])('of %s: no pause', async (hint) => {
    expect(await pauseFor(hint)).toEqual([]);
  });
});
