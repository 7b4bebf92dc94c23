import type { Config } from '../config/config.js';
import type { ErrorCode } from '../contract/errors.js';
import { RunStopped } from '../core/stop.js';
import { createRedactor } from '../logging/redaction.js';
import { OutputFailed } from '../process/output.js';
import { openDirectoryStore, openExistingStore } from '../store/directory.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { compose } from './compose.js';
import type { CommandResult, Host, LongResult } from './host.js';
import { json } from './json.js';
import { failureOutcome, print } from './outcome.js';
import { newRunId } from './run-id.js';

/** Where S3 is asked first when nothing names a region: a bucket is followed to where it is. */
const ANY_REGION = 'us-east-1';

/**
 * Opens the configured store to read and hands it to `work`. Its faults become the failure document; on the way of a
 * long result, the failure's line on stderr.
 */
export async function reading<Result extends CommandResult | LongResult>(
  config: Config,
  host: Host,
  region: string | null,
  work: (store: Store) => Promise<Result>,
  more: { readonly writes: boolean } = { writes: false },
): Promise<Result | CommandResult> {
  const runId = newRunId(host.clock.now());
  const { open, close } = opener(config, host, runId);
  const told = (error: unknown) => {
    const { code, fields } = failureOf(error);
    return failureOutcome(code, fields, config.lang, { services: [], region, run_id: runId });
  };
  let streams = false;
  try {
    const store = await open();
    // Not made by being opened: it is there.
    const writable = more.writes && config.store.kind === 'directory';
    const result = await work(writable ? await openDirectoryStore(config.store.path) : store);
    if (typeof result.stdout === 'string') return result;
    streams = true;
    return {
      ...result,
      stdout: guarded(result.stdout, (error) => host.stderr.write(json(told(error).document, false)), close),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return print(told(error), config, host);
  } finally {
    if (!streams) await close();
  }
}

function isExpected(error: unknown): boolean {
  return [StoreUnavailable, RunStopped, OutputFailed].some((kind) => error instanceof kind);
}

function failureOf(error: unknown): { readonly code: ErrorCode; readonly fields: Readonly<Record<string, unknown>> } {
  const reason = createRedactor().text(error instanceof Error ? error.message : String(error));
  if (error instanceof RunStopped) return { code: 'INTERRUPTED', fields: { signal: error.reason } };
  if (error instanceof OutputFailed) return { code: 'OUTPUT_FAILED', fields: { out: error.out, reason } };
  if (error instanceof StoreUnavailable) return { code: error.code, fields: { ...error.fields, reason } };
  return { code: 'INTERNAL', fields: { reason } };
}

/** The pieces, with the store open until the last one. A fault on the way is told: stdout has a part of the data. */
async function* guarded(
  pieces: LongResult['stdout'],
  tell: (error: unknown) => void,
  close: () => Promise<void>,
): LongResult['stdout'] {
  try {
    yield* pieces;
  } catch (error) {
    tell(error);
    throw error;
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
