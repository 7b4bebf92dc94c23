import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { addDays } from '../../batch/config/target-date.js';
import type { ErrorClass } from '../../batch/contract/statuses.js';
import { unitDataKey, unitFolder } from '../../batch/core/layout.js';
import type { LedgerUnit, Manifest } from '../../batch/core/model.js';
import { scopeFolder } from '../cli/ledger.js';
import { DAY, openPlace, type Place } from '../cli/place.js';
import { TYPES } from '../integration/resource-types.js';
import { CLUSTERS, makeFail, redrive, SOON } from './failing.js';

describe('arv failures analyze', () => {
  it.concurrent('counts each failure of a run once: superseded ones too, carried ones not again', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    await place.collect(['--services', 'RDS'], SOON);
    await place.collect(['--services', 'Lambda'], SOON);
    const failuresNow = async () => (await place.run(['failures', 'analyze'])).doc;
    expect(await failuresNow()).toMatchObject({ from: DAY, to: DAY, days: 1, manifests: 2, failures: 1 });
    await redrive(place);
    await place.run(['--services', 'EC2', '--target-date', '2026-01-29', '--backfill'], SOON);
    const all = await failuresNow();
    expect(all).toMatchObject({ from: '2026-01-29', days: 2, manifests: 4, failures: 3, unreadable: [] });
    expect(all.by_day).toEqual({ '2026-01-29': 1, [DAY]: 2 });
    const [denied, throttled] = all.causes;
    expect(denied).toMatchObject({ cause: 'ACCESS_DENIED', count: 2, by_resource_type: { [CLUSTERS]: 2 } });
    expect(denied.remedy).toContain('rds:DescribeDBClusters');
    expect(throttled).toMatchObject({ cause: 'THROTTLED', count: 1, last: { date: '2026-01-29' } });
    const span = await place.run(['failures', 'analyze', '--from', '2026-01-30', '--to', '2026-02-01']);
    expect(span.doc).toMatchObject({ from: '2026-01-30', to: '2026-02-01', days: 1, failures: 2 });
    const none = await place.run(['failures', 'analyze', '--from', '2027-01-01']);
    expect([none.code, none.doc.manifests, none.doc.causes]).toEqual([1, 0, []]);
  });

  it.concurrent('a ledger that cannot be understood is told, and the rest counted', async (test) => {
    const place = await openPlace(test);
    makeFail(place);
    await place.collect(['--services', 'RDS', 'S3'], SOON);
    const name = `${'9'.padStart(20, '0')}.json`;
    writeFileSync(join(scopeFolder(place, 'manifests', 'us-east-1'), name), '{"units": "none"}');
    const { code, doc } = await place.run(['failures', 'analyze']);
    expect([code, doc.failures, doc.manifests]).toEqual([1, 2, 3]);
    expect(doc.unreadable).toEqual([
      { file: expect.stringContaining(name), reason: expect.stringContaining('cannot be understood') },
    ]);
    const list = await place.run(['failures', 'list']);
    expect([list.code, list.doc.count]).toEqual([1, 1]);
    expect(list.doc.damages).toMatchObject([{ region: 'us-east-1', file: expect.stringContaining(name) }]);
    const table = await place.text(['failures', 'analyze', '--output', 'table']);
    expect(table.stdout).toContain(`ledger that cannot be read: default_tenant/manifests/${DAY}`);
  });
});

const MANY = 10_000;
/** In memory they would take more than the program is given. */
const STACK = `Error: no\n${'    at async somewhere (file:///dist/chunks/chunk.mjs:1:1)\n'.repeat(60)}`;
const SMALL_HEAP = ['--max-old-space-size=40'];
type Kind = readonly [LedgerUnit['status'], code: string, ErrorClass, ofHundred: number, cause: string];
const KINDS: readonly Kind[] = [
  ['denied', 'UnauthorizedOperation', 'permanent', 21, 'ACCESS_DENIED'],
  ['denied', 'AccessDenied', 'permanent', 14, 'ACCESS_DENIED'],
  ['throttled', 'RequestLimitExceeded', 'transient', 16, 'THROTTLED'],
  ['partial', 'TooManyRequestsException', 'transient', 11, 'THROTTLED'],
  ['timed_out', 'CALL_TIMEOUT', 'transient', 18, 'CALL_TIMEOUT'],
  ['failed', 'CIRCUIT_OPEN', 'transient', 8, 'SERVICE_DOWN'],
  ['failed', 'ECONNRESET', 'transient', 5, 'CONNECTION'],
  ['failed', 'EXPIRED_CREDENTIALS', 'fatal', 4, 'CREDENTIALS_EXPIRED'],
  ['failed', 'SomethingNew', 'permanent', 3, 'UNKNOWN'],
];
const HUNDRED = KINDS.flatMap((kind) => Array<Kind>(kind[3]).fill(kind));

/** So many failures of mixed kinds in ledgers of many days and four regions, with as many good units between them. */
function fillStore(place: Place, many: number): void {
  for (let made = 0, run = 0; made < many; run += 1) {
    const date = addDays('2026-01-01', Math.floor(run / 8));
    const region = ['us-east-1', 'eu-west-1', 'ap-northeast-1', 'us-west-2'][run % 4] ?? '';
    const units = TYPES.flatMap((resource_type, index): LedgerUnit[] => {
      const unit = rowOf(resource_type, `run-${run}`, date, region);
      // Now and then a unit is whole.
      if (index % 9 === 0 || made >= many) return [unit];
      // Not one kind after the other: a step that has no divisor in common with a hundred visits them all.
      const [status, code, errorClass] = HUNDRED[(made * 37) % 100] as Kind;
      made += 1;
      const error = { class: errorClass, code, message: `no ${resource_type}`, attempts: 1, stack: STACK };
      return [{ ...unit, status, count: null, bytes: null, file: null, sha256: null, error }];
    });
    write(place, { date, region, run, units });
  }
}

const ACCOUNT = '482915730164';

function rowOf(resource_type: string, run_id: string, date: string, region: string): LedgerUnit {
  const scope = { tenant: 'default_tenant', accountId: ACCOUNT, region };
  const file = unitDataKey(unitFolder(scope, date, resource_type), run_id);
  return {
    ...{ resource_type, status: 'complete', origin: 'fetched', run_id, count: 1, bytes: 10, file },
    ...{ sha256: 'a'.repeat(64), api_calls: 1, started_at: `${date}T00:00:00.000Z` },
    ...{ finished_at: `${date}T00:00:01.000Z`, error: null, unread: [], accepted: false },
  };
}

function write(
  place: Place,
  { date, region, run, units }: { date: string; region: string; run: number; units: readonly LedgerUnit[] },
): void {
  const account_id = ACCOUNT;
  const folder = place.file(join('data', 'default_tenant', 'manifests', date, account_id, region));
  mkdirSync(folder, { recursive: true });
  const fencing_token = readdirSync(folder).length + 1;
  const manifest: Manifest = {
    ...{ schema_version: 1, tenant: 'default_tenant', account_id, region, date, fencing_token },
    ...{ run_id: `run-${run}`, committed_at: `${date}T00:00:02.000Z`, units },
  };
  writeFileSync(join(folder, `${String(fencing_token).padStart(20, '0')}.json`), JSON.stringify(manifest));
}

/** An analysis of so many failures in a process of its own, and how long it took. Milliseconds. */
async function analysisOf(many: number, test: TestContext) {
  const place = await openPlace(test);
  fillStore(place, many);
  const started = performance.now();
  const { code, doc } = await place.start(['failures', 'analyze'], {}, SMALL_HEAP).ended;
  expect([code, doc.failures]).toEqual([0, many]);
  return { place, doc, ms: performance.now() - started };
}

it('names the main causes of ten thousand failures, in time that grows with them and in little memory', async (test) => {
  const tenth = await analysisOf(MANY / 10, test);
  const { place, doc, ms } = await analysisOf(MANY, test);
  expect(ms / tenth.ms).toBeLessThan(10);
  const expected = (index: 1 | 2 | 4) => {
    const counts: Record<string, number> = {};
    for (const kind of KINDS) counts[kind[index]] = (counts[kind[index]] ?? 0) + (kind[3] * MANY) / 100;
    return counts;
  };
  const causes = doc.causes as { cause: string; count: number; share: number }[];
  expect(Object.fromEntries(causes.map(({ cause, count }) => [cause, count]))).toEqual(expected(4));
  expect(causes.slice(0, 3).map(({ cause, share }) => [cause, share])).toEqual([
    ...[
      ['ACCESS_DENIED', 0.35],
      ['THROTTLED', 0.27],
      ['CALL_TIMEOUT', 0.18],
    ],
  ]);
  expect(causes.map(({ count }) => count)).toEqual(causes.map(({ count }) => count).sort((a, b) => b - a));
  expect([doc.by_code, doc.by_class]).toEqual([expected(1), expected(2)]);
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
  for (const key of ['by_service', 'by_region', 'by_resource_type', 'by_day']) expect(sum(doc[key]), key).toBe(MANY);
  const table = await place.text(['failures', 'analyze', '--output', 'table']);
  for (const [place, cause] of [
    [1, 'ACCESS_DENIED: 3500 \\(35 %\\)'],
    [2, 'THROTTLED'],
    [3, 'CALL_TIMEOUT'],
  ])
    expect(table.stdout).toMatch(new RegExp(`^${place}\\. ${cause}`, 'm'));
  const japanese = await place.text(['failures', 'analyze', '--output', 'table', '--lang', 'ja']);
  expect(japanese.stdout).toMatch(/^1\. ACCESS_DENIED: 3500 .*\n +考えられる原因: .*\n +対処: IAM アクション/m);
});
