/** Thrown by `create` when the key exists already. */
export class AlreadyExists extends Error {
  readonly code = 'ALREADY_EXISTS';
  constructor(readonly key: string) {
    super(`${key} exists already`);
  }
}

/** Thrown when the store itself cannot be used: not there, no permission, no space. `cause` is the reason. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE';
}

/**
 * Port: where snapshots live. Keys are `/`-separated and relative to the store. Every file is written whole or not at
 * all and never changed. Adapter: `directory.ts`. All methods throw `StoreUnavailable` on a fault of the store.
 */
export interface Store {
  /** Where `key` is, for a person or another program: an absolute path or an `s3://` URI. */
  uri(key: string): string;
  /** Creates `key` from `body`, or throws `AlreadyExists`. When `body` throws, nothing is left and the error passes. */
  create(key: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes of `key`, null when there is no such key. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** The names directly below the folder `prefix`, sorted by code point; none when there is no such folder. */
  list(prefix: string): Promise<readonly string[]>;
}
