import { randomBytes } from 'node:crypto';

/** Sorts by time, so that a listing of a day's runs is in their order; the random part keeps two of one second apart. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}
