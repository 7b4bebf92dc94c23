import { type PathRule, ruleBelow } from './path-rules.js';

/** A text of a plain value, the same for two values exactly when a comparison of them says nothing. */
export function stableText(value: unknown, rule: PathRule): string {
  if (Array.isArray(value)) {
    const texts = value.filter((entry) => entry !== null).map((entry) => stableText(entry, rule));
    return `[${(rule.unordered ? texts.sort() : texts).join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const members = toldMembers(value, rule).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, entry]) => `${JSON.stringify(key)}:${stableText(entry, ruleBelow(rule, key))}`).join()}}`;
}

/** The members of an object that say something. */
export function toldMembers(object: Readonly<Record<string, unknown>>, rule: PathRule): [string, unknown][] {
  return Object.entries(object).filter(([key, value]) => value !== null && !ruleBelow(rule, key).skipped);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
