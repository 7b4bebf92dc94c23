import { type ClientFactory, newMeter } from '../aws/clients.js';
import { askedPause } from '../aws/retries.js';
import type { Config } from '../config/config.js';
import type { Source } from '../core/model.js';
import type { Clock } from '../core/ports.js';
import { credentialsCode } from '../core/run-outcome.js';
import { openDirectoryStore, openExistingStore } from '../store/directory.js';
import { openS3Store } from '../store/s3.js';
import type { Store } from '../store/store.js';

interface StoreAccess {
  readonly clients: ClientFactory;
  /** The region of the environment or the run; a bucket elsewhere is followed to where it is. */
  readonly region: string;
  readonly classify: Source['classify'];
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Opens the store that the configuration names. `existing`: a directory must be there, to read. */
export async function openStore(config: Config, access: StoreAccess, existing = false): Promise<Store> {
  const place = config.store;
  if (place.kind === 'directory') return existing ? openExistingStore(place.path) : openDirectoryStore(place.path);
  const { maxRetries, initialRetryDelay } = config.calls;
  return openS3Store(place, {
    client: (sdk) => access.clients.create(sdk.S3Client, access.region, newMeter(), { streams: true }),
    maxRetries,
    pause: (tries, error) => {
      const own = access.random() * initialRetryDelay * 1000 * 2 ** (tries - 1);
      return access.clock.sleep(Math.max(own, askedPause(error)), access.signal);
    },
    describe: (error) => {
      const problem = access.classify(error);
      const { code, message } = problem;
      const refused = credentialsCode(code);
      const reason = refused === null ? `${code}: ${message}` : message;
      return { passing: problem.class === 'transient', reason, refused };
    },
  });
}
