import { it } from 'vitest';
import { killOnce } from '../lock/kills.js';

/** In the name of each test, so that a failure tells which instant it was. */
const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: 100 }, (_, index) => FIRST + index);

it.for(SEEDS)('a run killed at a random instant (ARV_SEED=%i)', (seed, test) =>
  killOnce(test, seed, { services: ['EC2', 'RDS', 'S3', 'Lambda'], buckets: 12 }),
);
