import type { DeadLetter } from '../contract/dead-letter.js';
import { FAILURE_CAUSES, type FailureCause } from '../contract/failure-causes.js';
import { fill, type Lang } from '../contract/text.js';

/** How often each value occurs, the most frequent first. */
type Counts = Readonly<Record<string, number>>;

/** The failures of one cause. */
export interface CauseReport {
  readonly cause: string;
  readonly count: number;
  /** Part of all failures, 0 to 1. */
  readonly share: number;
  readonly likely_cause: string;
  readonly remedy: string;
  readonly by_code: Counts;
  readonly by_resource_type: Counts;
  readonly by_region: Counts;
  readonly last: Pick<DeadLetter, 'date' | 'region' | 'resource_type' | 'run_id' | 'failed_at' | 'code' | 'message'>;
}

export interface AnalysisReport {
  readonly failures: number;
  /** The most frequent first. */
  readonly causes: readonly CauseReport[];
  readonly by_class: Counts;
  readonly by_code: Counts;
  readonly by_service: Counts;
  readonly by_region: Counts;
  readonly by_resource_type: Counts;
  readonly by_day: Counts;
}

/** Counts failures as they pass by: what is kept grows with the kinds of them, not with their number. */
export class Analysis {
  #failures = 0;
  readonly #byClass = new Counter();
  readonly #byCode = new Counter();
  readonly #byService = new Counter();
  readonly #byRegion = new Counter();
  readonly #byType = new Counter();
  readonly #byDay = new Counter();
  readonly #groups = new Map<FailureCause, Group>();

  add(letter: DeadLetter): void {
    this.#failures += 1;
    this.#byClass.add(letter.class);
    this.#byCode.add(letter.code);
    this.#byService.add(letter.service);
    this.#byRegion.add(letter.region);
    this.#byType.add(letter.resource_type);
    this.#byDay.add(letter.date);
    const cause = causeOf(letter);
    const group = this.#groups.get(cause) ?? new Group(letter);
    this.#groups.set(cause, group);
    group.add(letter);
  }

  /** @param actionsOf the IAM actions that a resource type needs */
  report(lang: Lang, actionsOf: (resourceType: string) => readonly string[]): AnalysisReport {
    const groups = [...this.#groups].sort(([, a], [, b]) => b.count - a.count);
    return {
      failures: this.#failures,
      causes: groups.map(([cause, group]) => ({
        cause: cause.cause,
        count: group.count,
        share: Math.round((group.count / this.#failures) * 1000) / 1000,
        likely_cause: cause.likely[lang],
        remedy: fill(cause.remedy[lang], { actions: actionsFor(group, actionsOf) }),
        by_code: group.byCode.sorted(),
        by_resource_type: group.byType.sorted(),
        by_region: group.byRegion.sorted(),
        last: group.last(),
      })),
      by_class: this.#byClass.sorted(),
      by_code: this.#byCode.sorted(),
      by_service: this.#byService.sorted(),
      by_region: this.#byRegion.sorted(),
      by_resource_type: this.#byType.sorted(),
      by_day: this.#byDay.inOrder(),
    };
  }
}

/** The first row of the table that fits; the last one always does. Pure. */
export function causeOf({ code, status }: Pick<DeadLetter, 'code' | 'status'>): FailureCause {
  const fits = (row: FailureCause) =>
    row.code === undefined || row.code.test(code) || (row.status !== undefined && row.status === status);
  return FAILURE_CAUSES.find(fits) as FailureCause;
}

function actionsFor(group: Group, actionsOf: (resourceType: string) => readonly string[]): string[] {
  const actions = new Set(Object.keys(group.byType.sorted()).flatMap(actionsOf));
  // Of types that this version does not know.
  return actions.size === 0 ? ['arv services'] : [...actions].sort();
}

class Group {
  count = 0;
  readonly byCode = new Counter();
  readonly byType = new Counter();
  readonly byRegion = new Counter();
  #last: DeadLetter;

  constructor(first: DeadLetter) {
    this.#last = first;
  }

  add(letter: DeadLetter): void {
    this.count += 1;
    this.byCode.add(letter.code);
    this.byType.add(letter.resource_type);
    this.byRegion.add(letter.region);
    if (letter.failed_at > this.#last.failed_at) this.#last = letter;
  }

  last(): CauseReport['last'] {
    const { date, region, resource_type, run_id, failed_at, code, message } = this.#last;
    return { date, region, resource_type, run_id, failed_at, code, message };
  }
}

class Counter {
  readonly #counts = new Map<string, number>();

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  sorted(): Counts {
    return Object.fromEntries([...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
  }

  inOrder(): Counts {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
