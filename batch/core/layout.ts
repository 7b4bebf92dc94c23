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

/** Written after the data: where it is there, the data is whole. */
export function unitSealKey(folder: string, runId: string): string {
  return `${folder}/${runId}.json`;
}

export function manifestFolder(scope: Scope, date: string): string {
  return `${scope.tenant}/manifests/${date}/${scope.accountId}/${scope.region}`;
}

export function manifestKey(scope: Scope, date: string, token: number): string {
  return `${manifestFolder(scope, date)}/${String(token).padStart(20, '0')}.json`;
}

/** Where lease files of a key `<tenant>/<account_id>/<region>` lie, when the store is a directory. */
export function leaseFolder(key: string): string {
  const [tenant, ...rest] = key.split('/');
  return [tenant, 'leases', ...rest].join('/');
}

/** The fencing token in a manifest's file name, null for any other name. */
export function tokenOfName(name: string): number | null {
  const digits = /^(\d{20})\.json$/.exec(name)?.[1];
  const token = Number(digits);
  return Number.isSafeInteger(token) ? token : null;
}

/** The run in a seal's file name, null for any other name. */
export function runIdOfSeal(name: string): string | null {
  return /^([\w-]+)\.json$/.exec(name)?.[1] ?? null;
}
