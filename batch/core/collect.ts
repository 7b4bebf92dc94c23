import type { LimitFunction } from 'p-limit';
import { type CollectContext, collectUnit, deadlineProblem, type UnitOutcome, unreadRow } from './collect-unit.js';
import type { LedgerError, Problem, Unit } from './model.js';
import { byService } from './plan.js';
import { settleAll } from './settle.js';
import { stopReason } from './stop.js';
import { aboutUnit } from './unit-log.js';

/**
 * Reads the units of one scope: services side by side within `limit`, the units of a service one after another. One
 * failing unit never stops another, but credentials that are no longer valid (class `fatal`) would fail them all: the
 * rest then gets the same problem without a call.
 */
export async function collect(
  units: readonly Unit[],
  limit: LimitFunction,
  context: CollectContext,
): Promise<UnitOutcome[]> {
  let fatal: LedgerError | null = null;
  const collectService = async (service: readonly Unit[]) => {
    const outcomes: UnitOutcome[] = [];
    for (const unit of service) {
      const outcome = await collectOrSkip(unit, context, fatal);
      if (outcome.row.error?.class === 'fatal') fatal ??= outcome.row.error;
      outcomes.push(outcome);
    }
    return outcomes;
  };
  const outcomes = await settleAll(byService(units).map((service) => limit(() => collectService(service))));
  return outcomes.flat();
}

async function collectOrSkip(unit: Unit, context: CollectContext, fatal: LedgerError | null): Promise<UnitOutcome> {
  if (fatal !== null) return skipped(unit, context, { ...fatal, status: 'failed', attempts: 0 });
  if (stopReason(context.signal) === 'deadline') return skipped(unit, context, deadlineProblem(0));
  context.signal.throwIfAborted();
  return collectUnit(unit, context);
}

/** A unit that was not tried. */
export function skipped(
  unit: Unit,
  context: Pick<CollectContext, 'clock' | 'log' | 'runId'>,
  problem: Problem,
): UnitOutcome {
  const now = context.clock.now().toISOString();
  const facts = { run_id: context.runId, api_calls: 0, started_at: now, finished_at: now };
  context.log.write('error', 'unit.failed', {
    ...aboutUnit(unit),
    status: problem.status,
    class: problem.class,
    error_code: problem.code,
    error_message: problem.message,
    attempts: 0,
  });
  return { unit, row: unreadRow(unit, facts, problem), sent: 0, throttled: 0 };
}
