import type { ErrorCode } from '../contract/errors.js';

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
