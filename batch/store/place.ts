/** Where a store is. */
export type StorePlace =
  | { readonly kind: 'directory'; readonly path: string }
  /** `prefix` without slashes at its ends; empty: the bucket itself. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** A directory, or `s3://bucket/prefix`; null for any other URI, and for one of S3 that lacks a slash. */
export function parseStorePlace(text: string): StorePlace | null {
  if (!/^([a-z0-9]+:\/\/|s3:)/i.test(text)) return { kind: 'directory', path: text };
  const [, bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  const parts = rest.split('/').filter((part) => part !== '');
  if (bucket === undefined || parts.some((part) => part === '.' || part === '..')) return null;
  return { kind: 's3', bucket, prefix: parts.join('/') };
}
