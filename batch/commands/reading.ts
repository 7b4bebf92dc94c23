import type { Config } from '../config/config.js';
import { openExistingStore } from '../store/directory.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { compose } from './compose.js';
import type { CommandResult, Host } from './host.js';
import { failureOutcome, print } from './outcome.js';
import { newRunId } from './run-id.js';

/** Where S3 is asked first when nothing names a region: a bucket is followed to where it is. */
const ANY_REGION = 'us-east-1';

/** Opens the configured store to read and hands it to `work`. Its faults become the failure document. */
export async function reading(
  config: Config,
  host: Host,
  region: string | null,
  work: (store: Store) => Promise<CommandResult>,
): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const { open, close } = opener(config, host, runId);
  try {
    return await work(await open());
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const head = { services: [], region, run_id: runId };
    return print(failureOutcome('STORE_UNAVAILABLE', { reason: error.message }, config.lang, head), config, host);
  } finally {
    await close();
  }
}

/** A directory needs nothing of AWS. */
function opener(config: Config, host: Host, runId: string) {
  const { store } = config;
  if (store.kind === 'directory') return { open: () => openExistingStore(store.path), close: async () => {} };
  const { openExistingStore: open, close } = compose(config, config.lock.region ?? ANY_REGION, runId, host);
  return { open, close };
}
