import { it } from 'vitest';
import { killOnce } from './kills.js';

/** In the name of each test, so that a failure tells which instant it was. */
const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: 8 }, (_, index) => FIRST + index);

it.concurrent.for(SEEDS)('a run killed at a random instant (ARV_SEED=%i)', (seed, test) =>
  killOnce(test, seed, { services: ['RDS', 'S3', 'Lambda'], buckets: 3 }),
);
