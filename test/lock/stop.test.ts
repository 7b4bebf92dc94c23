import { it } from 'vitest';
import { stopOnce } from './stops.js';

/** In the name of each test, so that a failure tells which instant it was. */
const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: 8 }, (_, index) => FIRST + index);

// One after the other: what is measured is the time that one run takes to end.
it.for(SEEDS)('a run told to end at a random instant (ARV_SEED=%i)', async (seed, test) => {
  await stopOnce(test, seed, { services: ['RDS', 'S3', 'Lambda'], buckets: 3 });
});
