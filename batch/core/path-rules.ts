/** What is known about places in `properties`: paths without indexes (`State.Code`), each with all that is below it. */
interface PathRules {
  /** What says nothing: it changes by itself, or was not read on both sides. */
  readonly skipped: readonly string[];
  /** Lists whose order means nothing. */
  readonly unordered: readonly string[];
}

/** What holds at one place. A list's elements are at the place of the list. */
export interface PathRule {
  readonly skipped: boolean;
  readonly unordered: boolean;
  readonly steps: ReadonlyMap<string, PathRule>;
}

/** Where nothing is known: told, and in order. */
export const NO_RULE: PathRule = { skipped: false, unordered: false, steps: new Map() };
const UNORDERED: PathRule = { ...NO_RULE, unordered: true };

/** The rule of `properties` as a whole. */
export function ruleTree({ skipped, unordered }: PathRules): PathRule {
  const cut = (paths: readonly string[]) => paths.map((path) => path.split('.'));
  return ruleOf(cut(skipped), cut(unordered));
}

type Steps = readonly (readonly string[])[];

function ruleOf(skipped: Steps, unordered: Steps): PathRule {
  const below = (paths: Steps, key: string) => paths.filter(([head]) => head === key).map(([, ...rest]) => rest);
  const keys = new Set([...skipped, ...unordered].flatMap(([head]) => head ?? []));
  const steps = [...keys].map((key) => [key, ruleOf(below(skipped, key), below(unordered, key))] as const);
  const holds = (paths: Steps) => paths.some(({ length }) => length === 0);
  return { skipped: holds(skipped), unordered: holds(unordered), steps: new Map(steps) };
}

export function ruleBelow(rule: PathRule, key: string): PathRule {
  const own = rule.steps.get(key) ?? NO_RULE;
  if (!rule.unordered || own.unordered) return own;
  return own === NO_RULE ? UNORDERED : { ...own, unordered: true };
}
