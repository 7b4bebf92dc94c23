import { parseCron } from './schedule-cron.js';
import { FIRST_YEAR, RATE_UNITS, type RateSchedule, type Schedule } from './schedule-model.js';
import { problem } from './schedule-problems.js';
import { nextFirings } from './schedule-times.js';
import type { Text } from './text.js';

export type ParsedSchedule = { readonly schedule: Schedule } | { readonly problems: readonly Text[] };

/** Source: the API reference of `PutRule`. */
const LONGEST = 256;

/**
 * A schedule expression of an EventBridge rule, or every problem with it. Refused is what AWS documents as not valid,
 * and what it does not document. AWS says nothing of a schedule that never fires; here it is a problem too, and with
 * `from` so is one that does not fire after it.
 */
export function parseSchedule(text: string, from?: Date): ParsedSchedule {
  if (text.length > LONGEST) return { problems: [problem('long', { length: text.length })] };
  const [, kind, inside = ''] = /^(cron|rate|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === undefined) return { problems: [problem('form', { value: text })] };
  if (kind === 'at') return { problems: [problem('at', { value: text })] };
  if (inside !== inside.trim()) return { problems: [problem('blank', { value: text })] };
  const read = kind === 'cron' ? parseCron(inside) : parseRate(inside);
  if (!('kind' in read)) return { problems: read };
  const idle = neverFires(read, from);
  return idle === null ? { schedule: read } : { problems: [idle] };
}

function parseRate(text: string): RateSchedule | readonly Text[] {
  const [, value = '', word = ''] = /^(\S+)[ \t]+(\S+)$/.exec(text) ?? [];
  if (word === '') return [problem('rate', { value: `rate(${text})` })];
  const unit = RATE_UNITS.find((name) => word === name || word === `${name}s`);
  const count = /^[1-9]\d{0,14}$/.test(value) ? Number(value) : null;
  if (unit !== undefined && count !== null) {
    const right = count === 1 ? unit : `${unit}s`;
    if (word === right) return { kind: 'rate', value: count, unit };
    return [problem('ratePlural', { value: word, right: `rate(${count} ${right})` })];
  }
  return [
    ...(count === null ? [problem('rateValue', { value })] : []),
    ...(unit === undefined ? [problem('rateUnit', { value: word })] : []),
  ];
}

function neverFires(schedule: Schedule, from: Date | undefined): Text | null {
  const fires = (after: Date) => nextFirings(schedule, after, 1).length > 0;
  if (schedule.kind === 'cron' && !fires(new Date(Date.UTC(FIRST_YEAR, 0) - 1))) return problem('never', {});
  return from === undefined || fires(from) ? null : problem('over', {});
}
