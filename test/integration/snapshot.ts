import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const text = z.string().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One line of a unit file: the fields of the contract and no others. */
export const recordSchema = z.strictObject({
  schema_version: z.literal(1),
  tenant: text,
  account_id: z.string().regex(/^\d{12}$/),
  region: text,
  service: text,
  resource_type: text,
  resource_id: text,
  arn: text.nullable(),
  name: text.nullable(),
  state: text.nullable(),
  created_at: time.nullable(),
  collected_at: time,
  tags: z.record(z.string(), z.string()),
  relations: z.array(z.strictObject({ kind: text, resource_type: text, resource_id: text })),
  properties: z.record(z.string(), z.unknown()),
  content_hash: sha256,
  run_id: text,
});
export type Rec = z.infer<typeof recordSchema>;

/** A row of the ledger of a unit that was read whole. */
const unitSchema = z.strictObject({
  resource_type: text,
  status: z.literal('complete'),
  origin: z.enum(['fetched', 'reused', 'carried']),
  run_id: text,
  count: z.number().int(),
  bytes: z.number().int(),
  file: text,
  sha256,
  api_calls: z.number().int(),
  started_at: time,
  finished_at: time,
  error: z.null(),
  unread: z.tuple([]),
  accepted: z.literal(false),
});

export const manifestSchema = z.strictObject({
  schema_version: z.literal(1),
  tenant: text,
  account_id: text,
  region: text,
  date: z.iso.date(),
  fencing_token: z.number().int().positive(),
  run_id: text,
  committed_at: time,
  units: z.array(unitSchema),
});
/** What a test expects a manifest to be; `manifestSchema` says whether it is. */
export type ManifestFile = z.infer<typeof manifestSchema>;

/** A unit's stored file, looked at with no more than gunzip and JSON. */
export interface UnitFile {
  readonly count: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: readonly Rec[];
}

export function readUnitFile(path: string): UnitFile {
  const stored = readFileSync(path);
  const lines = gunzipSync(stored).toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} does not end with a line's end`);
  return {
    count: lines.length,
    bytes: stored.length,
    sha256: createHash('sha256').update(stored).digest('hex'),
    records: lines.map((line) => JSON.parse(line)),
  };
}

/** Every file below a folder, as paths relative to it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** What stands in a file, unpacked. */
export function contentOf(path: string): string {
  const stored = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(stored) : stored).toString('utf8');
}
