import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';
import { FOOTER } from '../contract/projection.js';
import type { ByteRange, Store } from '../store/store.js';
import { isIntact } from './footer-hash.js';
import { NO_GEOGRAPHY, rowPages } from './parquet-pages.js';
import { reasonOf } from './unit-file.js';

/** Holds the footer of most files. */
const TAIL_BYTES = 64 * 1024;
/** Behind the metadata: its length, and the magic number. */
const TRAILER_BYTES = 8;

/** A Parquet file that cannot be read, or that is none. */
export class DamagedParquet extends Error {}

/** What a projection says of itself. */
export interface Footer {
  readonly token: number;
  readonly manifestSha256: string;
  readonly rows: number;
}

/** The footer of a projection, null when there is no such file. Throws `DamagedParquet`. */
export async function readFooter(store: Store, key: string): Promise<Footer | null> {
  const metadata = await readMetadata(store, key);
  if (metadata === null) return null;
  const values = new Map(metadata.key_value_metadata?.map((pair) => [pair.key, pair.value]));
  const token = Number(values.get(FOOTER.fencingToken));
  const manifestSha256 = values.get(FOOTER.manifestSha256);
  if (!Number.isSafeInteger(token) || manifestSha256 === undefined)
    throw new DamagedParquet('the footer does not say which manifest it is of');
  return { token, manifestSha256, rows: Number(metadata.num_rows) };
}

/** Decodes every page. Returns the number of rows. Throws `DamagedParquet`. */
export async function readThrough(store: Store, key: string): Promise<number> {
  const metadata = await readMetadata(store, key);
  if (metadata === null) throw new DamagedParquet('the file is gone');
  const file: AsyncBuffer = {
    // Not known, and not needed: the places of all columns are in the metadata.
    byteLength: Number.MAX_SAFE_INTEGER,
    slice: async (start, end = file.byteLength) => arrayOf(await bytesOf(store, key, { start, end })),
  };
  await decode(file, metadata).catch(damaged);
  return Number(metadata.num_rows);
}

async function decode(file: AsyncBuffer, metadata: FileMetaData): Promise<void> {
  for await (const rows of rowPages(file, metadata)) await parquetRead(rows);
}

async function readMetadata(store: Store, key: string): Promise<FileMetaData | null> {
  const tail = await bytesOf(store, key, { start: -TAIL_BYTES });
  if (tail === null) return null;
  if (tail.length < TRAILER_BYTES) throw new DamagedParquet('the file is cut short');
  const wanted = tail.readUInt32LE(tail.length - TRAILER_BYTES) + TRAILER_BYTES;
  const isWhole = wanted <= tail.length || tail.toString('latin1', tail.length - 4) !== 'PAR1';
  const footer = isWhole ? tail : await bytesOf(store, key, { start: -wanted });
  if (footer === null) return null;
  try {
    if (!isIntact(footer.subarray(-wanted))) throw new Error('the footer is damaged');
    return parquetMetadata(arrayOf(footer), NO_GEOGRAPHY);
  } catch (error) {
    return damaged(error);
  }
}

function damaged(error: unknown): never {
  throw new DamagedParquet(reasonOf(error), { cause: error });
}

async function bytesOf(store: Store, key: string, range: ByteRange): Promise<Buffer | null> {
  const content = await store.read(key, range);
  if (content === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A small `Buffer` is a part of a larger one. */
function arrayOf(bytes: Buffer | null): ArrayBuffer {
  const array = new ArrayBuffer(bytes?.length ?? 0);
  new Uint8Array(array).set(bytes ?? []);
  return array;
}
