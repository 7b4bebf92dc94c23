import { messageBody } from '../aws/queue-batches.js';
import type { DeadLetter } from '../contract/dead-letter.js';
import { deadLettersOf } from '../core/dead-letters.js';
import type { RunEnd, RunOutcome } from '../core/result.js';
import type { Composed } from './compose.js';

/**
 * After the commit, a copy of each dead letter of this run for the queue. One that cannot be reached is a warning: the
 * ledger has them all. A run that was interrupted sends nothing, also when it had committed a part.
 *
 * @param isInQueue what the queue has already
 */
export async function sendDeadLetters(
  end: RunEnd,
  { queue, deps }: Composed,
  signal: AbortSignal,
  isInQueue: (letter: DeadLetter) => boolean = () => false,
): Promise<RunOutcome> {
  const letters = end.committed
    .flatMap(deadLettersOf)
    .filter((letter) => letter.run_id === end.document.run_id && !isInQueue(letter));
  if (queue === null || letters.length === 0 || end.document.error_code === 'INTERRUPTED') return end;
  const { done, error } = await queue.send(letters.map(messageBody), signal);
  if (done > 0) deps.log.write('info', 'queue.sent', { count: done });
  return error === undefined ? end : withQueueWarning(end, error, deps);
}

/** The outcome with a warning in result and log. What AWS says is redacted by `classify`. */
export function withQueueWarning<T extends RunOutcome>(end: T, error: unknown, deps: Composed['deps']): T {
  const reason = queueReason(error, deps);
  deps.log.write('warn', 'queue.unavailable', { reason, error });
  const code = 'QUEUE_UNAVAILABLE';
  const warning = { resource_type: null, code, message: deps.describe(code, { reason }) };
  return { ...end, document: { ...end.document, warnings: [...(end.document.warnings ?? []), warning] } };
}

export function queueReason(error: unknown, { source }: Pick<Composed['deps'], 'source'>): string {
  const { code, message } = source.classify(error);
  return `${code}: ${message}`;
}
