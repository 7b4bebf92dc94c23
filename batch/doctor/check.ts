import type { Config } from '../config/config.js';
import { fill, type Lang } from '../contract/text.js';
import type { Clock } from '../core/ports.js';
import { TEXTS } from './texts.js';

/** Names of the checks, in the order of a run; stable, like event names. */
export type CheckName =
  | 'region'
  | 'credentials'
  | 'identity'
  | 'region_enabled'
  | 'clock'
  | 'action'
  | 'lease'
  | 'store'
  | 'log';

/** One line of `arv doctor`. */
export interface Check {
  readonly check: CheckName;
  /** What was looked at: a region, an IAM action, a path. */
  readonly target: string;
  readonly status: 'OK' | 'NG' | 'SKIP';
  readonly detail: string;
  /** What to do; only with NG. */
  readonly remedy: string | null;
}

/** What every check is given. */
export interface CheckContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: Say;
}

/** A text in the reader's language. */
export type Say = (name: keyof typeof TEXTS, fields?: Readonly<Record<string, unknown>>) => string;

export function sayIn(lang: Lang): Say {
  return (name, fields = {}) => fill(TEXTS[name][lang], fields);
}

export function good(check: CheckName, target: string, detail: string): Check {
  return { check, target, status: 'OK', detail, remedy: null };
}

export function bad(check: CheckName, target: string, detail: string, remedy: string): Check {
  return { check, target, status: 'NG', detail, remedy };
}

export function untried(check: CheckName, target: string, detail: string): Check {
  return { check, target, status: 'SKIP', detail, remedy: null };
}
