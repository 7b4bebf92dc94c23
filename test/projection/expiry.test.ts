import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RETENTION } from '../../batch/contract/retention.js';
import { projectionKey } from '../../batch/core/layout.js';
import { renderProjection } from '../../batch/core/projection.js';
import { openS3Store } from '../../batch/store/s3.js';
import type { Store } from '../../batch/store/store.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { runProgram, TEST_ENV, temporaryFolder } from '../program.js';
import { commit, NEVER, recordOf, SCOPE, writeUnit } from './days.js';

const BUCKET = 'inventory-store';
const DAY_MS = 86_400_000;

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `what a lifecycle took away is no damage ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    let client: S3Client;

    beforeAll(async () => {
      moto = await startMoto();
      client = new S3Client({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    });
    const cwd = temporaryFolder();
    afterAll(async () => {
      rmSync(cwd, { recursive: true });
      client.destroy();
      await moto.close();
    });

    const open = (prefix: string): Promise<Store> =>
      openS3Store(
        { kind: 's3', bucket: BUCKET, prefix },
        {
          client: () => client,
          maxRetries: 0,
          pause: async () => {},
          describe: (error) => ({ passing: false, reason: String(error), refused: null }),
        },
      );

    /** A day that was collected so many days ago, rendered; its unit file was taken away, or the Parquet file too. */
    async function dayOf(days: number, ...gone: ('unit' | 'parquet')[]) {
      const at = new Date(Date.now() - days * DAY_MS - 60_000).toISOString();
      const date = at.slice(0, 10);
      const prefix = randomUUID();
      const store = await open(prefix);
      const unit = await writeUnit(store, 'A', [recordOf('A', '1')], { date, at });
      await commit(store, 1, [unit], { date, at });
      await renderProjection(store, { scope: SCOPE, date }, NEVER);
      for (const kind of gone) {
        const key = kind === 'unit' ? unit.file : projectionKey(SCOPE, date);
        await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${key}` }));
      }
      const arv = (...words: string[]) =>
        runProgram(['snapshots', ...words, '--store', `s3://${BUCKET}/${prefix}`, '--tenant', SCOPE.tenant], {
          cwd,
          env: { ...TEST_ENV, AWS_ENDPOINT_URL: moto.url },
        });
      return { verify: (await arv('verify')).json, repair: await arv('repair') };
    }

    it.concurrent('a unit file that is old enough, whose day is rendered', async () => {
      const { verify, repair } = await dayOf(RETENTION.unitDays, 'unit');
      expect(verify).toEqual({ ok: true, snapshots: 1, files_checked: 2, expired: 1, damages: [], lagging: [] });
      expect([repair.code, repair.json]).toEqual([0, { repaired: [], lagging: [], checked: 1 }]);
    });

    it.concurrent('one that is not old enough is lost', async () => {
      const { verify } = await dayOf(RETENTION.unitDays - 1, 'unit');
      expect(verify).toMatchObject({ ok: false, expired: 0, damages: [{ problem: expect.stringMatching(/missing/) }] });
    });

    it.concurrent('a file that is old and still there is looked at', async () => {
      const { verify } = await dayOf(RETENTION.unitDays + 100);
      expect(verify).toEqual({ ok: true, snapshots: 1, files_checked: 3, expired: 0, damages: [], lagging: [] });
    });

    it.concurrent('a Parquet file that is missing too early cannot be rendered any more: the day is lost', async () => {
      const { verify, repair } = await dayOf(RETENTION.dailyDays - 1, 'unit', 'parquet');
      const problem = 'the file is missing, and unit files that it was made from have expired';
      expect(verify).toMatchObject({ ok: false, expired: 1, damages: [{ problem }], lagging: [] });
      expect([repair.code, repair.json.lagging]).toMatchObject([1, [{ reason: expect.stringMatching(/is missing$/) }]]);
    });

    it.concurrent('after so long, neither is missed', async () => {
      const { verify, repair } = await dayOf(RETENTION.dailyDays, 'unit', 'parquet');
      expect(verify).toEqual({ ok: true, snapshots: 1, files_checked: 1, expired: 2, damages: [], lagging: [] });
      expect([repair.code, repair.json]).toEqual([0, { repaired: [], lagging: [], checked: 1 }]);
    });
  },
);
