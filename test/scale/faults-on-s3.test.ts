import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGS, readDocument, renderS3, writeDocument } from '../faults/document.js';
import { measureS3, S3_ROWS, type S3Outcome, type S3Row } from '../faults/store-on-s3.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';

const measured = new Map<S3Row, S3Outcome>();

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `each fault on each kind of call to the store on S3 ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto.close());

    it.concurrent.for(S3_ROWS.map((row) => [`${row.kind.name}: ${row.fault.name}, ${row.lasts}`, row] as const))(
      '%s',
      async ([, row], test) => {
        measured.set(row, await measureS3(row, moto.url, test));
      },
    );

    it.for(LANGS)('docs/failure-modes says what was measured: %s', (lang) => {
      const text = renderS3(measured, lang);
      if (process.env.ARV_WRITE_DOCS === '1') writeDocument(lang, { s3: text });
      expect(readDocument(lang).s3).toBe(text);
    });
  },
);
