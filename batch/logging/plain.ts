import { types } from 'node:util';

/** JSON data: what a line carries. Objects have no prototype, so `__proto__` is a key like any other. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** In UTF-16 units. One value, one key, and all the values of a line together; CloudWatch takes 256 KiB an event. */
const MAX_STRING = 16 * 1024;
const MAX_KEY = 256;
const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 8;
const MAX_NODES = 2_000;

const CIRCULAR = '[circular]';
const TOO_MUCH = '[…]';
const UNREADABLE = '[unreadable]';

/**
 * Any value as JSON data, bounded in size, whatever it holds: cycles, BigInt, Map, Date, Error, throwing getters, lone
 * surrogates. Every string, keys too, passes `text` before it is cut, so that no half of a secret is left. Never throws.
 */
export function plain(value: unknown, text: (s: string) => string): Plain {
  return new Flattening(text).value(value);
}

/** A string of at most 16 Ki UTF-16 units, well formed; a cut is marked with the number of units left out. */
export function bounded(s: string, limit: number = MAX_STRING): string {
  const cut = s.length > limit ? `${s.slice(0, limit)}…[+${s.length - limit}]` : s;
  return cut.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

class Flattening {
  readonly #text: (s: string) => string;
  readonly #above = new Set<object>();
  #nodes = MAX_NODES;
  #room = MAX_TEXT;

  constructor(text: (s: string) => string) {
    this.#text = text;
  }

  value(value: unknown): Plain {
    this.#nodes -= 1;
    if (this.#nodes < 0) return TOO_MUCH;
    try {
      return typeof value === 'object' && value !== null ? this.#object(value) : this.#primitive(value);
    } catch {
      return UNREADABLE;
    }
  }

  #primitive(value: unknown): Plain {
    if (typeof value === 'string') return this.#string(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (value === undefined) return null;
    if (typeof value === 'function') return this.#string(`[function ${value.name}]`);
    return this.#string(String(value));
  }

  #string(s: string): string {
    const clean = bounded(this.#text(s), Math.min(MAX_STRING, Math.max(0, this.#room)));
    this.#room -= clean.length;
    return clean;
  }

  #object(value: object): Plain {
    if (this.#above.has(value)) return CIRCULAR;
    if (this.#above.size >= MAX_DEPTH) return TOO_MUCH;
    this.#above.add(value);
    try {
      return this.#content(value);
    } finally {
      this.#above.delete(value);
    }
  }

  #content(value: object): Plain {
    if (value instanceof Error || types.isNativeError(value)) return this.#error(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[binary, ${value.byteLength} bytes]`;
    if (value instanceof RegExp) return this.#string(String(value));
    if (value instanceof Map) return this.#entries(value);
    if (value instanceof Set) return this.#list(value);
    if (Array.isArray(value)) return this.#list(value);
    const toJSON: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJSON === 'function') return this.value(toJSON.call(value, ''));
    return this.#entries(reading(value, Object.keys(value)));
  }

  #error(error: Error): Plain {
    const optional = ['code', 'cause', 'errors'].filter((key) => Reflect.get(error, key) !== undefined);
    return this.#entries(reading(error, ['name', 'message', 'stack', ...optional]));
  }

  #list(values: Iterable<unknown>): Plain[] {
    const list: Plain[] = [];
    for (const value of values) {
      list.push(this.value(value));
      if (this.#nodes < 0) break;
    }
    return list;
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): Plain {
    const object: { [key: string]: Plain } = Object.create(null);
    for (const [key, value] of entries) {
      if (value === undefined) continue;
      const name = bounded(this.#text(String(key)), MAX_KEY);
      this.#room -= name.length;
      object[name] = this.value(value);
      if (this.#nodes < 0) break;
    }
    return object;
  }
}

/** Reads one property after the other; one that throws costs itself only. */
function* reading(source: object, keys: readonly string[]): Generator<readonly [string, unknown]> {
  for (const key of keys) {
    let value: unknown;
    try {
      value = Reflect.get(source, key);
    } catch {
      value = UNREADABLE;
    }
    yield [key, value];
  }
}
