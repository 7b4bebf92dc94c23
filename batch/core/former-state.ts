import type { ResourceRecord } from '../contract/record.js';
import { DigestTable } from './digest-table.js';

/** The lowest bit of a resource's second word: it was met again. The other 63 are of its content's hash. */
const MET = 1;

/**
 * The resources that a unit had: key, content and whether they were met again, in 18 bytes each. Keys are resource ids,
 * unique within a unit. A bucket's region is no part of it: where it could not be read, it is the same bucket still.
 */
export class FormerState {
  readonly #table: DigestTable;
  #met = 0;

  constructor(salt: string, expected: number) {
    this.#table = new DigestTable(salt, 2, expected);
  }

  add({ resource_id, content_hash }: ResourceRecord): void {
    const row = this.#table.add(resource_id);
    row?.words.set(contentWords(content_hash), row.at);
  }

  /** `other`: it was there with another content, as far as digests can tell. */
  stateOf({ resource_id, content_hash }: ResourceRecord): 'new' | 'same' | 'other' {
    const row = this.#table.find(resource_id);
    if (row === null) return 'new';
    const [first, second] = contentWords(content_hash);
    const same = row.words[row.at] === first && ((row.words[row.at + 1] ?? 0) & ~MET) >>> 0 === second;
    return same ? 'same' : 'other';
  }

  meet({ resource_id }: ResourceRecord): void {
    const row = this.#table.find(resource_id);
    const word = row?.words[row.at + 1] ?? MET;
    if (row === null || (word & MET) !== 0) return;
    row.words[row.at + 1] = word | MET;
    this.#met += 1;
  }

  wasMet({ resource_id }: ResourceRecord): boolean {
    const row = this.#table.find(resource_id);
    return row !== null && ((row.words[row.at + 1] ?? 0) & MET) !== 0;
  }

  get allMet(): boolean {
    return this.#met === this.#table.size;
  }
}

/** @param hex SHA-256 */
function contentWords(hex: string): readonly [number, number] {
  const word = (at: number) => Number.parseInt(hex.slice(at, at + 8), 16);
  return [word(0), (word(8) & ~MET) >>> 0];
}
