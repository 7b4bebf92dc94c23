import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { UNIT_STATUSES } from '../contract/statuses.js';
import type { Store } from '../store/store.js';

const ERROR_CLASSES = ['transient', 'permanent', 'fatal'] as const;

const unreadSchema = z.object({
  part: z.string(),
  class: z.enum(ERROR_CLASSES),
  code: z.string(),
  message: z.string(),
  resource_ids: z.array(z.string()).readonly(),
});

const errorSchema = z.object({
  class: z.enum(ERROR_CLASSES),
  code: z.string(),
  message: z.string(),
  attempts: z.number(),
  /** Earlier manifests have none. */
  stack: z.string().nullable().default(null),
  failed: z.object({ run_id: z.string(), status: z.enum(UNIT_STATUSES), at: z.string() }).optional(),
});

/** What lies beside a unit file and is written after it. `bytes` and `sha256` (hex) are of the stored .gz. */
const sealSchema = z.object({
  run_id: z.string(),
  status: z.enum(UNIT_STATUSES),
  count: z.number().int().min(0),
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  api_calls: z.number().int().min(0),
  error: errorSchema.nullable(),
  unread: z.array(unreadSchema).readonly(),
  /** Of the lease that the run held: by it, not by a host's clock, one file is newer than another. */
  fencing_token: z.number().int().min(0).default(0),
});
export type UnitSeal = z.infer<typeof sealSchema>;

/** One row of the ledger, as it is read back. */
export const ledgerUnitSchema = z.object({
  resource_type: z.string(),
  status: z.enum(UNIT_STATUSES),
  origin: z.enum(['fetched', 'reused', 'carried']),
  run_id: z.string(),
  count: z.number().nullable(),
  bytes: z.number().nullable(),
  file: z.string().nullable(),
  sha256: z.string().nullable(),
  api_calls: z.number(),
  started_at: z.string(),
  finished_at: z.string(),
  error: errorSchema.nullable(),
  unread: z.array(unreadSchema).readonly(),
  accepted: z.boolean(),
});

export interface Stored {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes lines as one gzip file, whole or not at all; nothing is held but what is on its way. */
export async function writeUnitFile(store: Store, key: string, lines: AsyncIterable<string>): Promise<Stored> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* measured(): AsyncIterable<Uint8Array> {
    for await (const chunk of gzip(lines)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  await store.put(key, measured(), null);
  return { bytes, sha256: hash.digest('hex') };
}

/** Level 1: on a quarter of a vCPU the time counts, and the files are kept for 30 days only. */
async function* gzip(lines: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const stream = createGzip({ level: 1 });
  const done = pipeline(Readable.from(lines, { highWaterMark: 1 }), stream);
  // The same error comes out of the stream below; without this it would also be an unhandled rejection.
  done.catch(() => {});
  for await (const chunk of stream) yield chunk as Uint8Array;
  await done;
}

/** Size and hash of what is stored, null when it is not there. */
async function measure(store: Store, key: string): Promise<Stored | null> {
  const content = await store.read(key);
  if (content === null) return null;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What is wrong with a stored file, null when it is what was recorded. */
export async function fileProblem(
  store: Store,
  file: string,
  recorded: { readonly bytes: number | null; readonly sha256: string | null },
): Promise<string | null> {
  try {
    const stored = await measure(store, file);
    if (stored === null) return `${file} is missing`;
    if (stored.bytes !== recorded.bytes) return `${file} has ${stored.bytes} bytes, not ${recorded.bytes}`;
    return stored.sha256 === recorded.sha256 ? null : `${file} does not match its SHA-256`;
  } catch (error) {
    return `${file} cannot be read: ${reasonOf(error)}`;
  }
}

/** Records of a unit file. Throws when it cannot be read. */
export async function countRecords(store: Store, file: string): Promise<number> {
  const content = await store.read(file);
  if (content === null) return 0;
  const plain = createGunzip();
  const done = pipeline(Readable.from(content), plain);
  // The same error comes out of the stream below.
  done.catch(() => {});
  let lines = 0;
  for await (const chunk of plain) for (const byte of chunk as Uint8Array) if (byte === 10) lines += 1;
  await done;
  return lines;
}

/** One line about an error, also about the long ones of a schema. */
export function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

export async function writeJson(store: Store, key: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  await store.put(
    key,
    (async function* () {
      yield Buffer.from(text);
    })(),
    null,
  );
}

/** The JSON value of `key`, null when it is not there. Throws on text that is no JSON. */
export async function readJson(store: Store, key: string): Promise<unknown> {
  return (await readHashedJson(store, key)).value;
}

/** The same, with the SHA-256 (hex) of what is stored. */
export async function readHashedJson(
  store: Store,
  key: string,
): Promise<{ readonly value: unknown; readonly sha256: string }> {
  const content = await store.read(key);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const value: unknown = content === null ? null : JSON.parse(bytes.toString('utf8'));
  return { value, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export function parseSeal(value: unknown): UnitSeal {
  return sealSchema.parse(value);
}
