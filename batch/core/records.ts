import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ResourceRecord } from '../contract/record.js';
import { type Store, StoreUnavailable } from '../store/store.js';

/** The records of a unit file, one by one: no more is held than a chunk. Throws `StoreUnavailable` for what is none. */
export async function* readRecords(store: Store, file: string): AsyncIterable<ResourceRecord> {
  for await (const line of readLines(store, file)) yield parseRecord(line, file);
}

function parseRecord(line: string, file: string): ResourceRecord {
  try {
    return JSON.parse(line) as ResourceRecord;
  } catch (error) {
    throw new StoreUnavailable(`${file} holds a line that is no JSON`, { cause: error });
  }
}

/** The lines of a unit file as they are stored, without their ends. */
async function* readLines(store: Store, file: string): AsyncIterable<string> {
  const content = await store.read(file);
  if (content === null) throw new StoreUnavailable(`${file} is missing`);
  const plain = createGunzip();
  const done = pipeline(Readable.from(content), plain);
  // The same error comes out of the stream below; without this it would also be an unhandled rejection.
  done.catch(() => {});
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of plain) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    await done;
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (rest !== '') yield rest;
}
