import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { committedS3Line, LANGS, s3LineOf } from './document.js';
import { FAULTS, LASTS } from './matrix.js';
import { measureS3, S3_KINDS, S3_ROWS } from './store-on-s3.js';

/** About every eighth line, each kind and each fault; all of them: test/scale/faults-on-s3.test.ts. */
const SOME = S3_ROWS.filter(
  ({ kind, fault, lasts }) => (2 * S3_KINDS.indexOf(kind) + 3 * FAULTS.indexOf(fault) + LASTS.indexOf(lasts)) % 8 === 0,
);

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `a fault on a call to the store on S3 does what docs/failure-modes.md says ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto.close());

    it.concurrent.for(SOME.map((row) => [`${row.kind.name}: ${row.fault.name}, ${row.lasts}`, row] as const))(
      '%s',
      async ([, row], test) => {
        const outcome = await measureS3(row, moto.url, test);
        for (const lang of LANGS) expect(s3LineOf(row, outcome, lang)).toBe(committedS3Line(row, lang));
      },
    );
  },
);
