import type { UnitOutcome } from './collect-unit.js';
import { isWhole } from './ledger.js';
import type { LedgerError, LedgerUnit, Manifest, ServiceName } from './model.js';
import type { ResultDocument, ResultError, ResultWarning, RunCounts } from './result.js';

/** What a committed manifest is found under. */
export interface Receipt {
  readonly manifest: Manifest;
  readonly uri: string;
}

type Summary = Required<
  Pick<
    ResultDocument,
    | 'success_count'
    | 'total_count'
    | 'results'
    | 'resources'
    | 'api_calls'
    | 'cached'
    | 'errors'
    | 'warnings'
    | 'snapshot'
  >
>;

/** The counts of the result, out of the rows of the ledger alone. Pure. */
export function summarize(
  services: readonly ServiceName[],
  outcomes: readonly UnitOutcome[],
  receipts: readonly Receipt[],
): Summary {
  const unitsOf = (service: ServiceName) => outcomes.filter(({ unit }) => unit.resourceType.service === service);
  const all = (service: ServiceName, test: (row: LedgerUnit) => boolean) =>
    unitsOf(service).every(({ row }) => test(row));
  return {
    success_count: services.filter((service) => all(service, isWhole)).length,
    total_count: services.length,
    results: Object.fromEntries(services.flatMap((service) => principalCount(service, unitsOf(service)))),
    resources: Object.fromEntries(outcomes.map(({ row }) => [row.resource_type, row.count])),
    api_calls: sum(outcomes.map(({ sent }) => sent)),
    cached: services.filter((service) => all(service, (row) => row.origin === 'reused')),
    errors: errorsByService(services, unitsOf),
    warnings: outcomes.flatMap(({ row }) => warningsOf(row)),
    snapshot: receipts.map(({ uri }) => uri),
  };
}

export function countRun(services: readonly ServiceName[], outcomes: readonly UnitOutcome[]): RunCounts {
  const total = (service: ServiceName) =>
    sum(outcomes.filter(({ unit }) => unit.resourceType.service === service).map(({ row }) => row.count ?? 0));
  return {
    resourcesByService: Object.fromEntries(services.map((service) => [service, total(service)])),
    unitsFailed: outcomes.filter(({ row }) => isMissing(row)).length,
    apiCalls: sum(outcomes.map(({ sent }) => sent)),
    throttles: sum(outcomes.map(({ throttled }) => throttled)),
  };
}

/** Published: a committed manifest has a unit with records, or one that is known to be empty; carried ones included. */
export function isPublished(receipts: readonly Receipt[]): boolean {
  return receipts.some(({ manifest }) => manifest.units.some((unit) => isWhole(unit) || unit.file !== null));
}

/** A unit that makes the run partial. */
export function isMissing(row: LedgerUnit): boolean {
  return !isWhole(row) && !row.accepted;
}

/** Nothing where the principal is not among the units of the run: null would say that it could not be read. */
function principalCount(service: ServiceName, units: readonly UnitOutcome[]): [ServiceName, number | null][] {
  return units.flatMap(({ unit, row }) => (unit.resourceType.principal ? [[service, row.count]] : []));
}

function errorsByService(
  services: readonly ServiceName[],
  unitsOf: (service: ServiceName) => readonly UnitOutcome[],
): Partial<Record<ServiceName, ResultError[]>> {
  const entries = services.map((service): [ServiceName, ResultError[]] => [
    service,
    unitsOf(service).flatMap(({ row }) =>
      isMissing(row) && row.error !== null ? [resultError(row.resource_type, row.error)] : [],
    ),
  ]);
  return Object.fromEntries(entries.filter(([, errors]) => errors.length > 0));
}

/** The stack is for the ledger and the log. */
function resultError(resource_type: string, { code, class: errorClass, message, attempts }: LedgerError): ResultError {
  return { resource_type, class: errorClass, code, message, attempts };
}

function warningsOf(row: LedgerUnit): ResultWarning[] {
  const warnings: ResultWarning[] = row.unread.map((unread) => ({
    resource_type: row.resource_type,
    code: unread.code,
    message: `${unread.part} (${unread.resource_ids.length}): ${unread.message}`,
  }));
  const { error, resource_type } = row;
  if (error === null) return warnings;
  if (row.accepted) warnings.push({ resource_type, code: error.code, message: error.message, accepted: true });
  else if (row.status === 'unsupported') warnings.push({ resource_type, code: error.code, message: error.message });
  return warnings;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
