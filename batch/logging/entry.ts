import { EVENTS, type EventName } from '../contract/events.js';
import { fill, type Lang } from '../contract/text.js';
import type { LogFields, LogLevel } from '../core/ports.js';
import { bounded, type Plain, plain } from './plain.js';
import { type Redactor, redactFields } from './redaction.js';

/** One event, ready to be shown: JSON data only, secrets out, sizes bounded. */
export interface Entry {
  readonly at: Date;
  readonly level: LogLevel;
  readonly event: EventName;
  readonly message: string;
  readonly runId: string;
  readonly fields: Readonly<Record<string, Plain>>;
}

/** The keys that every line begins with, in their order. */
const HEAD_KEYS: readonly string[] = ['timestamp', 'level', 'event', 'message', 'run_id'];

interface Context {
  readonly at: Date;
  readonly runId: string;
  readonly lang: Lang;
  readonly redactor: Redactor;
}

/** The entry of an event with fields of any kind. Never throws on what the fields hold. */
export function entryOf(context: Context, level: LogLevel, event: EventName, raw: LogFields): Entry {
  const text = (s: string): string => context.redactor.text(s);
  const flat = redactFields(plain(raw, text));
  const values = flat !== null && typeof flat === 'object' && !Array.isArray(flat) ? flat : { value: flat };
  const message = bounded(text(fill(EVENTS[event][context.lang], shown(values))));
  return { at: context.at, level, event, message, runId: context.runId, fields: besideHead(values, context.runId) };
}

/** In a sentence, an error is its message; the line carries the rest. */
function shown(values: Readonly<Record<string, Plain>>): Record<string, Plain> {
  const entries = Object.entries(values).map(([key, value]): [string, Plain] => {
    const isError = value !== null && typeof value === 'object' && !Array.isArray(value) && 'stack' in value;
    return [key, isError ? (value.message ?? null) : value];
  });
  return Object.fromEntries(entries);
}

/** A field named like one of the head's keys keeps its value under the name with `_` behind it. */
function besideHead(values: Readonly<Record<string, Plain>>, runId: string): Record<string, Plain> {
  const fields: Record<string, Plain> = Object.create(null);
  const taken = Object.keys(values);
  for (const [key, value] of Object.entries(values)) {
    if (key === 'run_id' && value === runId) continue;
    let name = key;
    while (HEAD_KEYS.includes(name) || (name !== key && taken.includes(name))) name += '_';
    fields[name] = value;
  }
  return fields;
}
