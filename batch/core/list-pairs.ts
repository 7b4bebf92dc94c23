import type { PathRule } from './path-rules.js';
import { isObject, stableText, toldMembers } from './stable-text.js';

/** An element of a list. `text` is the same for equal ones. `position` does not count what is null. */
interface Element {
  readonly index: number;
  readonly position: number;
  readonly value: unknown;
  readonly text: string;
}

type Pair = readonly [former: Element, later: Element];

export interface ListPairs {
  /** Elements of the two lists that belong together and differ. */
  readonly changed: readonly Pair[];
  readonly deleted: readonly Element[];
  readonly created: readonly Element[];
  /** Whether those that are known to be the same are in another order. */
  readonly moved: boolean;
}

/**
 * Which elements of two lists belong together: first those that are equal, then objects that differ in nothing but the
 * lists and objects within them, then those of one name, last what is in the same place. What is null is as good as
 * absent. The work grows with the size of the lists, not with its square.
 */
export function pairElements(before: readonly unknown[], after: readonly unknown[], rule: PathRule): ListPairs {
  const formers = elementsOf(before, rule);
  const laters = elementsOf(after, rule);
  const left = new Set(formers);
  const right = new Set(laters);
  const take = (pairs: readonly Pair[]) =>
    pairs.filter(([one, other]) => left.has(one) && right.has(other) && left.delete(one) && right.delete(other));
  const takeSame = (keyOf: (element: Element) => string | null) => take(sameKey(left, right, keyOf));
  const equal = [...takeSame(({ position, text }) => `${position} ${text}`), ...takeSame(({ text }) => text)];
  const same = takeSame(({ value }) => scalarsOf(value, rule));
  if (left.size > 0 && right.size > 0) same.push(...take(namesakes(formers, laters, rule)));
  const inPlace = takeSame(({ position }) => String(position));
  const moved = !ascends([...equal, ...same]);
  return { changed: [...same, ...inPlace], deleted: [...left], created: [...right], moved };
}

function elementsOf(list: readonly unknown[], rule: PathRule): Element[] {
  return list
    .map((value, index) => ({ index, value }))
    .filter(({ value }) => value !== null)
    .map(({ index, value }, position) => ({ index, position, value, text: stableText(value, rule) }));
}

/** Whether what comes later in one list also does in the other. */
function ascends(pairs: readonly Pair[]): boolean {
  const order = [...pairs].sort(([, a], [, b]) => a.index - b.index).map(([{ index }]) => index);
  return order.every((index, at) => at === 0 || index > (order[at - 1] ?? 0));
}

/** Elements of one key, each once, the first with the first. */
function sameKey(
  left: Iterable<Element>,
  right: Iterable<Element>,
  keyOf: (element: Element) => string | null,
): Pair[] {
  const waiting = new Map<string, Element[]>();
  for (const element of [...left].reverse()) {
    const key = keyOf(element);
    const others = key === null ? undefined : waiting.get(key);
    if (others !== undefined) others.push(element);
    else if (key !== null) waiting.set(key, [element]);
  }
  return [...right].flatMap((element): Pair[] => {
    const key = keyOf(element);
    const former = key === null ? undefined : waiting.get(key)?.pop();
    return former === undefined ? [] : [[former, element]];
  });
}

/** What is no list and no object in an object, such as protocol and ports of a rule. null: nothing, or no object. */
function scalarsOf(value: unknown, rule: PathRule): string | null {
  if (!isObject(value)) return null;
  const scalars = toldMembers(value, rule).filter(([, member]) => typeof member !== 'object');
  return scalars.length === 0 ? null : stableText(Object.fromEntries(scalars), rule);
}

/**
 * Objects of the same text under a key that tells all objects of each list apart, as ids, names and addresses do. The
 * key that names the most comes first, or the one under which more of them stand where they were.
 */
function namesakes(formers: readonly Element[], laters: readonly Element[], rule: PathRule): Pair[] {
  const names = namesOf(laters, rule);
  const pairs = [...namesOf(formers, rule)].map(([key, elements]) =>
    [...elements].flatMap(([name, former]): Pair[] => {
      const later = names.get(key)?.get(name);
      return later === undefined || later.text === former.text ? [] : [[former, later]];
    }),
  );
  const inPlace = (some: readonly Pair[]) =>
    some.filter(([former, later]) => former.position === later.position).length;
  return pairs.sort((a, b) => b.length - a.length || inPlace(b) - inPlace(a)).flat();
}

/** Key → text → the one object that has it. */
function namesOf(elements: readonly Element[], rule: PathRule): Map<string, Map<string, Element>> {
  const names = new Map<string, Map<string, Element>>();
  const shared = new Set<string>();
  for (const element of elements) {
    if (!isObject(element.value)) continue;
    for (const [key, name] of toldMembers(element.value, rule)) {
      if (typeof name !== 'string') continue;
      const own = names.get(key) ?? new Map<string, Element>();
      if (own.has(name)) shared.add(key);
      names.set(key, own.set(name, element));
    }
  }
  for (const key of shared) names.delete(key);
  return names;
}
