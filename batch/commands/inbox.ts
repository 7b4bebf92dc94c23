import type { QueueMessage } from '../aws/dead-letter-queue.js';
import type { DeadLetter } from '../contract/dead-letter.js';
import { parseDeadLetter } from '../core/dead-letters.js';
import { GLOBAL_REGION, type Scope } from '../core/model.js';
import type { QueueReport } from '../core/result.js';
import { unitsOf } from './redrive-units.js';

/** No more are taken at a time: each is held, though not its body. */
const MAX_MESSAGES = 10_000;
/** A queue that someone else filled has as many malformed ones as it has messages. */
const MAX_TOLD = 100;

type Own = Pick<DeadLetter, 'resource_type' | 'fencing_token' | 'date'>;

/** A message of the queue: for this run, for another one, or none of ours. */
type Taken = QueueMessage & { readonly letter: Own | 'elsewhere' | { readonly reason: string } };

/** The messages that were taken in, by whose they are. */
export class Inbox {
  readonly #scope: Scope;
  readonly #taken = new Map<string, Taken>();
  readonly #forgotten = new Set<string>();
  #calls = 0;
  #empty = false;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get received(): number {
    return this.#taken.size;
  }

  /** Calls count too: a queue may give out the same message again. */
  wantsMore(): boolean {
    return !this.#empty && this.#calls < MAX_MESSAGES && this.#taken.size < MAX_MESSAGES;
  }

  /** The answer of one call. A message that comes again counts once, under its latest handle. */
  take(messages: readonly QueueMessage[]): void {
    this.#calls += 1;
    this.#empty = messages.length === 0;
    for (const { id, handle, body } of messages) {
      this.#taken.set(id, { id, handle, body: '', letter: this.#sort(body) });
    }
  }

  /** Those of this tenant, account and region, the buckets of the account among them. */
  own(): (QueueMessage & Own)[] {
    return [...this.#taken.values()].flatMap(({ letter, ...message }) =>
      typeof letter === 'object' && 'date' in letter ? [{ ...message, ...letter }] : [],
    );
  }

  malformed(): { readonly message_id: string; readonly reason: string }[] {
    return [...this.#taken.values()].flatMap(({ id, letter }) =>
      typeof letter === 'object' && 'reason' in letter ? [{ message_id: id, reason: letter.reason }] : [],
    );
  }

  /** Those that this run does nothing with. */
  others(): QueueMessage[] {
    const own = new Set(this.own().map(({ id }) => id));
    return [...this.#taken.values()].filter(({ id }) => !own.has(id));
  }

  /** These are done with. */
  forget(messages: readonly QueueMessage[]): void {
    for (const { id } of messages) this.#forgotten.add(id);
  }

  left(): QueueMessage[] {
    return [...this.#taken.values()].filter(({ id }) => !this.#forgotten.has(id));
  }

  report(deleted: number): QueueReport {
    const malformed = this.malformed();
    const own = this.own().length;
    return {
      ...{ received: this.received, own, deleted },
      elsewhere: this.received - own - malformed.length,
      malformed: malformed.length,
      malformed_messages: malformed.slice(0, MAX_TOLD),
      limited: !this.#empty,
    };
  }

  #sort(body: string): Taken['letter'] {
    const letter = parseDeadLetter(body);
    if ('reason' in letter) return letter;
    const { tenant, accountId, region } = this.#scope;
    const { resource_type, fencing_token, date } = letter;
    const isGlobal = letter.region === GLOBAL_REGION;
    const [unit] = unitsOf([letter], letter.region);
    if (unit === undefined || (unit.resourceType.scope === 'global') !== isGlobal)
      return { reason: 'resource_type and region name no unit' };
    const isOurs = letter.tenant === tenant && letter.account_id === accountId;
    const isHere = letter.region === region || isGlobal;
    return isOurs && isHere ? { resource_type, fencing_token, date } : 'elsewhere';
  }
}
