export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The schedule fires at this hour of every day, at the minute that `slot` says. */
const SLOT_HOUR = 10;

/** The properties of the two parts of `no-success` and of the composite, as the template has them. */
interface AbsenceParts {
  readonly missing: { readonly EvaluationPeriods: number };
  readonly begun: { readonly EvaluationPeriods: number };
  readonly composite: {
    readonly ActionsSuppressorWaitPeriod: number;
    readonly ActionsSuppressorExtensionPeriod: number;
  };
}

interface Watched {
  /** When the stack was deployed, from the beginning of the first day. All times are milliseconds. */
  readonly deployed: number;
  /** When the schedule fires, from the beginning of its hour. */
  readonly slot: number;
  /** From the slot to the end of the run. */
  readonly late: (day: number) => number;
  /** The last day that has a run; null: there is always one. */
  readonly until: number | null;
}

/**
 * CloudWatch over some days of a daily schedule, minute by minute: hourly sums with zeros for nothing (`FILL`), the
 * hour that is begun included, since that is the less patient reading; the composite's actions as documented. The
 * result is the minutes at which a notice goes out.
 */
export function notices({ deployed, slot, late, until }: Watched, alarms: AbsenceParts, days: number): number[] {
  const { missing, begun, composite } = alarms;
  const successes = Array.from({ length: days }, (_, day) => day)
    .filter((day) => (until === null || day <= until) && slotOf(day, slot) > deployed)
    .map((day) => slotOf(day, slot) + late(day));
  // The sign comes with EventBridge's metric, minutes after the alarms.
  const signs = [deployed + 5 * MINUTE];
  const seen = (points: readonly number[], now: number, hours: number) =>
    points.some((point) => point <= now && point >= (Math.floor(now / HOUR) + 1 - hours) * HOUR);
  const sent: number[] = [];
  let patience = composite.ActionsSuppressorWaitPeriod * 1000;
  let told = false;
  for (let now = deployed; now < days * DAY; now += MINUTE) {
    const inAlarm = !seen(successes, now, missing.EvaluationPeriods);
    const silenced = seen(signs, now, begun.EvaluationPeriods);
    if (!inAlarm) [patience, told] = [composite.ActionsSuppressorWaitPeriod * 1000, false];
    else if (silenced) patience = composite.ActionsSuppressorExtensionPeriod * 1000;
    else patience -= MINUTE;
    if (inAlarm && !silenced && patience <= 0 && !told) {
      sent.push(now);
      told = true;
    }
  }
  return sent;
}

/** When the schedule fires on a day. */
export function slotOf(day: number, slot: number): number {
  return day * DAY + SLOT_HOUR * HOUR + slot;
}
