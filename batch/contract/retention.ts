/**
 * How long the bucket keeps what a run leaves, in days. Manifests are kept. Source of the lifecycle rules, and of what
 * `arv snapshots verify` takes for expired rather than lost.
 */
export const RETENTION = {
  /** Unit files: what the daily files are made from. */
  unitDays: 30,
  /** Daily files: after so many days in cheaper storage, after so many gone. */
  dailyCheaperAfterDays: 90,
  dailyDays: 400,
  /** Versions that were replaced or deleted, by a person or by one of these rules: so long they can be brought back. */
  oldVersionDays: 30,
  /** What Athena writes for each query; nobody needs an old version of it. */
  queryResultDays: 7,
  oldQueryResultDays: 1,
  unfinishedUploadDays: 7,
} as const;
