import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { openS3Store } from '../../batch/store/s3.js';
import type { Store } from '../../batch/store/store.js';
import { startMoto } from '../integration/moto.js';
import { temporaryFolder } from '../program.js';
import { race, type Seen } from './races.js';

/** So many races, each in a store of its own; gives what happened in them. */
export async function raceInDirectories(times: number): Promise<Seen> {
  return races(times, async (run) => {
    const dir = temporaryFolder();
    await run(await openDirectoryStore(dir));
    rmSync(dir, { recursive: true });
  });
}

export async function raceOnS3(times: number): Promise<Seen> {
  const moto = await startMoto();
  const client = new S3Client({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
  try {
    await client.send(new CreateBucketCommand({ Bucket: 'races' }));
    return await races(times, async (run) => {
      const access = {
        client: () => client,
        maxRetries: 0,
        pause: async () => {},
        describe: (error: unknown) => ({ passing: false, reason: String(error), refused: null }),
      };
      await run(await openS3Store({ kind: 's3', bucket: 'races', prefix: randomUUID() }, access));
    });
  } finally {
    client.destroy();
    await moto.close();
  }
}

async function races(times: number, inStore: (run: (store: Store) => Promise<void>) => Promise<void>): Promise<Seen> {
  const seen: Seen = { conflicts: 0, replaced: 0, killed: 0 };
  for (let seed = 1; seed <= times; seed++) await inStore((store) => race(store, seed, seen));
  return seen;
}
