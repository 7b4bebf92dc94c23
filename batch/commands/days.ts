import type { Config } from '../config/config.js';
import type { Problem } from '../config/problems.js';
import { listSnapshots, type Snapshot } from '../core/snapshots.js';
import type { Store } from '../store/store.js';

interface Wanted {
  readonly date: string | undefined;
  readonly region: string | undefined;
}

/** A day, and what was published on it and before. */
export interface Day {
  readonly date: string;
  readonly snapshots: readonly Snapshot[];
  /** Of all days, in order. */
  readonly all: readonly Snapshot[];
}

/** The day that is asked for, by default the last one; or why there is none. */
export async function findDay(
  store: Store,
  config: Config,
  { date: wanted, region }: Wanted,
): Promise<Day | { readonly problem: Problem }> {
  const { tenant } = config.run;
  const all: Snapshot[] = [];
  for await (const snapshot of listSnapshots(store, tenant))
    if (region === undefined || snapshot.scope.region === region) all.push(snapshot);
  const date = wanted ?? all.at(-1)?.date;
  const snapshots = all.filter((snapshot) => snapshot.date === date);
  if (date !== undefined && snapshots.length > 0) return { date, snapshots, all };
  const days = [...new Set(all.map((snapshot) => snapshot.date))].join(', ');
  if (days !== '') return { problem: { kind: 'noDay', option: '--date', value: date, accepts: days } };
  return { problem: { kind: 'noSnapshot', option: '--store', value: store.uri(''), tenant, region: region ?? '*' } };
}
