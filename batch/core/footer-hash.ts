import { createHash } from 'node:crypto';
import { FOOTER } from '../contract/projection.js';

/** Stands in a footer where its hash will be. */
export const NO_HASH = '0'.repeat(64);

/** Between a key and its value: the type of what follows, and its length. */
const THRIFT_BYTES = 2;

/** The end of a Parquet file, from its metadata on, with its own hash in the place of `NO_HASH`. Pure. */
export function withHash(footer: Uint8Array): Uint8Array {
  const { before, after } = partsOf(Buffer.from(footer));
  return Buffer.concat([before, Buffer.from(hashOf(before, after)), after]);
}

/**
 * Whether a footer is what was written. True, too, for one without a hash, as earlier versions wrote it. To be asked
 * before anything of a footer is believed.
 */
export function isIntact(footer: Buffer): boolean {
  const { before, hash, after } = partsOf(footer);
  return before.length === 0 || hash === hashOf(before, after);
}

/** Around the hash. `before` is empty: there is none. */
function partsOf(footer: Buffer): { readonly before: Buffer; readonly hash: string; readonly after: Buffer } {
  const key = footer.lastIndexOf(FOOTER.footerSha256);
  const start = key < 0 ? 0 : key + FOOTER.footerSha256.length + THRIFT_BYTES;
  const end = start + NO_HASH.length;
  return {
    before: footer.subarray(0, start),
    hash: footer.toString('latin1', start, end),
    after: footer.subarray(end),
  };
}

/** SHA-256 (hex) of all but the hash. */
function hashOf(before: Uint8Array, after: Uint8Array): string {
  return createHash('sha256').update(before).update(after).digest('hex');
}
