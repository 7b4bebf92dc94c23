import { expect, it } from 'vitest';
import { findReusable } from '../../batch/core/cache.js';
import { unitDataKey, unitFolder, unitSealKey } from '../../batch/core/layout.js';
import type { LedgerUnit, Manifest, ResourceType } from '../../batch/core/model.js';
import { type UnitSeal, writeJson, writeUnitFile } from '../../batch/core/unit-file.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { temporaryFolder } from '../program.js';

const scope = { tenant: 't', accountId: '1'.repeat(12), region: 'us-east-1' };
const date = '2026-01-31';
const type = 'AWS::Lambda::Function';
const folder = unitFolder(scope, date, type);
const unit = { resourceType: { type } as ResourceType, region: scope.region };
const policy = { notBefore: new Date('2026-01-31T00:00:00Z'), notAfter: new Date('2026-01-31T23:00:00Z') };
const log = { write: () => {} };

/** A file as `[run, token, minute]`: the token of its seal (null: none, as seals had before), when it was read. */
type File = readonly [run: string, token: number | null, minute: number, changes?: Partial<UnitSeal>];
/** The truth as `[token, run]`: its token, the run whose file it names (null: it names none), and whether with an error. */
type Truth = readonly [token: number, run: string | null, error?: 'error'] | null;

/** @param failedUnder of a redrive: the token of the failure */
async function reused(files: readonly File[], truth: Truth, failedUnder?: number): Promise<string | null> {
  const store = await openDirectoryStore(temporaryFolder());
  for (const [runId, token, minute, changes] of files) {
    const stored = await writeUnitFile(store, unitDataKey(folder, runId), (async function* () {})());
    const at = new Date(Date.UTC(2026, 0, 31, 12, minute)).toISOString();
    await writeJson(store, unitSealKey(folder, runId), {
      ...{ run_id: runId, status: 'complete', count: 0, ...stored, started_at: at, finished_at: at },
      ...{ api_calls: 1, error: null, unread: [], ...(token === null ? {} : { fencing_token: token }), ...changes },
    });
  }
  const row = (run: string | null) =>
    ({
      ...{ resource_type: type, file: run === null ? null : unitDataKey(folder, run) },
      error: truth?.[2] === undefined ? null : { code: 'AccessDenied' },
    }) as LedgerUnit;
  const manifest = truth === null ? null : ({ fencing_token: truth[0], units: [row(truth[1])] } as unknown as Manifest);
  const found = await findReusable(store, log, { scope, date, truth: manifest }, unit, {
    ...policy,
    ...(failedUnder === undefined ? {} : { failures: new Map([[type, failedUnder]]) }),
  });
  expect(found === null || !('fencing_token' in found)).toBe(true);
  return found?.run_id ?? null;
}

it.for<[name: string, files: readonly File[], truth: Truth, run: string | null]>([
  ['nothing', [], null, null],
  [
    'without a truth, the highest token',
    [
      ['a', 2, 1],
      ['b', 1, 9],
    ],
    null,
    'a',
  ],
  [
    'within a token, the newest',
    [
      ['a', 1, 1],
      ['b', 1, 9],
      ['c', 1, 5],
    ],
    null,
    'b',
  ],
  [
    'a seal without a token comes before all others',
    [
      ['a', null, 9],
      ['b', 1, 1],
    ],
    null,
    'b',
  ],
  ['a seal without a token, where there is nothing else', [['a', null, 9]], null, 'a'],
  [
    'what the truth names, whatever the clocks say',
    [
      ['a', 1, 9],
      ['b', 2, 1],
    ],
    [2, 'b'],
    'b',
  ],
  [
    'what the truth names, though it was carried',
    [
      ['a', 1, 1],
      ['b', 2, 9],
    ],
    [2, 'a'],
    'a',
  ],
  ['what the truth names, sealed before there were tokens', [['a', null, 1]], [2, 'a'], 'a'],
  [
    'a run that began after the truth',
    [
      ['a', 2, 9],
      ['b', 3, 1],
    ],
    [2, 'a'],
    'b',
  ],
  [
    'of several such, the highest token',
    [
      ['a', 2, 5],
      ['b', 4, 1],
      ['c', 3, 9],
    ],
    [2, 'a'],
    'b',
  ],
  ['one that was fenced off is not reused', [['a', 1, 9]], [2, null], null],
  ['nor is one of the same token that the truth does not name', [['a', 2, 9]], [2, null], null],
  ['too old by the TTL', [['a', 3, 1, { started_at: '2026-01-30T23:59:59.000Z' }]], [2, null], null],
  [
    'too old by the TTL: the next one',
    [
      ['a', 3, 1, { started_at: '2026-01-30T23:59:59.000Z' }],
      ['b', 2, 1],
    ],
    [2, 'b'],
    'b',
  ],
  [
    'partial: the next one',
    [
      ['a', 3, 1, { status: 'partial' }],
      ['b', 2, 1],
    ],
    [2, 'b'],
    'b',
  ],
  [
    'damaged: the next one',
    [
      ['a', 3, 1, { sha256: '0'.repeat(64) }],
      ['b', 2, 1],
    ],
    [2, 'b'],
    'b',
  ],
])('reused: %s', async ([, files, truth, run]) => {
  expect(await reused(files, truth)).toBe(run);
});

it.for<[name: string, files: readonly File[], truth: Truth, run: string | null]>([
  ['what the truth carries since before the failure, whatever the clocks say', [['a', 1, 9]], [3, 'a', 'error'], null],
  ['nor where it was read under the token of the failure', [['a', 3, 9]], [3, 'a'], null],
  ['nor what has no token', [['a', null, 9]], null, null],
  ['what a redrive had finished that was killed', [['a', 4, 1]], [3, null], 'a'],
  ['what the truth names that came since', [['a', 4, 1]], [5, 'a'], 'a'],
  ['nor where that could not be read anew later still', [['a', 4, 1]], [5, 'a', 'error'], null],
])('reused by a redrive of what failed under token 3: %s', async ([, files, truth, run]) => {
  expect(await reused(files, truth, 3)).toBe(run);
});

it('without a redrive, what is carried with an error is reused', async () => {
  expect(await reused([['a', 1, 9]], [3, 'a', 'error'])).toBe('a');
});
