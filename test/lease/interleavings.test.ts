import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lease } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';
import { ModelTable } from './model-table.js';
import { type OpenTable, TABLES } from './tables.js';
import { TroubledTable } from './troubled-table.js';
import type { VirtualTime } from './virtual-time.js';
import { type Action, LEASE_MS, World, type WorldOptions } from './world.js';

/** On the model; the real tables get a fiftieth each. `ARV_INTERLEAVINGS=10000` for all. */
const RUNS = Number(process.env.ARV_INTERLEAVINGS ?? 1000);
const REAL_RUNS = Math.ceil(RUNS / 50);

const p = fc.nat({ max: 3 });
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('acquire'),
      p,
      force: fc.boolean(),
      waitMs: fc.constantFrom(0, 5000, 90_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('acquire'), p, force: fc.constant(false), waitMs: fc.constant(0) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('confirm'), p }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commit'), p }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release'), p }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('freeze', 'crash', 'abort'), p }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('thaw'), p }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('step'), n: fc.nat({ max: 5 }), pick: fc.constant('go') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('step'),
      n: fc.nat({ max: 5 }),
      pick: fc.constantFrom('lose-request', 'lose-reply', 'twice', 'copy'),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('flow') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outside') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance'),
      ms: fc.oneof(
        fc.constantFrom(1, 500, LEASE_MS / 4, LEASE_MS / 2, LEASE_MS - 1, LEASE_MS, LEASE_MS + 1),
        fc.nat({ max: 2 * LEASE_MS }),
      ),
      flows: fc.boolean(),
    }),
  },
) as fc.Arbitrary<Action>;

/** Just before a lease ends, and just after. */
const nearEnd = fc.integer({ min: LEASE_MS - 16_000, max: LEASE_MS + 1500 });
const go = (n: number): Action => ({ do: 'step', n, pick: 'go' });
const quiet = (ms: number): Action => ({ do: 'advance', ms, flows: false });
const flow: Action = { do: 'flow' };

/** What seldom comes about by single steps: slow replies, and a rival at the edge of the end. */
const scenes = fc.oneof(
  // The reply to the first question, or to the claim, is heard late.
  fc
    .tuple(p, fc.nat({ max: 2 }), fc.nat({ max: 14_000 }))
    .map(([who, steps, ms]): Action[] => [
      flow,
      { do: 'acquire', p: who, force: false, waitMs: 0 },
      ...Array.from({ length: steps + 1 }, () => go(0)),
      quiet(ms),
      flow,
    ]),
  // A renewal falls due, and one of its replies is heard late.
  fc
    .tuple(fc.nat({ max: 3 }), fc.nat({ max: 14_000 }))
    .map(([steps, ms]): Action[] => [
      flow,
      quiet(LEASE_MS / 4),
      ...Array.from({ length: steps + 1 }, () => go(0)),
      quiet(ms),
      flow,
    ]),
  fc
    .tuple(p, nearEnd, fc.boolean())
    .map(([who, ms, frozen]): Action[] => [
      ...(frozen ? [{ do: 'freeze', p: who } as Action] : []),
      quiet(ms),
      { do: 'acquire', p: who + 1, force: false, waitMs: 0 },
      flow,
      { do: 'thaw', p: who },
      { do: 'confirm', p: who },
      flow,
    ]),
);

const options: fc.Arbitrary<WorldOptions> = fc.record({
  processes: fc.integer({ min: 2, max: 4 }),
  published: fc.constantFrom(0, 41),
  resolutionMs: fc.constantFrom(1, 1000),
  sameHost: fc.boolean(),
  skews: fc.array(fc.constantFrom(0, -600_000, 600_000), { minLength: 1, maxLength: 4 }),
});

/** What came of it: how often the interesting things happened, so that a quiet generator is noticed. */
const seen = { acquired: 0, committed: 0, lost: 0, confirmed: 0 };

type TableOf = (time: VirtualTime, resolutionMs: number) => LeaseTable;

async function live(tableOf: TableOf, config: WorldOptions, script: readonly Action[], id?: string): Promise<void> {
  const world = new World(tableOf, config, id);
  const done: Action[] = [];
  for (const action of script) {
    await world.act(action);
    done.push(action);
    if (world.oracle.violations.length > 0)
      throw new Error(`${world.oracle.violations.join('\n')}\nafter ${JSON.stringify(done)}`);
  }
  for (const { lease, confirmed } of world.actors) {
    if (lease?.lost.aborted === true) seen.lost += 1;
    else if (lease !== null) seen.acquired += 1;
    if (confirmed) seen.confirmed += 1;
  }
  if (world.oracle.published > 0) seen.committed += 1;
  await afterwards(world);
  expect(world.oracle.violations).toEqual([]);
}

/**
 * All are dead; what they sent still arrives. Whoever comes after the lease has ended has it. A renewal may have been
 * written with up to a lease on top: the time that its process stood still between asking and writing.
 */
async function afterwards(world: World): Promise<void> {
  for (let n = 0; n < 4; n++) await world.act({ do: 'crash', p: n });
  await world.flow();
  await world.act({ do: 'advance', ms: 2 * LEASE_MS + 3000, flows: true });
  await world.act({ do: 'acquire', p: 0, force: false, waitMs: 0 });
  await world.flow();
  const heir = world.actors[0]?.lease as Lease | null;
  expect(heir, 'nobody can have the lease of the dead').not.toBeNull();
  await world.act({ do: 'confirm', p: 0 });
  await world.flow();
  expect(world.actors[0]?.confirmed).toBe(true);
  await world.act({ do: 'release', p: 0 });
  await world.flow();
}

async function check(numRuns: number, tableOf: TableOf): Promise<void> {
  const seed = process.env.ARV_SEED === undefined ? {} : { seed: Number(process.env.ARV_SEED) };
  let worlds = 0;
  const scene = fc.oneof({ weight: 8, arbitrary: actions.map((one) => [one]) }, { weight: 1, arbitrary: scenes });
  const script = fc.array(scene, { minLength: 20, maxLength: 60, size: 'max' }).map((all) => all.flat());
  const property = fc.asyncProperty(options, script, (config, chosen) => {
    worlds += 1;
    return live(tableOf, config, chosen, String(worlds));
  });
  // The report of a failure names seed and path.
  await fc.assert(property, { numRuns, ...seed, endOnFailure: process.env.ARV_SHRINK === undefined });
}

describe('random interleavings', () => {
  test(`${RUNS} on the model`, { timeout: 600_000 }, async () => {
    await check(RUNS, (time, resolutionMs) => {
      const clock = () => {
        const notBefore = Math.floor(time.date / resolutionMs) * resolutionMs;
        return { notBefore, notAfter: notBefore + resolutionMs };
      };
      return new ModelTable(clock);
    });
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(RUNS / 40);
  });

  describe.each(['file', 'dynamodb'] as const)('on %s', (kind) => {
    let opened: OpenTable;
    beforeAll(async () => {
      opened = await TABLES[kind]();
    });
    afterAll(() => opened.close());

    test(`${REAL_RUNS}`, { timeout: 600_000 }, () =>
      check(REAL_RUNS, (time, resolutionMs) => new TroubledTable(opened.table, () => time, resolutionMs)),
    );
  });
});
