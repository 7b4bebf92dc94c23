import { dirname, resolve } from 'node:path';
import { leaseRoot } from '../config/config.js';
import { leaseFolder } from '../core/layout.js';
import type { Identity, Problem, Scope, Source } from '../core/model.js';
import { type LeaseRow, leaseKey } from '../lease/lease.js';
import type { LeaseReading, LeaseTable } from '../lease/lease-table.js';
import { isFree } from '../lease/lease-time.js';
import { isGoneHere } from '../process/identity.js';
import { bad, type Check, type CheckContext, good, untried } from './check.js';
import { inTime } from './in-time.js';
import { exists, messageOf, probeFolder } from './probe-folder.js';
import { remedyOf } from './remedy.js';

/** What the lease table is asked for, by the two methods of its port. */
const READ = 'dynamodb:GetItem';
const WRITE = 'dynamodb:PutItem';

/** What DynamoDB says of a table that is not there, and of one that is no lease table. */
const TABLE_REMEDIES = new Map<string, 'remedyNoTable' | 'remedyTableKey'>([
  ['ResourceNotFoundException', 'remedyNoTable'],
  ['ValidationException', 'remedyTableKey'],
]);

/** Nothing but the account's lease of the region is looked at; none is taken. */
export interface LeaseSubject {
  readonly scope: Scope;
  readonly identity: Identity;
  readonly leaseTable: LeaseTable;
  readonly classify: Source['classify'];
}

/** `subject` is null where there is nobody to ask for: then `obstacle` names the check that says why. */
export async function examineLease(
  context: CheckContext,
  subject: LeaseSubject | null,
  obstacle: string | null,
): Promise<Check[]> {
  const { config, say } = context;
  if (config.lock.table === null) return [await examineFolder(context, subject)];
  if (subject !== null && obstacle === null) return examineTable(context, subject, config.lock.table);
  return [READ, WRITE].map((action) => untried('lease', action, say('seeCheck', { check: obstacle })));
}

async function examineTable(context: CheckContext, subject: LeaseSubject, table: string): Promise<Check[]> {
  const { config, say, signal } = context;
  const { leaseTable, scope } = subject;
  const key = leaseKey(scope);
  const wrong = (action: string, error: unknown) => refused(context, subject, action, error);
  const checks: Check[] = [];
  try {
    const reading = await inTime(config.calls, signal, (given) => leaseTable.read(key, given));
    checks.push(good('lease', READ, say('tableReadable', { table, state: stateOf(reading, context) })));
  } catch (error) {
    signal.throwIfAborted();
    const { check, problem } = wrong(READ, error);
    // Only a denied read says nothing about the write.
    if (problem.status !== 'denied') return [check, untried('lease', WRITE, say('seeAction', { action: READ }))];
    checks.push(check);
  }
  try {
    await inTime(config.calls, signal, (given) => leaseTable.swap(unheld(key), unheld(key), given));
    checks.push(good('lease', WRITE, say('tableWritable', { table })));
  } catch (error) {
    signal.throwIfAborted();
    checks.push(wrong(WRITE, error).check);
  }
  return checks;
}

/** A row that no run ever wrote: a swap over it finds its condition broken and changes nothing. */
function unheld(key: string): LeaseRow {
  const never = new Date(0).toISOString();
  return { key, token: -1, owner: 'arv doctor', runId: 'arv-doctor', acquiredAt: never, expiresAt: never };
}

function refused(
  { say }: CheckContext,
  { classify, identity }: LeaseSubject,
  action: string,
  error: unknown,
): { readonly check: Check; readonly problem: Problem } {
  const problem = classify(error instanceof Error && error.cause !== undefined ? error.cause : error);
  const own = TABLE_REMEDIES.get(problem.code);
  const remedy = own === undefined ? remedyOf(problem, action, identity.arn, say) : say(own);
  return { check: bad('lease', action, messageOf(error), remedy), problem };
}

/** Lease files lie in the store. Without an account, the folder of all leases stands for that of its own. */
async function examineFolder(context: CheckContext, subject: LeaseSubject | null): Promise<Check> {
  const { config, say, signal } = context;
  const { tenant } = config.run;
  const folder =
    subject === null
      ? dirname(resolve(leaseRoot(config), leaseFolder(`${tenant}/account`)))
      : resolve(leaseRoot(config), leaseFolder(leaseKey(subject.scope)));
  if (config.runType === 'ecs') return bad('lease', folder, say('filesOnEcs'), say('remedyNoTableNamed'));
  try {
    await probeFolder(folder, [folder]);
    if (subject === null) return good('lease', folder, say('writable'));
    // Reading would make the folder of the lease; where there is none, nobody has it.
    const reading = (await exists(folder)) ? await subject.leaseTable.read(leaseKey(subject.scope), signal) : null;
    const state = reading === null ? say('leaseFree') : stateOf(reading, context);
    return good('lease', folder, say('folderWritable', { state }));
  } catch (error) {
    return bad('lease', folder, messageOf(error), say('remedyLeaseFolder'));
  }
}

/** A lease that is held is no fault: the run that holds it will end. */
function stateOf(reading: LeaseReading, { say }: CheckContext): string {
  const { row } = reading;
  if (row === null || isFree(row, reading) || isGoneHere(row.owner)) return say('leaseFree');
  return say('leaseHeld', { owner: row.owner, until: row.expiresAt });
}
