import type { Scope } from './model.js';

/**
 * Where things lie in the store (SPEC §6): every key is made here and nowhere else. Dates are `YYYY-MM-DD`; a
 * resource type `AWS::EC2::Instance` is the folder `AWS-EC2-Instance`.
 */
export function unitFolder(scope: Scope, date: string, resourceType: string): string {
  return `${scope.tenant}/units/${date}/${scope.accountId}/${scope.region}/${resourceType.replaceAll('::', '-')}`;
}

export function unitDataKey(folder: string, runId: string): string {
  return `${folder}/${runId}.ndjson.gz`;
}

/** Whether a key is one of a unit's data in this folder, and of nothing elsewhere. */
export function isUnitData(folder: string, key: string): boolean {
  return key.startsWith(`${folder}/`) && /^[\w-]+\.ndjson\.gz$/.test(key.slice(folder.length + 1));
}

/** Written after the data: where it is there, the data is whole. */
export function unitSealKey(folder: string, runId: string): string {
  return `${folder}/${runId}.json`;
}

export function manifestFolder(scope: Scope, date: string): string {
  return `${daysFolder(scope.tenant)}/${date}/${scope.accountId}/${scope.region}`;
}

/** Whatever else lies among the folders or files of manifests (`.DS_Store`, a copy) is none of ours. */
export const ACCOUNT_NAME = /^\d{12}$/;
/** A region to collect; what belongs to the account lies under `GLOBAL_REGION`. */
export const REGION_NAME = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** A day of the calendar. */
export function isDateName(name: string): boolean {
  const midnight = new Date(`${name}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(name) && !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(name)
  );
}

export function isManifestName(name: string): boolean {
  return /^\d{20}\.json$/.test(name);
}

export function manifestKey(scope: Scope, date: string, token: number): string {
  return `${manifestFolder(scope, date)}/${String(token).padStart(20, '0')}.json`;
}

/** The scope and the day that a manifest's key is of. */
export function placeOfManifest(key: string): { readonly scope: Scope; readonly date: string } {
  const [tenant = '', , date = '', accountId = '', region = ''] = key.split('/');
  return { scope: { tenant, accountId, region }, date };
}

/** The day's records as one Parquet file, under the folders that Hive's partitions have. */
export function projectionKey(scope: Scope, date: string): string {
  const [year, month, day] = date.split('-');
  const folder = `${scope.tenant}/analytics/resources/year=${year}/month=${month}/day=${day}`;
  return `${folder}/resources_${year}${month}${day}_${scope.accountId}_${scope.region}.parquet`;
}

/** Every day that somebody published something on lies in here as a folder. */
export function daysFolder(tenant: string): string {
  return `${tenant}/manifests`;
}

/** Where lease files of a key `<tenant>/<account_id>/<region>` lie, when the store is a directory. */
export function leaseFolder(key: string): string {
  const [tenant, ...rest] = key.split('/');
  return [tenant, 'leases', ...rest].join('/');
}

/** The fencing token in a manifest's file name, null for a number that no token can be. */
export function tokenOfName(name: string): number | null {
  const token = Number.parseInt(name, 10);
  return Number.isSafeInteger(token) ? token : null;
}

/** The run in a seal's file name, null for any other name. */
export function runIdOfSeal(name: string): string | null {
  return /^([\w-]+)\.json$/.exec(name)?.[1] ?? null;
}
