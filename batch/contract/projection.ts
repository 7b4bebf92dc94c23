/** Keys in the footer of a day's Parquet file: which manifest it was rendered from, and whether it is whole. */
export const FOOTER = {
  /** As a decimal number. */
  fencingToken: 'fencing_token',
  /** SHA-256 of the manifest's file, hex. */
  manifestSha256: 'manifest_sha256',
  /**
   * SHA-256, hex, of the whole footer but this value. Every file that is written here has it. The name is longer than
   * the 16 bytes of a statistic: nothing that a record says can be taken for it.
   */
  footerSha256: 'footer_bytes_sha256',
} as const;
