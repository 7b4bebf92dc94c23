import type { ResourceRecord } from '../contract/record.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import { type CachePlace, type CachePolicy, findReusable } from './cache.js';
import { InvalidItem } from './invalid-item.js';
import { unitDataKey, unitFolder, unitSealKey } from './layout.js';
import type { Identity, LedgerUnit, ListedItem, Problem, Reading, Source, Unit } from './model.js';
import { normalize, type RecordContext } from './normalize.js';
import type { Clock, Log } from './ports.js';
import { abortable, limited, orAborted, stopReason } from './stop.js';
import { errorOf, Tally } from './tally.js';
import { reasonOf, type Stored, type UnitSeal, writeJson, writeUnitFile } from './unit-file.js';
import { aboutUnit, logProblem, logRead } from './unit-log.js';

export interface CollectContext extends CachePlace {
  readonly source: Source;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  readonly runId: string;
  /** The fencing token of the lease that the scope is read under. */
  readonly token: number;
  /** null: reuse nothing. */
  readonly cache: CachePolicy | null;
  readonly signal: AbortSignal;
  /** Fires for what ends the run without a commit: not at its deadline. */
  readonly interrupted: AbortSignal;
  /** When the run's deadline is, on the monotonic clock. Milliseconds. */
  readonly endsAt: number;
}

/** How a unit ended: its row of the ledger, and what it cost this run. */
export interface UnitOutcome {
  readonly unit: Unit;
  readonly row: LedgerUnit;
  readonly sent: number;
  readonly throttled: number;
}

/** Part of the run's remaining time that one unit may take, and what it may take in any case. */
const UNIT_SHARE = 0.5;
const UNIT_LEAST_MS = 60_000;

/** Joined into one chunk before they are compressed: a chunk a record would cost more than its compression. */
const RECORDS_PER_CHUNK = 64;

/**
 * Reads one unit, page by page, into its unit file, or reuses the file of an earlier run. Never throws for what AWS
 * does: that is a row of the ledger. Throws `StoreUnavailable`, and what stopped the run unless that is its deadline.
 */
export async function collectUnit(unit: Unit, context: CollectContext): Promise<UnitOutcome> {
  const { clock, log } = context;
  const about = aboutUnit(unit);
  if (context.cache !== null) {
    const reusable = findReusable(context.store, log, context, unit, context.cache);
    const row = await orAborted(reusable, context.interrupted);
    if (row !== null) {
      log.write('info', 'unit.reused', { ...about, count: row.count, finished_at: row.finished_at });
      return { unit, row, sent: 0, throttled: 0 };
    }
  }
  log.write('debug', 'unit.started', about);
  const startedAt = clock.now();
  const started = clock.monotonic();
  // No unit, however slow, takes the time of all that come after it.
  const shareMs = Math.max((context.endsAt - started) * UNIT_SHARE, UNIT_LEAST_MS);
  const share = limited(clock, shareMs, context.signal);
  const reading = context.source.read(unit, context.identity, share.signal);
  const tally = new Tally(context.runId);
  const folder = unitFolder(context.scope, context.date, unit.resourceType.type);
  const file = unitDataKey(folder, context.runId);
  const written = write(unit, file, reading, tally, { ...context, signal: share.signal });
  const result = await written.finally(() => share.done());
  const { sent, throttled } = reading.calls();
  const facts = {
    run_id: context.runId,
    api_calls: sent,
    started_at: startedAt.toISOString(),
    finished_at: clock.now().toISOString(),
  };
  const duration = { duration_ms: Math.round(clock.monotonic() - started), api_calls: sent };
  if ('problem' in result) {
    logProblem(unit, result, { ...about, ...duration }, log);
    return { unit, row: unreadRow(unit, facts, result.problem), sent, throttled };
  }
  const shortfall = tally.shortfall();
  const read = { ...facts, ...result.stored, ...shortfall, count: tally.count, unread: tally.unreadRows() };
  // Whoever took over is the newer one: this file is not to be reused.
  if (stopReason(context.interrupted) === 'lease') throw context.interrupted.reason;
  const seal: UnitSeal = { ...read, fencing_token: context.token };
  await writeJson(context.store, unitSealKey(folder, context.runId), seal);
  logRead(seal, { ...about, ...duration }, log);
  const row = { resource_type: unit.resourceType.type, origin: 'fetched' as const, file, accepted: false, ...read };
  return { unit, row, sent, throttled };
}

/** The row of a unit that has no records of this run. */
export function unreadRow(
  unit: Unit,
  facts: Pick<LedgerUnit, 'run_id' | 'api_calls' | 'started_at' | 'finished_at'>,
  problem: Problem,
): LedgerUnit {
  return {
    resource_type: unit.resourceType.type,
    status: problem.status,
    origin: 'fetched',
    ...facts,
    count: problem.status === 'unsupported' ? 0 : null,
    bytes: null,
    file: null,
    sha256: null,
    error: errorOf(problem),
    unread: [],
    accepted: false,
  };
}

type WriteResult = { readonly stored: Stored } | { readonly problem: Problem; readonly cause: unknown };

async function write(
  unit: Unit,
  file: string,
  reading: Reading,
  tally: Tally,
  context: CollectContext,
): Promise<WriteResult> {
  try {
    return { stored: await writeUnitFile(context.store, file, records(unit, reading, tally, context)) };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const stopped = stopReason(context.signal);
    if (stopped === null) return { problem: context.source.classify(error), cause: error };
    if (stopped === 'unit') return { problem: shareProblem(reading.calls().sent), cause: error };
    if (stopped !== 'deadline') throw context.signal.reason;
    return { problem: deadlineProblem(reading.calls().sent), cause: error };
  }
}

export function deadlineProblem(attempts: number): Problem {
  const message = 'the run reached its deadline before this unit was read';
  return { status: 'timed_out', class: 'transient', code: 'DEADLINE', message, attempts };
}

function shareProblem(attempts: number): Problem {
  const message = 'this unit alone took half of the time that was left to the run';
  return { status: 'timed_out', class: 'transient', code: 'UNIT_DEADLINE', message, attempts };
}

/** The unit's records as NDJSON, in chunks. What is counted or missing on the way goes to `tally`. */
async function* records(unit: Unit, reading: Reading, tally: Tally, context: CollectContext): AsyncIterable<string> {
  const place = { ...context.identity, region: unit.region };
  for await (const page of abortable(reading.pages(), context.signal)) {
    const collectedAt = context.clock.now().toISOString();
    const base = { tenant: context.scope.tenant, place, runId: context.runId, collectedAt };
    for (let start = 0; start < page.length; start += RECORDS_PER_CHUNK) {
      const items = page.slice(start, start + RECORDS_PER_CHUNK);
      const lines = items.map((listed) => toLine(unit, listed, base, tally, context)).join('');
      if (lines !== '') yield lines;
    }
  }
}

/** One record as a line; nothing for an item that is no record or was there before. */
function toLine(
  unit: Unit,
  { item, unread }: ListedItem,
  base: RecordContext,
  tally: Tally,
  context: CollectContext,
): string {
  const record = tryNormalize(unit, item, base, tally, context);
  if (record === null) return '';
  if (!tally.add(record.resource_id)) {
    context.log.write('warn', 'unit.duplicate', { ...aboutUnit(unit), resource_id: record.resource_id });
    return '';
  }
  for (const detail of unread) tally.unread(record.resource_id, detail);
  return `${JSON.stringify(record)}\n`;
}

function tryNormalize(
  unit: Unit,
  item: unknown,
  base: RecordContext,
  tally: Tally,
  { source, log }: CollectContext,
): ResourceRecord | null {
  try {
    return normalize(unit, item, base);
  } catch (error) {
    // Whatever a row stumbles over, it is this item that is not as AWS describes it; the others are kept.
    const reason = reasonOf(error);
    const stack = error instanceof InvalidItem || !(error instanceof Error) ? undefined : error.stack;
    // A field that is missing is AWS's affair and told by its name; where the program stumbled is told by the stack.
    tally.invalidItem(reason, stack === undefined ? null : (source.classify(error).stack ?? null));
    log.write('error', 'unit.item_invalid', { ...aboutUnit(unit), reason, stack });
    return null;
  }
}
