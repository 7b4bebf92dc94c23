import { createHash } from 'node:crypto';

/** Words of 32 bits for one resource: two of its key's digest, two of its content's, one mark. */
const WORDS = 5;

/** What was said of a resource since the table was filled. */
export const MARK = { none: 0, seen: 1, changed: 2 } as const;
type Mark = (typeof MARK)[keyof typeof MARK];

/**
 * Key → content hash of the resources of one unit, 20 bytes for each slot: a million of them fit where a map of texts
 * would not. Both are cut to 64 bits: that two of a million keys meet has a chance of one in forty million.
 */
export class DigestTable {
  readonly #slots: Uint32Array;
  readonly #mask: number;

  /** @param count how many resources it has to hold */
  constructor(count: number) {
    const capacity = 2 ** Math.ceil(Math.log2(count * 1.5 + 2));
    this.#slots = new Uint32Array(capacity * WORDS);
    this.#mask = capacity - 1;
  }

  /** @param contentHash SHA-256 in hex */
  add(key: string, contentHash: string): void {
    const [high, low] = digestOf(key);
    const slot = this.#find(high, low);
    this.#slots.set([high, low, ...cut(contentHash), MARK.none], slot);
  }

  /** null: there is no such key. */
  get(key: string): { readonly mark: Mark; hasContent(contentHash: string): boolean; set(mark: Mark): void } | null {
    const [high, low] = digestOf(key);
    const slot = this.#find(high, low);
    const slots = this.#slots;
    if (slots[slot] === 0) return null;
    return {
      mark: slots[slot + 4] as Mark,
      hasContent(contentHash) {
        const [first, second] = cut(contentHash);
        return slots[slot + 2] === first && slots[slot + 3] === second;
      },
      set(mark) {
        slots[slot + 4] = mark;
      },
    };
  }

  /** Where the key is, or the free slot where it would be. */
  #find(high: number, low: number): number {
    for (let index = low & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * WORDS;
      if (this.#slots[slot] === 0 || (this.#slots[slot] === high && this.#slots[slot + 1] === low)) return slot;
    }
  }
}

/** 64 bits; the first word is never 0, which marks a free slot. */
function digestOf(key: string): readonly [number, number] {
  const digest = createHash('sha256').update(key).digest();
  return [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)];
}

function cut(hex: string): readonly [number, number] {
  return [Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8, 16), 16)];
}
