import { gzipSync } from 'node:zlib';
import type { ResourceRecord } from '../../batch/contract/record.js';
import type { Store } from '../../batch/store/store.js';

/** Files in memory, of which those of a unit can be put as records. Only what reads is asked of it. */
export class MemoryStore {
  readonly files = new Map<string, Buffer>();
  readonly reads = new Map<string, number>();

  putRecords(key: string, records: readonly ResourceRecord[]): void {
    this.files.set(key, gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''), { level: 1 }));
  }

  /** As the port that core reads from. */
  get store(): Store {
    const store: Pick<Store, 'uri' | 'read' | 'list'> = {
      uri: (key) => key,
      read: async (key) => {
        this.reads.set(key, (this.reads.get(key) ?? 0) + 1);
        const content = this.files.get(key);
        return content === undefined ? null : pieces(content);
      },
      list: async (prefix) => {
        const below = [...this.files.keys()].filter((key) => key.startsWith(`${prefix}/`));
        const names = below.map((key) => key.slice(prefix.length + 1).split('/')[0] ?? '');
        return [...new Set(names)].sort();
      },
    };
    return store as Store;
  }
}

/** Cut anywhere, as a file or a network gives it. */
async function* pieces(content: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 1021) yield content.subarray(at, at + 1021);
}
