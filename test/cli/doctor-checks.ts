import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { Check } from '../../batch/doctor/check.js';
import type { Env, Place } from './place.js';

export interface Examined {
  readonly code: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into it freely.
  readonly doc: any;
  readonly checks: readonly Check[];
  /** The targets of the checks that ended so. */
  targets(status: Check['status']): string[];
  /** The one line of a target, or of a check that has but one. */
  line(name: string): Check;
}

/** A run of `arv doctor`; whatever it says, it has left nothing behind, written no log line, and says it in order. */
export async function examine(place: Place, args: readonly string[] = [], env: Env = {}): Promise<Examined> {
  const before = everything(place);
  const { code, doc, stderr } = await place.run(['doctor', ...args], env);
  expect(stderr).toBe('');
  expect(everything(place)).toEqual(before);
  const checks = doc.checks as Check[];
  for (const { status, detail, remedy } of checks) {
    expect(detail).not.toMatch(/^$|[{}]|undefined|null/);
    expect(remedy === null, detail).toBe(status !== 'NG');
  }
  const order = 'region credentials identity region_enabled clock action lease store log'.split(' ');
  expect([...new Set(checks.map(({ check }) => check))]).toEqual(order);
  const targets = (status: string) => checks.filter((one) => one.status === status).map(({ target }) => target);
  expect(doc.ok).toBe(targets('NG').length === 0);
  expect(code).toBe(doc.ok ? 0 : 1);
  const line = (name: string) => {
    const found = checks.filter(({ check, target }) => check === name || target === name);
    expect(found, name).toHaveLength(1);
    return found[0] as Check;
  };
  return { code, doc, checks, targets, line };
}

function everything(place: Place): string[] {
  return (readdirSync(place.cwd, { recursive: true }) as string[]).sort();
}

/** `arv services`: every IAM action of every row. */
export async function actionsOf(place: Place): Promise<string[]> {
  return (await place.run(['services'])).doc.actions;
}
