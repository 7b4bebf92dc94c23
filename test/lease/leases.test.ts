import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunStopped } from '../../batch/core/stop.js';
import { giveBack } from '../../batch/lease/give-back.js';
import { LeaseRefused, LockUnavailable } from '../../batch/lease/lease.js';
import { Bench, LEASE_MS, SCOPE } from './bench.js';
import { type OpenTable, TABLES } from './tables.js';

/** As coarse as DynamoDB's clock. */
const RESOLUTION_MS = 1000;
const MINUTE = 60_000;

function gateOf(): { readonly promise: Promise<void>; resolve(): void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, resolve: () => open() };
}

describe.each(Object.entries(TABLES))('leases on %s', (_, open) => {
  let opened: OpenTable;
  let bench: Bench;
  beforeEach(async () => {
    opened = await open();
    bench = new Bench(opened.table, RESOLUTION_MS);
  });
  afterEach(() => opened.close());

  describe('acquire', () => {
    test('the first one: token, owner, run, start and end are readable', async () => {
      const lease = await bench.runner().acquire();
      expect(lease.token).toBe(1);
      const start = new Date(bench.time.date).toISOString();
      const end = new Date(bench.time.date + RESOLUTION_MS + LEASE_MS).toISOString();
      expect(await bench.row()).toEqual({
        ...{ key: 'acme/000000000000/us-east-1', token: 1, owner: 'p1', runId: 'run-p1' },
        ...{ acquiredAt: start, expiresAt: end },
      });
      await lease.release();
    });

    test('a second run is refused and told who holds it; another region goes on', async () => {
      const lease = await bench.runner().acquire();
      const second = bench.runner();
      const refused = await second.acquire().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(LeaseRefused);
      expect(refused).toMatchObject({ code: 'LOCKED', holder: { owner: 'p1', runId: 'run-p1', token: 1 } });
      const elsewhere = await second.leases.acquire(
        { ...SCOPE, region: 'eu-west-1' },
        { runId: 'run-p2', publishedToken: 0, force: false, waitMs: 0 },
        new AbortController().signal,
      );
      await Promise.all([lease.release(), elsewhere.release()]);
    });

    test('of ten at once, one', async () => {
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => bench.runner().acquire()));
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(LeaseRefused);
      }
      await won[0]?.release();
    });

    test('a dead owner: not before its end, then by the next who asks, under the next token', async () => {
      const dead = bench.runner();
      await dead.acquire();
      dead.frozen = true;
      await bench.time.advance(LEASE_MS);
      await expect(bench.runner().acquire()).rejects.toBeInstanceOf(LeaseRefused);
      await bench.time.advance(RESOLUTION_MS);
      const lease = await bench.runner().acquire();
      expect(lease.token).toBe(2);
      await lease.release();
    });

    test('an owner that is gone: at once', async () => {
      const dead = bench.runner();
      await dead.acquire();
      dead.frozen = true;
      bench.gone.add(dead.name);
      const lease = await bench.runner().acquire();
      expect(lease.token).toBe(2);
      await lease.release();
    });

    test.each([-10 * MINUTE, 10 * MINUTE])(
      'a host clock %i ms wrong robs nobody and keeps nobody out',
      async (skew) => {
        const owner = bench.runner(skew);
        const lease = await owner.acquire();
        await bench.time.advance(5 * LEASE_MS);
        await expect(bench.runner().acquire()).rejects.toBeInstanceOf(LeaseRefused);
        await expect(bench.runner(-skew).acquire()).rejects.toBeInstanceOf(LeaseRefused);
        expect(await lease.confirm()).toBe(true);
        owner.frozen = true;
        await bench.time.advance(LEASE_MS + 2 * RESOLUTION_MS);
        const next = await bench.runner(-skew).acquire();
        expect(next.token).toBe(2);
        await next.release();
      },
    );

    test('tokens only grow: over what was published, releases and takeovers', async () => {
      const tokens: number[] = [];
      for (const publishedToken of [41, 0, 43, 100]) {
        const lease = await bench.runner().acquire({ publishedToken });
        tokens.push(lease.token);
        await lease.release();
      }
      const dead = bench.runner();
      tokens.push((await dead.acquire({ publishedToken: 7 })).token);
      dead.frozen = true;
      const robbed = bench.runner();
      tokens.push((await robbed.acquire({ force: true, publishedToken: 7 })).token);
      const last = await bench.runner().acquire({ force: true, publishedToken: 500 });
      expect([...tokens, last.token]).toEqual([42, 43, 44, 101, 102, 103, 501]);
      await last.release();
    });

    test.each([Number.MAX_SAFE_INTEGER, 1e20])('above %d there is no token: nothing is written', async (highest) => {
      const refused = bench.runner().acquire({ publishedToken: highest });
      const message = `no fencing token of acme/000000000000/us-east-1 is left above ${highest}, `;
      await expect(refused).rejects.toThrow(LockUnavailable);
      await expect(refused).rejects.toThrow(message);
      expect(await bench.row()).toBeNull();
      // One below it can still be taken, once.
      const last = await bench.runner().acquire({ publishedToken: Number.MAX_SAFE_INTEGER - 1 });
      expect(last.token).toBe(Number.MAX_SAFE_INTEGER);
      await last.release();
      await expect(bench.runner().acquire({ force: true })).rejects.toThrow(LockUnavailable);
      expect((await bench.row())?.token).toBe(Number.MAX_SAFE_INTEGER);
    });
  });

  describe('force', () => {
    test('takes over from the living, who learns it with the next renewal', async () => {
      const first = await bench.runner().acquire();
      const second = await bench.runner().acquire({ force: true });
      expect(second.token).toBe(2);
      expect(first.lost.aborted).toBe(false);
      await bench.time.advance(LEASE_MS / 4);
      expect(first.lost.aborted).toBe(true);
      expect(await first.confirm()).toBe(false);
      await first.release();
      expect(await second.confirm()).toBe(true);
      await second.release();
    });

    test('is not spent by a renewal of the owner that it is meant for', async () => {
      const owner = bench.runner();
      const first = await owner.acquire();
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      const forced = bench.runner().acquire({ force: true });
      await bench.time.advance(10);
      expect(await first.confirm()).toBe(true);
      gate.resolve();
      const second = await forced;
      expect(second.token).toBe(2);
      await second.release();
    });

    test('does not rob one who came meanwhile', async () => {
      await bench.runner().acquire();
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      const slow = bench.runner().acquire({ force: true });
      await bench.time.advance(10);
      const quick = await bench.runner().acquire({ force: true });
      gate.resolve();
      await expect(slow).rejects.toMatchObject({ code: 'LOCKED', holder: { token: 2, owner: 'p3' } });
      expect(await quick.confirm()).toBe(true);
      await quick.release();
    });
  });

  describe('waiting', () => {
    test('has it soon after its release', async () => {
      const first = await bench.runner().acquire();
      const waiting = bench.runner().acquire({ waitMs: MINUTE });
      await bench.time.advance(30_000);
      await first.release();
      const since = bench.time.now;
      const result = await bench.during(waiting, MINUTE);
      expect(bench.time.now - since).toBeLessThanOrEqual(1000);
      expect(result).toMatchObject({ status: 'fulfilled', value: { token: 2 } });
      if (result.status === 'fulfilled') await result.value.release();
    });

    test('is refused when the time is over, not much earlier or later', async () => {
      const first = await bench.runner().acquire();
      const since = bench.time.now;
      const result = await bench.during(bench.runner().acquire({ waitMs: 59_500 }), 2 * MINUTE);
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'LOCKED' } });
      expect(bench.time.now - since).toBeGreaterThanOrEqual(59_500);
      expect(bench.time.now - since).toBeLessThanOrEqual(60_000);
      await first.release();
    });

    test('ends with the signal', async () => {
      const first = await bench.runner().acquire();
      const stop = new AbortController();
      const waiting = bench.runner().acquire({ waitMs: MINUTE }, stop.signal);
      waiting.catch(() => {});
      await bench.time.advance(2500);
      stop.abort(new RunStopped('SIGTERM'));
      await expect(waiting).rejects.toBe(stop.signal.reason);
      await first.release();
      expect(bench.time.timers).toBe(0);
    });
  });

  describe('while it is held', () => {
    test('four renewals within a lease, and nobody else has it', async () => {
      const lease = await bench.runner().acquire();
      bench.table.put.length = 0;
      for (let n = 0; n < 10; n++) {
        await bench.time.advance(LEASE_MS);
        await expect(bench.runner().acquire()).rejects.toBeInstanceOf(LeaseRefused);
      }
      expect(bench.table.put).toHaveLength(40);
      expect(new Set(bench.table.put.map(({ token }) => token))).toEqual(new Set([1]));
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });

    test.each([
      ['unavailable', 40],
      ['lose-reply', 40],
      ['twice', 40],
      ['hang', 2],
      ['hang-after', 2],
    ] as const)('renewals that go wrong (%s, %i in a row) do not cost it', async (trouble, times) => {
      const lease = await bench.runner().acquire();
      for (let n = 0; n < 5; n++) {
        bench.table.order('swap', trouble, times);
        await bench.time.advance(2 * LEASE_MS);
        expect(lease.lost.aborted).toBe(false);
        await expect(bench.runner().acquire()).rejects.toBeInstanceOf(LeaseRefused);
      }
      await lease.release();
    });

    test.each(['unavailable', 'hang'] as const)(
      'without any renewal (%s) it is lost at its own end',
      async (trouble) => {
        const lease = await bench.runner().acquire();
        bench.table.order('read', trouble, 100);
        await bench.time.advance(LEASE_MS - 1);
        expect(lease.lost.aborted).toBe(false);
        await bench.time.advance(1);
        const why = expect.stringContaining('it was not renewed in time');
        expect(lease.lost.reason).toMatchObject({ name: 'RunStopped', reason: 'lease', why });
        expect(bench.log).toEqual([
          expect.objectContaining({ event: 'lock.lost', lock_key: 'acme/000000000000/us-east-1', fencing_token: 1 }),
        ]);
        expect(await lease.confirm()).toBe(false);
        const asked = bench.table.reads;
        await bench.time.advance(10 * LEASE_MS);
        expect(bench.table.reads).toBe(asked);
        expect(bench.time.timers).toBe(0);
      },
    );

    test('the time that a claim took counts: the next renewal is in time', async () => {
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      const acquiring = bench.runner().acquire();
      await bench.time.advance(50_000);
      gate.resolve();
      const lease = await acquiring;
      await bench.time.advance(LEASE_MS);
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });

    test('a claim that took longer than the lease is no lease', async () => {
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      const owner = bench.runner();
      const acquiring = owner.acquire();
      await bench.time.advance(0);
      owner.frozen = true;
      await bench.time.advance(LEASE_MS);
      gate.resolve();
      const lease = await acquiring;
      expect(await lease.confirm()).toBe(false);
      expect(lease.lost.aborted).toBe(true);
    });

    test("the lock's own clock set back: ends only grow, and the lease does not pass for a released one", async () => {
      const lease = await bench.runner().acquire();
      bench.table.behindMs = 10 * MINUTE;
      await bench.time.advance(2 * LEASE_MS);
      const ends = bench.table.put.map(({ expiresAt }) => expiresAt);
      expect(ends).toHaveLength(9);
      expect(ends).toEqual([...new Set(ends)].sort());
      expect(await lease.confirm()).toBe(true);
      await expect(bench.runner().acquire()).rejects.toBeInstanceOf(LeaseRefused);
      await lease.release();
      const next = await bench.runner().acquire();
      expect(next.token).toBe(2);
      await next.release();
    });

    test('whose row is gone, it is lost', async () => {
      const lease = await bench.runner().acquire();
      // An empty table in the place of the one that it was written to.
      Object.assign(bench.table, { inner: (await TABLES.model()).table });
      expect(await lease.confirm()).toBe(false);
      expect(bench.log).toEqual([expect.objectContaining({ event: 'lock.lost', reason: 'its row is gone' })]);
    });

    test('given back from outside, it is not revived', async () => {
      const lease = await bench.runner().acquire();
      const row = await bench.row();
      if (row === null) throw new Error('no row');
      expect(await giveBack(bench.table, row, new AbortController().signal)).toBe(true);
      await bench.time.advance(LEASE_MS / 4);
      expect(lease.lost.aborted).toBe(true);
      expect(bench.log[0]).toMatchObject({ reason: 'it was given back from outside' });
      const next = await bench.runner().acquire();
      expect(next.token).toBe(2);
      expect(await giveBack(bench.table, row, new AbortController().signal)).toBe(false);
      expect(await next.confirm()).toBe(true);
      await next.release();
    });
  });

  describe('confirm', () => {
    test('asks the lock: true renews, false after a takeover that nobody told of', async () => {
      const owner = bench.runner();
      const lease = await owner.acquire();
      await bench.time.advance(10_000);
      expect(await lease.confirm()).toBe(true);
      expect(Date.parse((await bench.row())?.expiresAt ?? '')).toBeGreaterThan(bench.time.date + LEASE_MS - 1);
      const robber = await bench.runner().acquire({ force: true });
      expect(await lease.confirm()).toBe(false);
      await robber.release();
    });

    test('stopped past its end and awake again: false, before any timer has run, and nothing is written', async () => {
      const owner = bench.runner();
      const lease = await owner.acquire();
      owner.frozen = true;
      await bench.time.advance(LEASE_MS);
      const put = bench.table.put.length;
      expect(await lease.confirm()).toBe(false);
      expect(bench.table.put).toHaveLength(put);
      owner.frozen = false;
      await bench.time.advance(LEASE_MS);
      expect(bench.table.put).toHaveLength(put);
    });

    test('goes on through trouble that passes', async () => {
      const lease = await bench.runner().acquire();
      bench.table.order('read', 'unavailable', 2);
      bench.table.order('swap', 'lose-reply');
      const result = await bench.during(lease.confirm(), LEASE_MS);
      expect(result).toEqual({ status: 'fulfilled', value: true });
      await lease.release();
    });

    test.each(['read', 'swap'] as const)('a %s that hangs: over by the end of the lease', async (call) => {
      const lease = await bench.runner().acquire();
      bench.table.order(call, 'hang', 100);
      await bench.time.advance(LEASE_MS / 2);
      const since = bench.time.now;
      expect(await bench.during(lease.confirm(), LEASE_MS)).toEqual({ status: 'fulfilled', value: false });
      expect(bench.time.now - since).toBeLessThanOrEqual(LEASE_MS / 2);
      expect(bench.time.timers).toBe(0);
    });
  });

  describe('release', () => {
    test('the next has it at once, the token is kept, no timer stays and nothing is renewed', async () => {
      const lease = await bench.runner().acquire();
      await bench.time.advance(20_000);
      await Promise.all([lease.release(), lease.release()]);
      expect(await bench.row()).toMatchObject({ token: 1, owner: 'p1', runId: 'run-p1' });
      expect(bench.time.timers).toBe(0);
      const put = bench.table.put.length;
      await bench.time.advance(3 * LEASE_MS);
      expect(await lease.confirm()).toBe(false);
      await lease.release();
      expect(bench.table.put).toHaveLength(put);
      expect(lease.lost.aborted).toBe(false);
      expect(bench.log).toEqual([]);
      const next = await bench.runner().acquire();
      expect(next.token).toBe(2);
      await next.release();
    });

    test.each(['before', 'after'] as const)('a renewal that arrives %s it revives nothing', async (when) => {
      const lease = await bench.runner().acquire();
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      await bench.time.advance(LEASE_MS / 4);
      const late = gateOf();
      if (when === 'before') {
        bench.table.order('swap', { until: late.promise });
        const releasing = lease.release();
        gate.resolve();
        await bench.table.settled();
        late.resolve();
        await releasing;
      } else {
        await lease.release();
        gate.resolve();
        await bench.table.settled();
      }
      const next = await bench.runner().acquire();
      expect(next.token).toBe(2);
      await next.release();
    });

    test.each(['unavailable', 'lose-reply', 'hang', 'hang-after'] as const)(
      'that goes wrong (%s) ends soon, and the lease ends by itself',
      async (trouble) => {
        const lease = await bench.runner().acquire();
        bench.table.order('swap', trouble);
        expect(await bench.during(lease.release(), LEASE_MS / 4)).toMatchObject({ status: 'fulfilled' });
        expect(bench.time.timers).toBe(0);
        await bench.time.advance(LEASE_MS + 2 * RESOLUTION_MS);
        const next = await bench.runner().acquire();
        expect(next.token).toBe(2);
        await next.release();
      },
    );

    test('after a loss it leaves the new owner alone', async () => {
      const first = await bench.runner().acquire();
      const second = await bench.runner().acquire({ force: true });
      await first.release();
      expect(await bench.row()).toMatchObject({ token: 2, owner: 'p2' });
      expect(await second.confirm()).toBe(true);
      await second.release();
    });
  });

  describe('a claim', () => {
    test.each(['lose-reply', 'twice'] as const)('whose reply got lost (%s) is recognized', async (trouble) => {
      bench.table.order('swap', trouble);
      const lease = await bench.runner().acquire();
      expect(lease.token).toBe(1);
      expect(await lease.confirm()).toBe(true);
      await lease.release();
    });

    test.each(['read', 'swap'] as const)('%s unavailable: the error says so', async (call) => {
      bench.table.order(call, 'unavailable');
      await expect(bench.runner().acquire({ force: true })).rejects.toThrow(new LockUnavailable('no answer'));
      expect(bench.table.put).toEqual([]);
    });

    test('a signal that has fired already: nothing is asked', async () => {
      const reason = new RunStopped('SIGINT');
      await expect(bench.runner().acquire({}, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(bench.table.reads).toBe(0);
    });

    test.each([
      ['read', 'hang'],
      ['swap', 'hang'],
      ['swap', 'hang-after'],
    ] as const)(
      'a signal while a %s hangs (%s) ends it within a second, and what was taken is given back',
      async (call, how) => {
        bench.table.order(call, how);
        const stop = new AbortController();
        const acquiring = bench.runner().acquire({}, stop.signal);
        acquiring.catch(() => {});
        await bench.time.advance(0);
        stop.abort(new RunStopped('SIGTERM'));
        // Only a claim that was not heard of is worth waiting for: it may come through yet.
        const atMost = call === 'swap' && how === 'hang' ? 1000 : 0;
        expect(await bench.during(acquiring, atMost)).toEqual({ status: 'rejected', reason: stop.signal.reason });
        await bench.table.settled();
        const next = await bench.runner().acquire();
        expect(next.token).toBe(how === 'hang-after' ? 2 : 1);
        await next.release();
        expect(bench.time.timers).toBe(0);
      },
    );

    test('a signal before it has come through: it is given back once it has', async () => {
      const gate = gateOf();
      bench.table.order('swap', { until: gate.promise });
      const stop = new AbortController();
      const acquiring = bench.runner().acquire({}, stop.signal);
      acquiring.catch(() => {});
      await bench.time.advance(0);
      stop.abort(new RunStopped('SIGTERM'));
      await bench.time.advance(0);
      gate.resolve();
      expect(await bench.during(acquiring, 250)).toMatchObject({ status: 'rejected' });
      // Free at once: nothing has to expire.
      const next = await bench.runner().acquire();
      expect(next.token).toBe(2);
      await next.release();
    });
  });
});
