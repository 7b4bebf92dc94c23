import { INFRASTRUCTURE } from './infrastructure.js';
import type { Lang } from './text.js';

/**
 * What speaks up: each name is the end of an alarm's name, and the heading of its section in both runbooks. In their
 * order there.
 */
export const ALARMS = [
  'no-success',
  'units-failed',
  'near-deadline',
  'memory-high',
  'lease-lost',
  'projections-lagging',
  'invocations-failed',
  'invocations-undelivered',
  'queue-not-empty',
  'dead-letters-waiting',
] as const;
export type AlarmName = (typeof ALARMS)[number];

/** As CloudWatch has it; `part`: of an alarm that is put together. */
export function alarmName(name: AlarmName, part?: string): string {
  return [INFRASTRUCTURE.stack, name, ...(part === undefined ? [] : [part])].join('-');
}

/** The messages about one task, each with its section too. */
export const NOTICES = ['task-failed', 'task-not-started'] as const;
export type NoticeName = (typeof NOTICES)[number];

export const RUNBOOKS: Readonly<Record<Lang, string>> = { ja: 'docs/runbook.ja.md', en: 'docs/runbook.md' };

/** Where a person reads on. */
export function runbookSection(name: AlarmName | NoticeName, lang: Lang): string {
  return `${RUNBOOKS[lang]}#${name}`;
}
