import type { Config } from '../config/config.js';
import { openDirectoryStore, openExistingStore } from '../store/directory.js';
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
  more: { readonly writes: boolean } = { writes: false },
): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const { open, close } = opener(config, host, runId);
  try {
    const store = await open();
    // Not made by being opened: it is there.
    const writable = more.writes && config.store.kind === 'directory';
    return await work(writable ? await openDirectoryStore(config.store.path) : store);
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
