/**
 * How long the bucket keeps what a run leaves, in days. Manifests are kept. Source of the lifecycle rules, and of what
 * `arv snapshots verify` takes for expired rather than lost.
 */
export const RETENTION = {
  /** Unit files: what the daily files are made from. Also versions that were replaced. */
  unitDays: 30,
  /** Daily files: after so many days in cheaper storage, after so many gone. */
  dailyCheaperAfterDays: 90,
  dailyDays: 400,
} as const;
