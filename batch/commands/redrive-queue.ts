import type { DeadLetterQueue } from '../aws/dead-letter-queue.js';
import { fill, type Text } from '../contract/text.js';
import { isDeadLetter } from '../core/dead-letters.js';
import type { Manifest } from '../core/model.js';
import type { RunEnd, RunOutcome } from '../core/result.js';
import { RunFailure } from '../core/run-failure.js';
import { Inbox } from './inbox.js';
import { type Failure, nothing, type Redrive, redriveUnits } from './redrive-units.js';
import { queueReason, sendDeadLetters, withQueueWarning } from './send-dead-letters.js';

const WORDS = {
  noMessages: {
    ja: 'キューに対象のメッセージはありません。再実行するものはありません。別の再実行が受け取ったものは、戻されるまで見えません。',
    en: 'The queue has no messages for this tenant, account and region: nothing to redrive. What another redrive has taken in shows again once it is put back.',
  },
  older: {
    ja: '別の日付のメッセージが {count} 件あります。今日の状態を過去の日付で記録すると履歴が誤ったものになるため、{date} の分として再実行しました。',
    en: "{count} messages are of another day. Their units were redriven for {date}: today's state under an old date would falsify history.",
  },
} as const satisfies Record<string, Text>;

/** SQS hides a message for 12 hours at the most. */
const MAX_HIDDEN_SECONDS = 43_200;
/** A process that was told to end has little time left; what is not put back shows again by itself. */
const LAST_WORDS_MS = 1_000;

/**
 * Takes in what the queue holds, redrives the units of this tenant, account and region, and deletes the messages of
 * those that are no dead letters then. All others are put back as they were.
 */
export async function redriveQueue(redrive: Redrive): Promise<RunOutcome> {
  const { composed, config, identity, region, stop } = redrive;
  // Asked for by the option; the dispatcher has refused it without a queue.
  const queue = composed.queue as DeadLetterQueue;
  const inbox = new Inbox({ tenant: config.run.tenant, accountId: identity.accountId, region });
  try {
    await receiveAll(redrive, queue, inbox);
    if (inbox.own().length === 0) return withReport(nothing(redrive, WORDS.noMessages[config.lang]), inbox, 0, []);
    return await workOff(redrive, queue, inbox);
  } finally {
    const left = inbox.left();
    // A failure here changes nothing for good: they show again when their time is over.
    await queue.putBack(left, stop.aborted ? AbortSignal.timeout(LAST_WORDS_MS) : stop);
  }
}

async function receiveAll({ composed, config, signal }: Redrive, queue: DeadLetterQueue, inbox: Inbox): Promise<void> {
  const { deps } = composed;
  const hidden = Math.min(MAX_HIDDEN_SECONDS, Math.ceil(config.run.timeoutSeconds) + 60);
  while (inbox.wantsMore()) {
    const messages = await queue.receive(hidden, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new RunFailure('QUEUE_UNAVAILABLE', { reason: queueReason(error, deps) }, { cause: error });
    });
    inbox.take(messages);
  }
  deps.log.write('info', 'queue.received', { received: inbox.received, own: inbox.own().length });
  for (const { message_id, reason } of inbox.malformed()) {
    deps.log.write('warn', 'queue.malformed', { message_id, reason });
  }
}

async function workOff(redrive: Redrive, queue: DeadLetterQueue, inbox: Inbox): Promise<RunOutcome> {
  const { composed, config, stop } = redrive;
  const { deps } = composed;
  const own = inbox.own();
  // Before the run, which takes its time: a redrive of another region would find an empty queue.
  const others = inbox.others();
  if ((await queue.putBack(others, stop)).error === undefined) inbox.forget(others);
  const end = await redriveUnits(redrive, own);
  const settled = settledTypes(end.committed);
  const done = own.filter(({ resource_type }) => settled.has(resource_type));
  const { done: deleted, error } = await queue.remove(done, stop);
  // Else some of them may still be there: all are put back, which does nothing to those that are gone.
  if (error === undefined) inbox.forget(done);
  if (deleted > 0) deps.log.write('info', 'queue.deleted', { count: deleted });
  const { targetDate } = config.run;
  const isRedriven = ({ resource_type }: Failure) => end.document.redriven?.includes(resource_type);
  const older = own.filter((letter) => letter.date !== targetDate && isRedriven(letter)).length;
  const notes = older === 0 ? [] : [fill(WORDS.older[config.lang], { count: older, date: targetDate })];
  const told = error === undefined ? end : withQueueWarning(end, error, deps);
  // What failed again has its message in the queue still.
  const types = new Set(own.map(({ resource_type }) => resource_type));
  const isInQueue = ({ resource_type }: { readonly resource_type: string }) => types.has(resource_type);
  const sent = await sendDeadLetters({ ...told, committed: end.committed }, composed, stop, isInQueue);
  return withReport(sent, inbox, deleted, notes);
}

/** The resource types of which nothing is missing any more, but for gaps that the team accepts. */
function settledTypes(manifests: readonly Manifest[]): ReadonlySet<string> {
  const settled = manifests.flatMap(({ units }) => units.filter((unit) => !isDeadLetter(unit)));
  return new Set(settled.map(({ resource_type }) => resource_type));
}

function withReport<T extends RunOutcome | RunEnd>(
  outcome: T,
  inbox: Inbox,
  deleted: number,
  notes: readonly string[],
): T {
  const { document } = outcome;
  const all = [...(document.notes ?? []), ...notes];
  return { ...outcome, document: { ...document, notes: all, queue: inbox.report(deleted) } };
}
