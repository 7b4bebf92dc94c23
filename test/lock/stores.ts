import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestContext } from 'vitest';
import type { Env, Place } from '../cli/place.js';
import { type StoreFront, startStoreFront } from '../integration/store-front.js';

/** Where the runs of a place keep their snapshots. */
export interface TestStore {
  /** What a run's environment needs to use it. */
  readonly env: Env;
  /** Makes the folder `data` of the place what the store is. */
  mirror(): Promise<void>;
}

/** The folder itself. */
export const DIRECTORY: TestStore = { env: {}, mirror: async () => {} };

/** A store on S3, beside the sandbox as far as a run can tell. */
export async function openStoreOnS3(
  test: Pick<TestContext, 'onTestFinished'>,
  place: Place,
  s3Url: string,
): Promise<TestStore & { readonly front: StoreFront }> {
  const front = await startStoreFront(place.sandbox.url, s3Url);
  test.onTestFinished(() => front.close());
  // A process that is killed leaves the file of its upload.
  const TMPDIR = place.file('tmp');
  mkdirSync(TMPDIR);
  return {
    front,
    env: { SNAPSHOT_STORE: front.store, AWS_ENDPOINT_URL: front.url, TMPDIR },
    async mirror() {
      const objects = await front.objects();
      rmSync(place.file('data'), { recursive: true, force: true });
      for (const [key, content] of objects) {
        const path = place.file(`data/${key}`);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
    },
  };
}
