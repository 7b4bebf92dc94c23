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
