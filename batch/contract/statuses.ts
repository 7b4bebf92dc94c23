/** How a unit ended. Unread is never the same as empty: only `complete` and `unsupported` say that nothing is missing. */
export const UNIT_STATUSES = [
  'complete',
  'partial',
  'denied',
  'unsupported',
  'throttled',
  'failed',
  'timed_out',
] as const;
export type UnitStatus = (typeof UNIT_STATUSES)[number];

/** Where a unit's records come from: read by this run, from the cache, or from an earlier run of that day. */
export type UnitOrigin = 'fetched' | 'reused' | 'carried';

/** Whether trying again may help, whether something must be changed first, or whether the whole run is over. */
export type ErrorClass = 'transient' | 'permanent' | 'fatal';
