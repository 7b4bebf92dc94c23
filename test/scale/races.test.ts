import { expect, it } from 'vitest';
import { raceInDirectories, raceOnS3 } from '../projection/race-stores.js';

/** Each race: two or three runs that commit under growing tokens and render, step by step in an order of its own. */
const RACES = 1000;

it.each([
  ['in directories', raceInDirectories],
  ['on S3', raceOnS3],
])(
  `a zombie’s Parquet never replaces a newer one: ${RACES} races %s`,
  async (_where, races) => {
    const seen = await races(RACES);
    console.log(JSON.stringify(seen));
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(50);
  },
  20 * 60_000,
);
