import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectWhole, readLedger, typesOf } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { openProxy } from './place.js';
import type { FaultProxy } from './proxy.js';

const busy = (status: number, retryAfter: string) => ({
  ...{ kind: 'error' as const, status, code: status === 429 ? 'TooManyRequestsException' : 'ServiceUnavailable' },
  ...{ message: 'Later, please', headers: { 'retry-after': retryAfter } },
});
const FUNCTIONS = 'lambda:ListFunctions';
const LAMBDA = ['--services', 'Lambda'];
const timesOf = ({ calls }: FaultProxy, match: string) =>
  calls.filter(({ operation }) => operation === match).map(({ at }) => at);

describe('Retry-After', () => {
  it.concurrent.for([
    [429, '1', 1000],
    [503, '2', 2000],
  ] as const)('%i, %s: each further try comes when it was asked for', async ([status, header, least], test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    proxy.fault({ match: FUNCTIONS, times: 2, does: busy(status, header) });
    const { code, doc } = await place.collect(LAMBDA, { ...env, MAX_RETRIES: '2' });
    expect([code, doc.results]).toEqual([0, { Lambda: 5 }]);
    expectWhole(place, readLedger(place), typesOf('Lambda'));
    const times = timesOf(proxy, FUNCTIONS);
    expect(times).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = times;
    // A timer may be a millisecond early.
    expect(second - first).toBeGreaterThanOrEqual(least - 10);
    expect(third - second).toBeGreaterThanOrEqual(least - 10);
  });

  it.concurrent.for([
    [503, 'lambda:ListFunctions', '<html><body>Under maintenance</body></html>'],
    [429, 'lambda:ListFunctions', '<html><body>Slow down</body></html>'],
    [503, 'rds:DescribeDBInstances', '<html><body>Under maintenance</body></html>'],
    [503, 'sts:GetCallerIdentity', ''],
  ] as const)('%i of %s by a gateway with its own page %o', async ([status, match, page], test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    proxy.fault({ match, times: 1, does: { ...busy(status, '1'), page } });
    const { code, doc, stderr } = await place.collect(['--services', 'Lambda', 'RDS'], env);
    expect([code, doc.results], stderr).toEqual([0, { Lambda: 5, RDS: 4 }]);
    const [first = 0, second = 0, ...more] = timesOf(proxy, match);
    expect(more).toEqual([]);
    expect(second - first).toBeGreaterThanOrEqual(1000 - 10);
  });

  it.concurrent('a date', async (test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    const at = Date.now() + 5000;
    const until = performance.now() + 4000;
    proxy.fault({ match: FUNCTIONS, times: 1, does: busy(503, new Date(at).toUTCString()) });
    const { code, doc } = await place.collect(LAMBDA, env);
    expect([code, doc.results]).toEqual([0, { Lambda: 5 }]);
    const [, second = 0, ...more] = timesOf(proxy, FUNCTIONS);
    expect(more).toEqual([]);
    // It has whole seconds.
    expect(second).toBeGreaterThanOrEqual(until - 10);
  });

  it.concurrent.for([
    ['sts:GetCallerIdentity', 1, 'TIMED_OUT'],
    [FUNCTIONS, 3, 'TIMED_OUT'],
  ] as const)('an hour, at %s: the deadline of the run does not wait for it', async ([match, exit, told], test) => {
    const place = await openPlace(test);
    const { proxy, env } = await openProxy(place, test);
    proxy.fault({ match, does: busy(503, '3600') });
    const started = performance.now();
    const { code, doc } = await place.collect(['--services', 'Lambda', 'RDS', '--timeout', '4'], env);
    expect([code, doc.error_code]).toEqual([exit, told]);
    expect(performance.now() - started).toBeLessThan(12_000);
    expect(timesOf(proxy, match)).toHaveLength(1);
  });

  it.concurrent.for(['sts:GetCallerIdentity', FUNCTIONS])(
    'an hour, at %s: SIGTERM does not wait for it',
    async (match, test) => {
      const place = await openPlace(test);
      const { proxy, env } = await openProxy(place, test);
      proxy.fault({ match, does: busy(503, '3600') });
      const { child, ended } = place.startCollect(LAMBDA, env);
      while (timesOf(proxy, match).length === 0) await pause(20);
      // The answer has arrived by then, and the pause has begun.
      await pause(300);
      const killed = performance.now();
      child.kill('SIGTERM');
      const { code, doc } = await ended;
      expect([code, doc.error_code]).toEqual([143, 'INTERRUPTED']);
      expect(performance.now() - killed).toBeLessThan(5000);
    },
  );
});
