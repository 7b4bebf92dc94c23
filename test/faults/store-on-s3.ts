import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, type TestContext } from 'vitest';
import { FOOTER } from '../../batch/contract/projection.js';
import type { Manifest } from '../../batch/core/model.js';
import { expectWhole, manifestNames, readLedger, scopeFolder, typesOf } from '../cli/ledger.js';
import { DAY, openPlace, type Place, type Ran } from '../cli/place.js';
import { finishedTypes } from '../lock/aftermath.js';
import { tokensOf } from '../lock/locks.js';
import { openStoreOnS3, type TestStore } from '../lock/stores.js';
import { expectCleanEnd, expectPauses, FAULTS, LASTS, MAX_RETRIES, type Row, settingsOf } from './matrix.js';
import { expectNoSecrets, SECRET_ENV } from './planted.js';
import { type FaultProxy, startProxy } from './proxy.js';

const LAMBDA = ['--services', 'Lambda'];
const TYPES = typesOf('Lambda');
/** The second that is read. */
const FAILING = 'AWS-Lambda-LayerVersion';

/** A kind of call to the store's bucket, and what its failure means. */
interface S3Kind {
  readonly name: string;
  readonly operation: string;
  /** Of the request. */
  readonly target: RegExp;
  /** What a failure for good ends: the run, the reuse of a unit (it is read again), or the day's Parquet file. */
  readonly ends: 'run' | 'reuse' | 'projection';
  /** What the answer's body is: looked at, given on as it comes, or nothing that anybody needs. */
  readonly body: 'document' | 'content' | 'none';
  /** The day was published before. */
  readonly again: boolean;
  /** How often a run that goes to its end makes the first of these requests. */
  readonly looks: number;
}

const upload = { operation: 's3:PutObject', body: 'none', again: false, looks: 1 } as const;
const key = (method: string, rest: string) => new RegExp(`^${method} /inventory-store/[^?]*/${rest}(\\?|$)`);

// biome-ignore format: a table
export const S3_KINDS: readonly S3Kind[] = [
  { name: 'List', operation: 's3:ListObjectsV2', target: /^GET .*list-type=2.*prefix=[^&]*\/manifests\/\d/, ends: 'run', body: 'document', again: true, looks: 7 },
  { name: 'Read, manifest', operation: 's3:GetObject', target: key('GET', 'manifests/.*json'), ends: 'run', body: 'content', again: true, looks: 2 },
  { name: 'Read, unit of the cache', operation: 's3:GetObject', target: key('GET', `${FAILING}/.*ndjson.gz`), ends: 'reuse', body: 'content', again: true, looks: 4 },
  { name: 'Upload, unit', ...upload, target: key('PUT', `${FAILING}/.*ndjson.gz`), ends: 'run' },
  { name: 'Upload, manifest', ...upload, target: key('PUT', 'manifests/.*json'), ends: 'run' },
  { name: 'Look at the Parquet file', operation: 's3:HeadObject', target: key('HEAD', 'analytics/.*parquet'), ends: 'projection', body: 'none', again: true, looks: 1 },
  { name: 'Upload, Parquet file', ...upload, target: key('PUT', 'analytics/.*parquet'), ends: 'projection' },
];

export interface S3Row extends Pick<Row, 'fault' | 'lasts'> {
  readonly kind: S3Kind;
}

export const S3_ROWS: readonly S3Row[] = S3_KINDS.flatMap((kind) =>
  FAULTS.flatMap((fault) => LASTS.map((lasts) => ({ kind, fault, lasts }))),
);

/** What one run came to, and the one after it without the fault: the cells of a line. */
export interface S3Outcome {
  readonly exit: number | null;
  readonly errorCode: string;
  /** In the message of the failure, the warning or the log's `cache.damaged`. */
  readonly code: string;
  /** Of the first request that was hit. */
  readonly calls: number;
  readonly manifest: 'yes' | 'no';
  readonly parquet: 'yes' | 'no' | 'lags';
  /** Units that have a seal. */
  readonly kept: number;
  readonly nextExit: number | null;
  readonly nextReads: number;
  readonly units: number;
}

/** What must come of a row, from the contract and not from what was measured before. */
interface Expected {
  readonly calls: number;
  /** Whether the call comes to a good end. */
  readonly works: boolean;
}

function expectedOf({ kind, fault, lasts }: S3Row): Expected {
  const { is, does } = fault;
  // Of a reply to HEAD nothing is left when its body does not come.
  const cutShort = does === 'cut' && kind.operation !== 's3:HeadObject';
  const changesBody = cutShort || does === 'truncate' || (typeof does === 'object' && does.kind === 'body');
  if (is === 'none' || (kind.body === 'none' && changesBody)) return { calls: 1, works: true };
  // Bytes that were handed on cannot be taken back: that they were not the object's is only known at their end.
  if (kind.body === 'content' && changesBody && does !== 'cut') return { calls: 1, works: false };
  if (is === 'lasting') return { calls: 1, works: false };
  if (lasts === 'once') return { calls: 2, works: true };
  // The object itself says that it was stored, whether an answer ever arrived or not.
  return { calls: MAX_RETRIES + 1, works: kind.operation === 's3:PutObject' && fault.through === true };
}

export async function measureS3(row: S3Row, s3Url: string, test: TestContext): Promise<S3Outcome> {
  const { kind, fault, lasts } = row;
  const place = await openPlace(test);
  const store = await openStoreOnS3(test, place, s3Url);
  const proxy = await startProxy(store.front.url);
  test.onTestFinished(() => proxy.close());
  const env = { ...store.env, ...SECRET_ENV, AWS_ENDPOINT_URL: proxy.url };
  const before = kind.again ? [await place.collect(LAMBDA, env)] : [];
  for (const { code, stderr } of before) expect(code, stderr).toBe(0);
  const since = proxy.calls.length;
  const heal = proxy.fault({
    ...{ match: 's3:*', target: kind.target, does: fault.does },
    ...(lasts === 'once' ? { times: 1 } : {}),
  });
  const started = performance.now();
  const ran = await place.collect([...LAMBDA, '--log-level', 'debug'], { ...env, ...settingsOf(row) });
  expectCleanEnd(ran, performance.now() - started);
  const calls = hitsOf(proxy, since, kind);
  heal();
  await store.mirror();
  await expectStoreClean(place, ran);
  const kept = finishedTypes(place).size;
  const end = {
    ...{ exit: ran.code, errorCode: ran.doc.error_code ?? '–', code: codeOf(ran), calls: calls.length, kept },
    ...({ manifest: publishedBy(place, ran), parquet: parquetOf(place) } as const),
  };
  expectPauses(row, calls);
  expectEnd(row, end, ran);
  const next = await expectNext(place, store, env, [...before, ran]);
  return { ...end, ...next, units: TYPES.length };
}

/** The requests of the first one that was hit, all its tries; ranges of one key are requests of their own. */
function hitsOf(proxy: FaultProxy, since: number, { target }: S3Kind): FaultProxy['calls'] {
  const hits = proxy.calls.slice(since).filter((call) => target.test(call.target));
  expect(hits.length, `${target} was asked`).toBeGreaterThan(0);
  const [one] = hits;
  return hits.filter((call) => call.target === one?.target);
}

function codeOf({ doc, log }: Ran): string {
  const damaged = log.find(({ event }) => event === 'cache.damaged')?.reason ?? '';
  const lags = (doc.warnings ?? []).find(({ code }: { code: string }) => code === 'PROJECTION_LAGGING')?.message ?? '';
  return /s3:\/\/[\w-]+: (\w+): /.exec(doc.error ?? (lags || damaged))?.[1] ?? '–';
}

type End = Omit<S3Outcome, 'nextExit' | 'nextReads' | 'units'>;

function expectEnd(row: S3Row, end: End, ran: Ran): void {
  const { kind } = row;
  const { works, calls } = expectedOf(row);
  const fails = !works && kind.ends === 'run';
  const lags = !works && leavesLag(row);
  const without = kind.again ? 'yes' : 'no';
  expect(end, ran.stderr).toMatchObject({
    exit: fails ? 1 : 0,
    errorCode: fails ? 'STORE_UNAVAILABLE' : '–',
    code: works ? '–' : expect.stringMatching(/^\w+$/),
    manifest: fails ? 'no' : 'yes',
    parquet: fails ? without : lags ? 'lags' : 'yes',
  });
  const warned = (ran.doc.warnings ?? []).filter(({ code }: { code: string }) => code === 'PROJECTION_LAGGING');
  expect(warned).toHaveLength(lags ? 1 : 0);
  if (fails) expect(end.calls).toBe(calls);
  else expectLooks(row, { works, calls }, end.calls);
}

/** What was read again because it could not be read back cannot be read for the Parquet file either. */
function leavesLag({ kind, lasts }: S3Row): boolean {
  return kind.ends === 'projection' || (kind.ends === 'reuse' && lasts === 'always');
}

/** What goes on may ask the same again: each look has its tries and no more. */
function expectLooks({ kind, lasts }: S3Row, { works, calls }: Expected, asked: number): void {
  const most = lasts === 'once' ? kind.looks + calls - 1 : kind.looks * calls;
  expect(asked).toBeLessThanOrEqual(most);
  if (works && lasts === 'once') expect(asked).toBe(most);
}

/** A run without the fault makes the day whole, reuses what is whole, and no token is taken twice. */
async function expectNext(
  place: Place,
  store: TestStore,
  env: Record<string, string | undefined>,
  past: readonly Ran[],
) {
  const finished = finishedTypes(place);
  const next = await place.collect(LAMBDA, env);
  expect(next.code, next.stderr).toBe(0);
  await store.mirror();
  const ledger = readLedger(place);
  expectWhole(place, ledger, TYPES);
  const reads = TYPES.filter((type) => ledger[type]?.run_id === next.doc.run_id);
  expect(reads).toEqual(TYPES.filter((type) => !finished.has(type)));
  expect([publishedBy(place, next), parquetOf(place)]).toEqual(['yes', 'yes']);
  const tokens = [...past, next].flatMap((ran) => tokensOf(ran)['us-east-1'] ?? []);
  expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  const runs = manifestsOf(place).map(({ run_id }) => run_id);
  expect(runs, 'nobody publishes twice').toEqual([...new Set(runs)]);
  return { nextExit: next.code, nextReads: reads.length };
}

function manifestsOf(place: Place): Manifest[] {
  const folder = scopeFolder(place, 'manifests', 'us-east-1');
  return manifestNames(place).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Manifest);
}

function publishedBy(place: Place, { doc }: Ran): 'yes' | 'no' {
  return manifestsOf(place).some(({ run_id }) => run_id === doc.run_id) ? 'yes' : 'no';
}

function parquetPath(place: Place): string {
  const [year, month, day] = DAY.split('-');
  const name = `resources_${year}${month}${day}_${place.sandbox.estate.accountId}_us-east-1.parquet`;
  const folder = `data/default_tenant/analytics/resources/year=${year}/month=${month}/day=${day}`;
  return place.file(`${folder}/${name}`);
}

function parquetBytes(place: Place): ArrayBuffer | null {
  const path = parquetPath(place);
  return existsSync(path) ? new Uint8Array(readFileSync(path)).buffer : null;
}

/** Whether the day's file is that of its newest manifest. */
function parquetOf(place: Place): 'yes' | 'no' | 'lags' {
  const bytes = parquetBytes(place);
  const token = manifestsOf(place).at(-1)?.fencing_token;
  if (token === undefined) {
    expect(bytes).toBeNull();
    return 'no';
  }
  const pairs = bytes === null ? [] : (parquetMetadata(bytes).key_value_metadata ?? []);
  return pairs.some(({ key, value }) => key === FOOTER.fencingToken && value === String(token)) ? 'yes' : 'lags';
}

/** Every object is whole (a packed one is unpacked here), and none has a secret. */
async function expectStoreClean(place: Place, ran: Ran): Promise<void> {
  const bytes = parquetBytes(place);
  const rows =
    bytes === null
      ? []
      : await parquetReadObjects({ file: bytes, compressors: { GZIP: (packed) => gunzipSync(packed) } });
  const text = JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  expectNoSecrets(place, { ...ran, stdout: `${ran.stdout}${text}` });
}
