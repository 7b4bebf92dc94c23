/** What `arv export` writes. */
export const EXPORT_FORMATS = ['csv', 'json', 'ndjson', 'parquet'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];
