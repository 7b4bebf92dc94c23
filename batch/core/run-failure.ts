import type { ErrorCode } from '../contract/errors.js';
import type { StoreUnavailable } from '../store/store.js';
import { DamagedManifest } from './ledger.js';
import type { RunStopped } from './stop.js';

export type ErrorFields = Readonly<Record<string, unknown>>;

/** A run that ends before anything is published, with the code of SPEC §2 and the fields of its message. */
export class RunFailure extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly fields: ErrorFields = {},
    options?: ErrorOptions,
  ) {
    super(`${code} ${JSON.stringify(fields)}`, options);
    this.name = 'RunFailure';
  }
}

/** A lease that is lost says how. */
export function lockLost(stopped: RunStopped): RunFailure {
  return new RunFailure('LOCK_LOST', { reason: stopped.why }, { cause: stopped });
}

export function storeUnavailable(error: StoreUnavailable): RunFailure {
  const damaged = error instanceof DamagedManifest;
  const fields = damaged ? { reason: error.reason, manifest: error.uri } : { reason: error.message, ...error.fields };
  return new RunFailure(error.code, fields, { cause: error });
}
