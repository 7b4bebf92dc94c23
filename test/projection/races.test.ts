import { expect, it } from 'vitest';
import { MOTO_MISSING } from '../integration/moto.js';
import { raceInDirectories, raceOnS3 } from './race-stores.js';
import type { Seen } from './races.js';

/** A race in which nobody meets anybody shows nothing. */
function expectMet(seen: Seen, least: number): void {
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(least);
}

it('a zombie’s Parquet never replaces a newer one: in a directory', async () => {
  expectMet(await raceInDirectories(50), 4);
});

it.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `a zombie’s Parquet never replaces a newer one: on S3 ${MOTO_MISSING}`,
  async () => {
    expectMet(await raceOnS3(20), 1);
  },
);
