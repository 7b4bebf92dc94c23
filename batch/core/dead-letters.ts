import { z } from 'zod';
import { DEAD_LETTER_VERSION, type DeadLetter } from '../contract/dead-letter.js';
import { UNIT_STATUSES } from '../contract/statuses.js';
import { isWhole } from './ledger.js';
import type { LedgerError, LedgerUnit, Manifest } from './model.js';
import { reasonOf } from './unit-file.js';

/** Its rows say why; a manifest made by another program may not. */
const NO_ERROR: LedgerError = { class: 'permanent', code: 'UNKNOWN', message: '', attempts: 0, stack: null };

/** What failed for good in a scope on a day, by its ledger. Pure. */
export function deadLettersOf(manifest: Manifest): DeadLetter[] {
  return manifest.units.filter(isDeadLetter).map((unit) => toDeadLetter(manifest, unit));
}

/** Not read, or only in part, or carried because it could not be read anew; a gap that the team accepts is none. */
export function isDeadLetter(unit: LedgerUnit): boolean {
  const failed = !isWhole(unit) || (unit.status === 'complete' && unit.error !== null);
  return failed && !unit.accepted;
}

function toDeadLetter(manifest: Manifest, unit: LedgerUnit): DeadLetter {
  const { tenant, account_id, region, date, fencing_token } = manifest;
  const { failed, ...error } = unit.error ?? NO_ERROR;
  return {
    schema_version: DEAD_LETTER_VERSION,
    ...{ tenant, account_id, region, date },
    service: unit.resource_type.split('::')[1] ?? '',
    resource_type: unit.resource_type,
    status: failed?.status ?? unit.status,
    ...error,
    run_id: failed?.run_id ?? unit.run_id,
    failed_at: failed?.at ?? unit.finished_at,
    fencing_token,
    carried: unit.file !== null && failed !== undefined,
  };
}

const deadLetterSchema = z.object({
  schema_version: z.literal(DEAD_LETTER_VERSION),
  tenant: z.string().min(1),
  account_id: z.string().min(1),
  region: z.string().min(1),
  date: z.iso.date(),
  service: z.string(),
  resource_type: z.string().min(1),
  status: z.enum(UNIT_STATUSES),
  class: z.enum(['transient', 'permanent', 'fatal']),
  code: z.string(),
  message: z.string(),
  stack: z.string().nullable(),
  attempts: z.number().int().min(0),
  run_id: z.string().min(1),
  failed_at: z.iso.datetime(),
  fencing_token: z.number().int(),
  carried: z.boolean(),
});

/** A dead letter out of the body of a message, or what is wrong with the body; of which nothing is repeated. */
export function parseDeadLetter(body: string): DeadLetter | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { reason: 'no JSON' };
  }
  const parsed = deadLetterSchema.safeParse(value);
  return parsed.success ? parsed.data : { reason: reasonOf(parsed.error) };
}
