import { afterAll, it } from 'vitest';
import { stopOnce } from '../lock/stops.js';

/** In the name of each test, so that a failure tells which instant it was. */
const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: 50 }, (_, index) => FIRST + index);
const times: number[] = [];

afterAll(() => {
  times.sort((a, b) => a - b);
  const ms = (at: number) => Math.round(times[Math.floor(at * (times.length - 1))] ?? Number.NaN);
  console.log(`from the signal to the end: median ${ms(0.5)} ms, longest ${ms(1)} ms, of ${times.length}`);
});

it.for(SEEDS)('a run told to end at a random instant (ARV_SEED=%i)', async (seed, test) => {
  times.push(await stopOnce(test, seed, { services: ['EC2', 'RDS', 'S3', 'Lambda'], buckets: 12 }));
});
