import type { Store } from '../store/store.js';
import { isWhole } from './ledger.js';
import type { LedgerUnit, Manifest } from './model.js';
import { type ComparedPaths, diffUnits, type ResourceChange } from './unit-diff.js';
import { fileProblem } from './unit-file.js';

/** What became of one resource, or a unit of which that cannot be said. */
export type Change = ResourceChange | { readonly kind: 'unknown'; readonly unit: UnknownUnit };

/** A unit that was not read whole on both days, or of which a file is not there any more. */
interface UnknownUnit {
  readonly account_id: string;
  readonly region: string;
  readonly resource_type: string;
  /** The statuses of the two days. null: not in that day's ledger. */
  readonly before: string | null;
  readonly after: string | null;
  /** null: the statuses say it all. */
  readonly reason: string | null;
}

/** The ledger of a scope on a day; without one, what is wrong with it, or null where nothing was published. */
export interface LedgerOfDay {
  readonly manifest: Manifest | null;
  readonly problem: string | null;
}

/** What is compared, besides the ledgers' own units. */
export interface DiffScope {
  readonly accountId: string;
  readonly region: string;
  /** The resource types that a ledger which cannot be read may have had. */
  readonly types: readonly string[];
  readonly pathsOf: (resourceType: string) => ComparedPaths;
}

/** From one ledger of a scope to another. What was not read whole on both sides is unknown, never deleted. */
export async function* diffLedgers(
  store: Store,
  before: LedgerOfDay,
  after: LedgerOfDay,
  { accountId, region, types, pathsOf }: DiffScope,
): AsyncIterable<Change> {
  const damage = before.problem ?? after.problem;
  const [old, now] = [before, after].map(
    ({ manifest }) => new Map(manifest?.units.map((unit) => [unit.resource_type, unit])),
  );
  const known = [...(old?.keys() ?? []), ...(now?.keys() ?? []), ...(damage === null ? [] : types)];
  for (const resource_type of [...new Set(known)].sort()) {
    const [from, to] = [old?.get(resource_type), now?.get(resource_type)];
    const comparable = await comparableUnits(store, from, to);
    if ('reason' in comparable) {
      const statuses = { before: from?.status ?? null, after: to?.status ?? null };
      const reason = damage ?? comparable.reason;
      yield { kind: 'unknown', unit: { account_id: accountId, region, resource_type, ...statuses, reason } };
    } else if (comparable.from.sha256 !== comparable.to.sha256) {
      yield* diffUnits(store, comparable.from, comparable.to, pathsOf(resource_type));
    }
  }
}

type Comparable = { readonly from: LedgerUnit; readonly to: LedgerUnit } | { readonly reason: string | null };

/** Two units that were read whole, with files that are what the ledger says; else why they cannot be compared. */
async function comparableUnits(
  store: Store,
  from: LedgerUnit | undefined,
  to: LedgerUnit | undefined,
): Promise<Comparable> {
  if (from === undefined || to === undefined) return { reason: null };
  const gap = [to, from].find((unit) => !isWhole(unit));
  if (gap !== undefined) return { reason: gap.error === null ? null : `${gap.error.code}: ${gap.error.message}` };
  // A service does not leave a region, or come to it with all its resources, from one day to the next.
  if (from.status !== to.status && (from.count ?? 0) + (to.count ?? 0) > 0) return { reason: null };
  const files = from.sha256 === to.sha256 ? [] : [from, to];
  for (const unit of files) {
    const problem = unit.file === null ? null : await fileProblem(store, unit.file, unit);
    if (problem !== null) return { reason: problem };
  }
  return { from, to };
}
