import type { Config } from '../config/config.js';
import type { DeadLetter } from '../contract/dead-letter.js';
import { EXIT } from '../contract/errors.js';
import { type Identity, SERVICES, type Unit } from '../core/model.js';
import { plan } from '../core/plan.js';
import type { ResultDocument, RunEnd } from '../core/result.js';
import { run } from '../core/run.js';
import { CATALOG } from '../services/index.js';
import type { Composed } from './compose.js';

/** What a redrive works with, once it is known whose account it is. */
export interface Redrive {
  readonly config: Config;
  readonly composed: Composed;
  readonly identity: Identity;
  readonly runId: string;
  readonly region: string;
  /** The run's: its deadline, or a signal of the system. */
  readonly signal: AbortSignal;
  /** A signal of the system alone. */
  readonly stop: AbortSignal;
}

/** What a redrive has to know of a dead letter. */
export type Failure = Pick<DeadLetter, 'resource_type' | 'fencing_token'>;

/** The units that a run of this region can read of those that failed. */
export function unitsOf(failures: readonly Pick<Failure, 'resource_type'>[], region: string): Unit[] {
  return plan(CATALOG, SERVICES, region, new Set(failures.map(({ resource_type }) => resource_type)));
}

/**
 * One run of exactly these units. Of the cache it takes only what was read since they failed, as by a redrive that was
 * killed; else the day's records from before would pass for read anew. `redriven` of the document names those that a
 * ledger of this run tells of: none, where it was locked out.
 */
export async function redriveUnits(redrive: Redrive, failures: readonly Failure[]): Promise<RunEnd> {
  const { config, composed, identity, runId, region, signal, stop: interrupted } = redrive;
  const { deps } = composed;
  const units = unitsOf(failures, region);
  const types = units.map(({ resourceType }) => resourceType.type);
  const services = SERVICES.filter((name) => units.some(({ resourceType }) => resourceType.service === name));
  deps.log.write('info', 'redrive.started', { resource_types: types });
  const runConfig = { ...config.run, runId, region, services, failures: lastTokens(failures) };
  const end = await run(deps, runConfig, { signal, interrupted }, identity);
  const told = new Set(end.committed.flatMap((manifest) => manifest.units.map(({ resource_type }) => resource_type)));
  return { ...end, document: { ...end.document, redriven: types.filter((type) => told.has(type)) } };
}

/** The highest token of each resource type: region and account count theirs apart. */
function lastTokens(failures: readonly Failure[]): Map<string, number> {
  const tokens = new Map<string, number>();
  for (const { resource_type, fencing_token } of failures)
    tokens.set(resource_type, Math.max(fencing_token, tokens.get(resource_type) ?? 0));
  return tokens;
}

/** A redrive that finds nothing to do succeeds, and says why there is nothing. */
export function nothing({ config, composed, identity, runId, region }: Redrive, reason: string): RunEnd {
  composed.deps.log.write('info', 'redrive.nothing', { reason });
  const { tenant, targetDate, profile } = config.run;
  const document: ResultDocument = {
    ...{ success: true, services: [], region, run_id: runId, tenant, target_date: targetDate, profile },
    ...{ account_id: identity.accountId, success_count: 0, total_count: 0, results: {}, resources: {} },
    ...{ api_calls: 0, cached: [], errors: {}, warnings: [], snapshot: [], redriven: [], notes: [reason] },
  };
  return { exitCode: EXIT.complete, document, counts: null, committed: [] };
}
