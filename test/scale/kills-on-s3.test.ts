import { afterAll, beforeAll, describe, it } from 'vitest';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { killOnce } from '../lock/kills.js';

/** In the name of each test, so that a failure tells which instant it was. */
const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: 50 }, (_, index) => FIRST + index);

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(`on S3 ${MOTO_MISSING}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.close());

  it.for(SEEDS)('a run killed at a random instant (ARV_SEED=%i)', (seed, test) =>
    killOnce(test, seed, { services: ['EC2', 'RDS', 'S3', 'Lambda'], buckets: 12, s3: moto.url }),
  );
});
