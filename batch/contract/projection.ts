/** Keys in the footer of a day's Parquet file: which manifest it was rendered from. */
export const FOOTER = {
  /** As a decimal number. */
  fencingToken: 'fencing_token',
  /** SHA-256 of the manifest's file, hex. */
  manifestSha256: 'manifest_sha256',
} as const;
