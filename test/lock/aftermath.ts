import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Manifest } from '../../batch/core/model.js';
import { expectWhole, manifestNames, readLedger, scopeFolder, typesOf } from '../cli/ledger.js';
import type { Env, Place } from '../cli/place.js';
import { LISTS } from '../sandbox/operations.js';
import { collectingCalls } from './locks.js';
import { DIRECTORY } from './stores.js';

const REGIONS = ['us-east-1', 'global'];

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a run that was cut off has left is whole, and the next one reads what is missing and nothing else. */
export async function expectContinued(
  place: Place,
  services: readonly string[],
  env: Env,
  store = DIRECTORY,
): Promise<void> {
  await store.mirror();
  expectManifestsMatch(place);
  // Cut off before its first write it has not made the store yet, and that is what `verify` then says.
  const published = REGIONS.some((region) => manifestNames(place, region).length > 0);
  const exists = store !== DIRECTORY || existsSync(place.file('data'));
  const seen = exists ? { ok: published, damages: [] } : { error_code: 'STORE_UNAVAILABLE' };
  expect((await place.run(['snapshots', 'verify'], env)).doc).toMatchObject(seen);
  const finished = finishedTypes(place);
  const called = place.calls().length;
  const next = await place.collect(['--services', ...services], env);
  expect([next.code, next.doc.success_count], next.stderr).toEqual([0, services.length]);
  const lists = collectingCalls(place, called).filter((call) => operationsOf(typesOf(...services)).includes(call));
  expect([...new Set(lists)].sort()).toEqual(operationsOf(typesOf(...services).filter((type) => !finished.has(type))));
  await store.mirror();
  expectManifestsMatch(place);
  for (const region of REGIONS) {
    const own = typesOf(...services).filter((type) => (type === 'AWS::S3::Bucket') === (region === 'global'));
    if (own.length > 0) expectWhole(place, readLedger(place, region), own);
  }
  if (store === DIRECTORY) expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
}

/** The resource types that have a seal: what the run finished. */
export function finishedTypes(place: Place): Set<string> {
  const types = new Set<string>();
  for (const region of REGIONS) {
    const folder = scopeFolder(place, 'units', region);
    for (const type of existsSync(folder) ? readdirSync(folder) : []) {
      const sealed = readdirSync(join(folder, type)).some((name) => name.endsWith('.json'));
      if (sealed) types.add(type.replaceAll('-', '::'));
    }
  }
  return types;
}

/** The list calls of these types, in alphabetical order. */
function operationsOf(types: readonly string[]): string[] {
  return LISTS.filter(({ type }) => types.includes(type))
    .map(({ service, operation }) => `${service}:${operation[2]}`)
    .sort();
}

/** Every file that any manifest names is there and is what the manifest says. */
function expectManifestsMatch(place: Place): void {
  for (const region of REGIONS) {
    for (const name of manifestNames(place, region)) {
      const text = readFileSync(join(scopeFolder(place, 'manifests', region), name), 'utf8');
      for (const { file, bytes, sha256 } of (JSON.parse(text) as Manifest).units) {
        if (file === null) continue;
        const stored = readFileSync(place.file(join('data', file)));
        const hash = createHash('sha256').update(stored).digest('hex');
        expect({ bytes: stored.length, sha256: hash }, file).toEqual({ bytes, sha256 });
      }
    }
  }
}
