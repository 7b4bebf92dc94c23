import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ResourceRecord } from '../contract/record.js';
import { type Store, StoreUnavailable } from '../store/store.js';
import type { LedgerUnit } from './model.js';

/** The records of a unit file, one by one: no more is held than a chunk. Throws `StoreUnavailable` for what is none. */
export async function* readRecords(store: Store, file: string): AsyncIterable<ResourceRecord> {
  for await (const line of readLines(await contentOf(store, file), file)) yield parseRecord(line, file);
}

/** The records of a unit, none where it has no file. Throws at the end when the file is not what the ledger says. */
export async function* readUnit(store: Store, unit: LedgerUnit): AsyncIterable<ResourceRecord> {
  const { file } = unit;
  if (file === null) return;
  const stored = { bytes: 0, hash: createHash('sha256') };
  const content = await contentOf(store, file);
  async function* measured(): AsyncIterable<Uint8Array> {
    for await (const chunk of content) {
      stored.bytes += chunk.byteLength;
      stored.hash.update(chunk);
      yield chunk;
    }
  }
  let count = 0;
  for await (const line of readLines(measured(), file)) {
    count += 1;
    yield parseRecord(line, file);
  }
  if (stored.bytes !== unit.bytes || stored.hash.digest('hex') !== unit.sha256)
    throw new StoreUnavailable(`${file} does not match its SHA-256`);
  if (count !== unit.count) throw new StoreUnavailable(`${file} has ${count} records, the ledger says ${unit.count}`);
}

async function contentOf(store: Store, file: string): Promise<AsyncIterable<Uint8Array>> {
  const content = await store.read(file);
  if (content === null) throw new StoreUnavailable(`${file} is missing`);
  return content;
}

function parseRecord(line: string, file: string): ResourceRecord {
  try {
    return JSON.parse(line) as ResourceRecord;
  } catch (error) {
    throw new StoreUnavailable(`${file} holds a line that is no JSON`, { cause: error });
  }
}

/** The lines of a unit file as they are stored, without their ends. */
async function* readLines(content: AsyncIterable<Uint8Array>, file: string): AsyncIterable<string> {
  const plain = createGunzip();
  const done = pipeline(Readable.from(content), plain);
  // The same error comes out of the stream below; without this it would also be an unhandled rejection.
  done.catch(() => {});
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of plain) {
      const lines = decoder.decode(chunk as Uint8Array, { stream: true }).split('\n');
      // Joined only where a line ends: a long one would be copied again with each of its chunks.
      lines[0] = rest + lines[0];
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
