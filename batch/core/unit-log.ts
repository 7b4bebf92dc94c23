import type { Problem, Unit } from './model.js';
import type { Log, LogFields } from './ports.js';
import type { UnitSeal } from './unit-file.js';

/** The fields by which a line of the log names its unit. */
export function aboutUnit(unit: Unit): LogFields {
  return {
    service: unit.resourceType.service,
    region: unit.region,
    resource_type: unit.resourceType.type,
  };
}

/** What was read of a unit, and each part of it that was not. */
export function logRead(seal: UnitSeal, about: LogFields, log: Log): void {
  for (const row of seal.unread) {
    const fields = { part: row.part, resources: row.resource_ids.length, error_code: row.code, reason: row.message };
    log.write('warn', 'unit.unread', { ...about, ...fields });
  }
  if (seal.error !== null) {
    const fields = { error_code: seal.error.code, error_message: seal.error.message, attempts: seal.error.attempts };
    log.write('error', 'unit.partial', { ...about, count: seal.count, ...fields });
  } else {
    log.write('info', 'unit.completed', { ...about, count: seal.count });
  }
}

/** A denied or unsupported unit is a warning; any other failure is an error with its stack. */
export function logProblem(
  unit: Unit,
  { problem, cause }: { readonly problem: Problem; readonly cause: unknown },
  about: LogFields,
  log: Log,
): void {
  const fields = {
    ...about,
    status: problem.status,
    class: problem.class,
    error_code: problem.code,
    error_message: problem.message,
    attempts: problem.attempts,
  };
  if (problem.status === 'denied') {
    log.write('warn', 'unit.denied', { ...fields, actions: unit.resourceType.actions });
  } else if (problem.status === 'unsupported') {
    log.write('warn', 'unit.unsupported', fields);
  } else {
    const stack = cause instanceof Error ? cause.stack : undefined;
    log.write('error', 'unit.failed', { ...fields, stack });
  }
}
