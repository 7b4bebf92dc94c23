import { DigestTable } from './digest-table.js';
import type { LedgerError, LedgerUnread, Problem, UnreadDetail } from './model.js';

/** A detail that fails in a passing way makes its unit partial; a denied one is a warning of a complete unit. */
export interface Shortfall {
  readonly status: 'complete' | 'partial';
  readonly error: LedgerError | null;
}

/** What is counted while the records of one unit pass by: how many, which ids, what could not be read of them. */
export class Tally {
  readonly #ids: DigestTable;
  #unread = new Map<string, { row: Omit<LedgerUnread, 'resource_ids'>; ids: string[] }>();
  #failure: LedgerError | null = null;

  /** @param salt what nobody knows beforehand: two ids that are taken for one cannot be made */
  constructor(salt: string) {
    this.#ids = new DigestTable(salt);
  }

  get count(): number {
    return this.#ids.size;
  }

  /** False when this resource was counted before: AWS may list one on two pages while things move. */
  add(key: string): boolean {
    return this.#ids.add(key) !== null;
  }

  invalidItem(message: string, stack: string | null): void {
    this.#failure ??= { class: 'permanent', code: 'INVALID_ITEM', message, attempts: 1, stack };
  }

  unread(resourceId: string, { part, problem }: UnreadDetail): void {
    const key = `${part} ${problem.code}`;
    const entry = this.#unread.get(key) ?? {
      row: { part, class: problem.class, code: problem.code, message: problem.message },
      ids: [],
    };
    // A copy: a part of a longer string keeps the whole of it in memory, here AWS's answer of a thousand resources.
    entry.ids.push(Buffer.from(resourceId).toString());
    this.#unread.set(key, entry);
    const settled = problem.status === 'denied' || problem.status === 'unsupported';
    if (!settled) this.#failure ??= { ...errorOf(problem), message: `${part}: ${problem.message}` };
  }

  unreadRows(): LedgerUnread[] {
    return [...this.#unread.values()].map(({ row, ids }) => ({ ...row, resource_ids: ids }));
  }

  shortfall(): Shortfall {
    return { status: this.#failure === null ? 'complete' : 'partial', error: this.#failure };
  }
}

export function errorOf(problem: Omit<Problem, 'status'>): LedgerError {
  return {
    class: problem.class,
    code: problem.code,
    message: problem.message,
    attempts: problem.attempts,
    stack: problem.stack ?? null,
  };
}
