import { type LeaseRow, LockUnavailable } from '../../batch/lease/lease.js';
import type { LeaseReading, LeaseTable } from '../../batch/lease/lease-table.js';
import type { Acquisition, Actor } from './world.js';

/** One call of a table on its way: first the request arrives, then the reply is heard. Each waits to be picked. */
export interface Step {
  readonly actor: Actor;
  /** What it belongs to, also once that was given up. */
  readonly acquisition: Acquisition | null;
  /** null: a read. */
  readonly swap: { readonly row: LeaseRow; readonly over: LeaseRow | null } | null;
  /** True time at which it was called. */
  readonly sentAt: number;
  readonly perform: () => Promise<unknown>;
  /** null: a second copy of a request, that nobody waits for. */
  readonly caller: { resolve(value: never): void; reject(error: unknown): void } | null;
  outcome: { readonly value: unknown } | null;
  /** The request never arrives; the reply is never heard. Both end as an error. */
  requestLost: boolean;
  replyLost: boolean;
}

export type Pick = 'go' | 'lose-request' | 'lose-reply' | 'twice' | 'copy';

/** Holds the calls of all processes until a test lets each go on. */
export class Gate {
  readonly pending: Step[] = [];

  constructor(
    private readonly inner: LeaseTable,
    private readonly now: () => number,
    /** Called when a request has arrived and was answered. */
    private readonly performed: (step: Step) => void,
    /** Called when the caller is about to hear a reply. */
    private readonly heard: (step: Step) => void,
  ) {}

  /** The table as one process sees it. */
  for(actor: Actor): LeaseTable {
    const signal = new AbortController().signal;
    return {
      read: (key) => this.#call<LeaseReading>(actor, null, () => this.inner.read(key, signal)),
      swap: (row, over) => this.#call<boolean>(actor, { row, over }, () => this.inner.swap(row, over, signal)),
    };
  }

  /** What can go on: the reply to a process that stands still waits. */
  movable(): Step[] {
    return this.pending.filter(({ actor, outcome, caller }) => outcome === null || caller === null || !actor.frozen);
  }

  async move(step: Step, pick: Pick): Promise<void> {
    if (step.outcome === null) await this.#arrive(step, pick);
    else this.#hear(step, pick);
  }

  async #arrive(step: Step, pick: Pick): Promise<void> {
    step.requestLost = pick === 'lose-request';
    step.replyLost = step.requestLost || pick === 'lose-reply';
    if (pick === 'copy') this.pending.push({ ...step, caller: null });
    if (step.requestLost) {
      step.outcome = { value: null };
      return;
    }
    for (let times = pick === 'twice' ? 2 : 1; times > 0; times--) {
      step.outcome = { value: await step.perform() };
      this.performed(step);
    }
    if (step.caller === null) this.#drop(step);
  }

  #hear(step: Step, pick: Pick): void {
    this.#drop(step);
    if (step.actor.crashed) return;
    if (step.replyLost || pick === 'lose-reply') {
      step.caller?.reject(new LockUnavailable('no answer'));
      return;
    }
    this.heard(step);
    step.caller?.resolve(step.outcome?.value as never);
  }

  #drop(step: Step): void {
    const at = this.pending.indexOf(step);
    if (at >= 0) this.pending.splice(at, 1);
  }

  #call<T>(actor: Actor, swap: Step['swap'], perform: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { acquisition } = actor;
      const fate = { outcome: null, requestLost: false, replyLost: false };
      this.pending.push({
        actor,
        acquisition,
        swap,
        sentAt: this.now(),
        perform,
        caller: { resolve, reject },
        ...fate,
      });
    });
  }
}
