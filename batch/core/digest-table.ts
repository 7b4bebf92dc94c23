import { hash } from 'node:crypto';

/** Parts by the first byte of a digest, so that growing copies a 256th of the table at a time. */
const PARTS = 256;
/** Of a digest; the first one is never 0, which marks a free row. */
const KEY_WORDS = 2;
const FULL = 0.9;
const LEAST_ROWS = 8;

/** Where the words of a key stand. Not to be kept: a table that grows moves them. */
export interface DigestRow {
  readonly words: Uint32Array;
  readonly at: number;
}

interface Part {
  words: Uint32Array;
  rows: number;
  used: number;
}

/**
 * Keys by 64 bits of their salted SHA-256, each with some words of 32 bits: a million of them fit where a map of texts
 * would not. That two of a million keys meet has a chance of one in forty million, and nobody who does not know the salt
 * can choose two that do.
 */
export class DigestTable {
  readonly #parts: readonly Part[];
  readonly #salt: string;
  readonly #width: number;
  #size = 0;

  /**
   * @param words how many go with each key
   * @param expected keys that there is room for from the start
   */
  constructor(salt: string, words = 0, expected = 0) {
    this.#salt = salt;
    this.#width = KEY_WORDS + words;
    const rows = Math.max(LEAST_ROWS, Math.ceil(expected / PARTS / FULL) + 1);
    this.#parts = Array.from({ length: PARTS }, () => this.#emptyPart(rows));
  }

  get size(): number {
    return this.#size;
  }

  /** null: there is no such key. */
  find(key: string): DigestRow | null {
    const { part, high, low } = this.#place(key);
    const at = this.#seek(part, high, low);
    return part.words[at] === 0 ? null : { words: part.words, at: at + KEY_WORDS };
  }

  /** The row of a new key, its words all 0; null when the key is there already. */
  add(key: string): DigestRow | null {
    const { part, high, low } = this.#place(key);
    if (part.words[this.#seek(part, high, low)] !== 0) return null;
    if (part.used + 1 > part.rows * FULL) this.#grow(part);
    const at = this.#seek(part, high, low);
    part.words[at] = high;
    part.words[at + 1] = low;
    part.used += 1;
    this.#size += 1;
    return { words: part.words, at: at + KEY_WORDS };
  }

  #place(key: string) {
    // As text: a million small buffers would lie outside the heap until it is collected.
    const digest = hash('sha256', `${this.#salt} ${key}`, 'binary');
    const word = (at: number) =>
      (digest.charCodeAt(at) |
        (digest.charCodeAt(at + 1) << 8) |
        (digest.charCodeAt(at + 2) << 16) |
        (digest.charCodeAt(at + 3) << 24)) >>>
      0;
    return { part: this.#parts[digest.charCodeAt(8)] as Part, high: word(0) || 1, low: word(4) };
  }

  /** Where the key is, or the free row where it would be: there is always one. */
  #seek({ words, rows }: Part, high: number, low: number): number {
    for (let row = low % rows; ; row = (row + 1) % rows) {
      const at = row * this.#width;
      if (words[at] === 0 || (words[at] === high && words[at + 1] === low)) return at;
    }
  }

  #grow(part: Part): void {
    const grown = this.#emptyPart(Math.ceil(part.rows * 1.5));
    for (let at = 0; at < part.words.length; at += this.#width) {
      const [high = 0, low = 0] = part.words.subarray(at, at + KEY_WORDS);
      if (high !== 0) grown.words.set(part.words.subarray(at, at + this.#width), this.#seek(grown, high, low));
    }
    part.words = grown.words;
    part.rows = grown.rows;
  }

  #emptyPart(rows: number): Part {
    return { words: new Uint32Array(rows * this.#width), rows, used: 0 };
  }
}
