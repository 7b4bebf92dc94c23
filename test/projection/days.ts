import type { ResourceRecord } from '../../batch/contract/record.js';
import { SCHEMA_VERSION } from '../../batch/contract/record.js';
import { manifestKey, projectionKey, unitDataKey, unitFolder } from '../../batch/core/layout.js';
import type { LedgerUnit, Manifest, Scope } from '../../batch/core/model.js';
import { readFooter } from '../../batch/core/parquet-file.js';
import { writeJson, writeUnitFile } from '../../batch/core/unit-file.js';
import type { Store } from '../../batch/store/store.js';

export const SCOPE: Scope = { tenant: 't', accountId: '111122223333', region: 'us-east-1' };
export const DATE = '2026-01-31';
export const KEY = projectionKey(SCOPE, DATE);
export const NEVER = new AbortController().signal;
const AT = '2026-01-31T17:00:00.000Z';

export function recordOf(resourceType: string, id: string, more: Partial<ResourceRecord> = {}): ResourceRecord {
  return {
    ...{ schema_version: SCHEMA_VERSION, tenant: SCOPE.tenant, account_id: SCOPE.accountId, region: SCOPE.region },
    ...{ service: 'EC2', resource_type: resourceType, resource_id: id, arn: null, name: null, state: null },
    ...{ created_at: null, collected_at: AT, tags: {}, relations: [], properties: {}, content_hash: '0'.repeat(64) },
    run_id: 'run',
    ...more,
  };
}

/** Writes a unit file and gives its row of the ledger. */
export async function writeUnit(
  store: Store,
  resourceType: string,
  records: readonly ResourceRecord[],
  {
    runId = 'run',
    date = DATE,
    at = AT,
  }: { readonly runId?: string; readonly date?: string; readonly at?: string } = {},
): Promise<LedgerUnit> {
  const file = unitDataKey(unitFolder(SCOPE, date, resourceType), runId);
  async function* lines() {
    for (const record of records) yield `${JSON.stringify(record)}\n`;
  }
  const stored = await writeUnitFile(store, file, lines());
  return {
    ...{ resource_type: resourceType, status: 'complete', origin: 'fetched', run_id: runId, count: records.length },
    ...{ ...stored, file, api_calls: 1, started_at: at, finished_at: at, error: null, unread: [], accepted: false },
  };
}

/** Commits a ledger of these units. */
export async function commit(
  store: Store,
  token: number,
  units: readonly LedgerUnit[],
  {
    scope = SCOPE,
    date = DATE,
    at = AT,
  }: { readonly scope?: Scope; readonly date?: string; readonly at?: string } = {},
): Promise<Manifest> {
  const manifest: Manifest = {
    ...{ schema_version: SCHEMA_VERSION, tenant: scope.tenant, account_id: scope.accountId, region: scope.region },
    ...{ date, fencing_token: token, run_id: `run-${token}`, committed_at: at, units },
  };
  await writeJson(store, manifestKey(scope, date, token), manifest);
  return manifest;
}

/** The token that the file says it is of, null when there is none. */
export async function tokenThere(store: Store): Promise<number | null> {
  return (await readFooter(store, KEY))?.token ?? null;
}
