import type { ErrorCode } from '../contract/errors.js';

/** Thrown by `put` when the key does not have the version that was to be replaced. */
export class VersionConflict extends Error {
  readonly code = 'VERSION_CONFLICT';
  constructor(
    readonly key: string,
    replaces: string | null,
  ) {
    super(replaces === null ? `${key} exists already` : `${key} is not what it was any more`);
  }
}

/**
 * Thrown when the store itself cannot be used: not there, no permission, no space. `cause` is the reason. Where it is
 * what leads to the store, `code` says so; `fields` belong to its message, besides the reason.
 */
export class StoreUnavailable extends Error {
  constructor(
    message: string,
    options?: ErrorOptions,
    readonly code: ErrorCode = 'STORE_UNAVAILABLE',
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message, options);
  }
}

/** Bytes from `start` up to, not including, `end` (left out: to the end); a negative `start` counts from the end. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/**
 * Port: where snapshots live. Keys are `/`-separated and relative to the store. Every file is written whole or not at
 * all. Adapters: `directory.ts`, `s3.ts`. All methods throw `StoreUnavailable` on a fault of the store.
 */
export interface Store {
  /** Where `key` is, for a person or another program: an absolute path or an `s3://` URI. */
  uri(key: string): string;
  /**
   * Creates `key` from `body` (`replaces` null), or puts the body in the place of exactly the version given. Throws
   * `VersionConflict` where something else is there; of many who replace the same version one succeeds. When `body`
   * throws, nothing is changed and the error passes.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, replaces: string | null): Promise<void>;
  /** The bytes of `key`, or of a part of it; null when there is no such key. */
  read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>;
  /** What tells one content of `key` from the next; null when there is no such key. Only to be compared. */
  version(key: string): Promise<string | null>;
  /** The names directly below the folder `prefix`, sorted by code point; none when there is no such folder. */
  list(prefix: string): Promise<readonly string[]>;
}
