import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { ResourceRecord } from '../../batch/contract/record.js';
import type { LedgerUnit } from '../../batch/core/model.js';
import type { ResourceTypeName } from '../sandbox/estate.js';
import { idsOf } from '../sandbox/generate.js';
import { LISTS } from '../sandbox/operations.js';
import { DAY, type Place } from './place.js';

/** A row of a manifest with the records of its file. */
interface ReadUnit extends LedgerUnit {
  readonly records: readonly ResourceRecord[];
}
export type Ledger = Readonly<Record<string, ReadUnit>>;

const TENANT = 'default_tenant';
const SERVICES = { ec2: 'EC2', rds: 'RDS', s3: 'S3', lambda: 'Lambda' } as Record<string, string>;

/** The resource types of a service, in alphabetical order, as in a manifest. */
export function typesOf(...services: string[]): string[] {
  return LISTS.filter((row) => services.includes(SERVICES[row.service] ?? ''))
    .map((row) => row.type)
    .sort();
}

/** The folder of a scope below `manifests` or `units`. */
export function scopeFolder(place: Place, kind: 'manifests' | 'units', region: string, tenant = TENANT): string {
  return join(place.cwd, 'data', tenant, kind, DAY, place.sandbox.estate.accountId, region);
}

export function manifestNames(place: Place, region = 'us-east-1', tenant = TENANT): string[] {
  const folder = scopeFolder(place, 'manifests', region, tenant);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The newest manifest of a scope by resource type. Each file that it names is checked against its row. */
export function readLedger(place: Place, region = 'us-east-1', tenant = TENANT): Ledger {
  const name = manifestNames(place, region, tenant).at(-1);
  expect(name, `a manifest of ${region}`).toMatch(/^\d{20}\.json$/);
  const text = readFileSync(join(scopeFolder(place, 'manifests', region, tenant), name ?? ''), 'utf8');
  const manifest = JSON.parse(text) as { units: LedgerUnit[] };
  const units = manifest.units.map((unit) => ({ ...unit, records: recordsOf(place, unit) }));
  return Object.fromEntries(units.map((unit) => [unit.resource_type, unit]));
}

function recordsOf(place: Place, unit: LedgerUnit): ResourceRecord[] {
  if (unit.file === null) return [];
  const path = join(place.cwd, 'data', unit.file);
  const stored = readFileSync(path);
  const records = gunzipSync(stored)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResourceRecord);
  const sha256 = createHash('sha256').update(stored).digest('hex');
  const facts = { bytes: stored.length, sha256, count: records.length };
  expect(facts, path).toEqual({ bytes: unit.bytes, sha256: unit.sha256, count: unit.count });
  expect(JSON.parse(readFileSync(path.replace(/\.ndjson\.gz$/, '.json'), 'utf8'))).toMatchObject(facts);
  return records;
}

/** The ids that a full read of the estate finds, sorted. */
export function idsInEstate({ sandbox }: Place, type: string, region = 'us-east-1'): string[] {
  const { accountId, buckets, regions } = sandbox.estate;
  const { [type]: regional = [] } = (regions[region]?.resources ?? {}) as Record<string, object[]>;
  const items = (type === 'AWS::S3::Bucket' ? buckets : regional) as readonly object[];
  const own = (items as readonly Record<string, unknown>[]).filter((item) =>
    /::(Snapshot|Image)$/.test(type) ? item.OwnerId === accountId : (item.SnapshotType ?? 'manual') === 'manual',
  );
  return own.map((item) => idOf(type as ResourceTypeName, item)).sort();
}

function idOf(type: ResourceTypeName, item: Record<string, unknown>): string {
  const layer = item.LatestMatchingVersion as { LayerVersionArn: string } | undefined;
  return layer?.LayerVersionArn ?? idsOf(type, item)[0] ?? '';
}

/** These units are complete and hold what the estate has: nothing of what was good is lost. */
export function expectWhole(place: Place, ledger: Ledger, types: readonly string[]): void {
  for (const type of types) {
    expect(ledger[type], type).toMatchObject({ status: 'complete', error: null });
    expect(ledger[type]?.records.map((record) => record.resource_id).sort(), type).toEqual(idsInEstate(place, type));
  }
}

/** Every file below a folder, as text (unpacked where it is packed). */
export function textsBelow(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      return [path, (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')];
    }),
  );
}
