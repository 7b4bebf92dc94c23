import { expect, type TestContext } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from '../cli/ledger.js';
import { type Env, openPlace, type Place, type Ran } from '../cli/place.js';
import { collectingCalls, openLock } from '../lock/locks.js';
import type { ServiceName } from '../sandbox/protocols.js';
import { openProxy, type Proxied } from './place.js';
import { expectNoSecrets, SECRET_ENV, TELLTALE } from './planted.js';
import type { ProxyFault } from './proxy.js';

export const MAX_RETRIES = 2;
const CALL_TIMEOUT_MS = 1500;
const RETRY_AFTER_MS = 1000;
/** Of a lock that takes every write and whose answers never arrive: the run ends with its lease. */
const SHORT_LEASE = { LOCK_LEASE_SECONDS: '4' };

export interface Kind {
  readonly name: string;
  readonly operation: string;
  /** The one resource whose details fail. */
  readonly resource?: string;
  /** The unit that the call belongs to; null: the whole run. */
  readonly type: string | null;
  readonly services: readonly string[];
}

export const KINDS: readonly Kind[] = [
  { name: 'STS', operation: 'sts:GetCallerIdentity', type: null, services: ['Lambda'] },
  { name: 'Lease, read', operation: 'dynamodb:GetItem', type: null, services: ['Lambda'] },
  { name: 'Lease, write', operation: 'dynamodb:PutItem', type: null, services: ['Lambda'] },
  { name: 'EC2, list', operation: 'ec2:DescribeInstances', type: 'AWS::EC2::Instance', services: ['EC2', 'Lambda'] },
  {
    name: 'RDS, list',
    operation: 'rds:DescribeDBInstances',
    type: 'AWS::RDS::DBInstance',
    services: ['RDS', 'Lambda'],
  },
  {
    ...{ name: 'RDS, detail', operation: 'rds:ListTagsForResource', type: 'AWS::RDS::DBSubnetGroup' },
    ...{ resource: 'arn:aws:rds:us-east-1:482915730164:subgrp:shop-databases', services: ['RDS', 'Lambda'] },
  },
  { name: 'S3, list', operation: 's3:ListBuckets', type: 'AWS::S3::Bucket', services: ['S3', 'Lambda'] },
  {
    ...{ name: 'S3, detail', operation: 's3:GetBucketTagging', type: 'AWS::S3::Bucket' },
    ...{ resource: 'sakura-payroll', services: ['S3', 'Lambda'] },
  },
  {
    name: 'Lambda, list',
    operation: 'lambda:ListFunctions',
    type: 'AWS::Lambda::Function',
    services: ['Lambda', 'RDS'],
  },
  {
    ...{ name: 'Lambda, detail', operation: 'lambda:ListTags', type: 'AWS::Lambda::Function' },
    ...{ resource: 'arn:aws:lambda:us-east-1:482915730164:function:order-mail', services: ['Lambda', 'RDS'] },
  },
];

interface FaultRow {
  readonly name: string;
  readonly ja: string;
  readonly does: ProxyFault;
  /** `none`: the call works; `passing`: tried again; `lasting`: not. */
  readonly is: 'none' | 'passing' | 'lasting';
  /** The request reached the service all the same. */
  readonly through?: true;
}

const error = (status: number, code: string, headers: Record<string, string> = {}): ProxyFault => ({
  ...{ kind: 'error', status, code },
  message: TELLTALE.message,
  headers: { ...TELLTALE.headers, ...headers },
});
const hint = { 'retry-after': String(RETRY_AFTER_MS / 1000) };
const isJson = (service: ServiceName) => service === 'lambda' || service === 'dynamodb';
const { text } = TELLTALE;

// biome-ignore format: a table
export const FAULTS: readonly FaultRow[] = [
  { name: 'delayed', ja: '遅い応答', does: { kind: 'delay', ms: 200 }, is: 'none' },
  { name: 'later than the call timeout', ja: 'タイムアウトより遅い応答', does: { kind: 'delay', ms: 2 * CALL_TIMEOUT_MS }, is: 'passing', through: true },
  { name: 'reset before it goes on', ja: '送信前のリセット', does: 'reset', is: 'passing' },
  { name: 'reply cut in the middle', ja: '応答の途中で切断', does: 'cut', is: 'passing', through: true },
  { name: 'reply lost, request done', ja: '処理後に応答が消失', does: 'lose-reply', is: 'passing', through: true },
  { name: '429', ja: '429', does: error(429, 'TooManyRequestsException'), is: 'passing' },
  { name: '429, Retry-After', ja: '429、Retry-After 付き', does: error(429, 'TooManyRequestsException', hint), is: 'passing' },
  { name: '500', ja: '500', does: error(500, 'InternalFailure'), is: 'passing' },
  { name: '503', ja: '503', does: error(503, 'ServiceUnavailable'), is: 'passing' },
  { name: '503, Retry-After', ja: '503、Retry-After 付き', does: error(503, 'ServiceUnavailable', hint), is: 'passing' },
  { name: 'a page of HTML', ja: 'HTML のページ', does: { kind: 'body', body: () => `<html><body>${text}</body></html>` }, is: 'lasting', through: true },
  { name: 'truncated body', ja: '途中までの本文', does: 'truncate', is: 'passing', through: true },
  { name: 'wrong root', ja: 'ルート要素の違い', does: { kind: 'body', body: (service) => isJson(service) ? JSON.stringify([text]) : `<Other>${text}</Other>` }, is: 'lasting', through: true },
  { name: 'empty body', ja: '空の本文', does: { kind: 'body', body: () => '' }, is: 'passing', through: true },
];

export const LASTS = ['once', 'always'] as const;

export interface Row {
  readonly kind: Kind;
  readonly fault: FaultRow;
  readonly lasts: (typeof LASTS)[number];
}

export const ROWS: readonly Row[] = KINDS.flatMap((kind) =>
  FAULTS.flatMap((fault) => LASTS.map((lasts) => ({ kind, fault, lasts }))),
);

/** What one run came to: the cells of its line. */
export interface Outcome {
  readonly exit: number | null;
  readonly errorCode: string;
  readonly status: string;
  readonly errorClass: string;
  readonly code: string;
  readonly attempts: string;
  /** Requests for this operation (and resource) that left the program. */
  readonly calls: string;
  /** Of the other units, how many are complete and hold all that the estate has. */
  readonly others: string;
  /** Records of the unit that are kept. */
  readonly records: string;
}

/** Runs the program once with this fault and looks at everything that it left. */
export async function measure(row: Row, test: TestContext): Promise<Outcome> {
  const { kind, fault, lasts } = row;
  const place = await openPlace(test);
  const { proxy, env } = await openProxy(place, test);
  const lock = kind.operation.startsWith('dynamodb:') ? await openLock(place, 'DynamoDB') : {};
  const endless = endsWithLease(row) ? SHORT_LEASE : {};
  const before = proxy.calls.length;
  proxy.fault({
    ...{ match: kind.operation, does: fault.does },
    ...(kind.resource === undefined ? {} : { resource: kind.resource }),
    ...(lasts === 'once' ? { times: 1 } : {}),
  });
  const started = performance.now();
  const ran = await place.collect(['--services', ...kind.services, '--log-level', 'debug'], {
    ...{ ...env, ...SECRET_ENV, ...lock, ...endless },
    ...settingsOf(row),
  });
  const took = performance.now() - started;
  expectCleanEnd(ran, took);
  expectNoSecrets(place, ran);
  const calls = proxy.calls
    .slice(before)
    .filter(({ operation, resource }) => operation === kind.operation && matchesResource(kind, resource));
  expectPauses(row, calls);
  expectBounded(row, calls.length);
  return outcomeOf(row, place, ran, calls.length);
}

/** What the run of a row is told. */
export function settingsOf({ fault, lasts }: Pick<Row, 'fault' | 'lasts'>): Env {
  const late = fault.is === 'passing' && typeof fault.does === 'object' && fault.does.kind === 'delay';
  return {
    MAX_RETRIES: String(MAX_RETRIES),
    // Only where it is what is looked at: on a busy machine a short one would be a fault of its own.
    CALL_TIMEOUT_SECONDS: late ? String(CALL_TIMEOUT_MS / 1000) : '20',
    BATCH_RUN_TYPE: lasts === 'once' ? 'local' : 'ecs',
  };
}

/** The lock took the claim, and then never says again that it is held. */
function endsWithLease({ kind, fault, lasts }: Row): boolean {
  return kind.operation === 'dynamodb:PutItem' && lasts === 'always' && fault.through === true;
}

function matchesResource(kind: Kind, resource: string | undefined): boolean {
  return kind.resource === undefined || resource === kind.resource;
}

/** By itself, in time, with one document; stderr is lines of JSON, so no stack of a rejection that nobody took. */
export function expectCleanEnd({ code, doc, log, stderr }: Ran, took: number): void {
  expect([0, 1, 3], stderr).toContain(code);
  expect(took).toBeLessThan(40_000);
  expect(doc.error_code).not.toBe('INTERNAL');
  expect(stderr).not.toMatch(/unhandled|UnhandledPromise|run\.crashed/i);
  expect(log.filter(({ event }) => event === 'run.completed' || event === 'run.failed')).toHaveLength(1);
}

/** `Retry-After` is waited for whatever the own pause (0.01 s) is; nothing waits longer than its limits. */
export function expectPauses({ fault }: Pick<Row, 'fault'>, calls: Proxied['proxy']['calls']): void {
  const asks = typeof fault.does === 'object' && fault.does.kind === 'error' && fault.does.headers?.['retry-after'];
  if (!asks) return;
  const [first, second] = calls;
  if (first === undefined || second === undefined) throw new Error('there was no second try');
  // A timer may be a millisecond early.
  expect(second.at - first.at).toBeGreaterThanOrEqual(RETRY_AFTER_MS - 10);
}

/** What this row must cost, from the contract and not from what was measured before. */
function expectBounded(row: Row, calls: number): void {
  if (row.kind.operation.startsWith('dynamodb:')) return;
  const tries = { none: 1, lasting: 1, passing: row.lasts === 'once' ? 2 : MAX_RETRIES + 1 };
  expect(calls).toBe(tries[row.fault.is]);
}

function outcomeOf(row: Row, place: Place, ran: Ran, calls: number): Outcome {
  const { kind } = row;
  const { code: exit, doc } = ran;
  const base = { exit, errorCode: doc.error_code ?? '–', calls: callsCell(row, calls) };
  if (manifestNames(place).length === 0) {
    expect(exit).toBe(1);
    const told = /(?:\(STS\)|DynamoDB table leases): (\w+): /.exec(doc.error)?.[1] ?? '–';
    const read = collectingCalls(place).length > 0;
    const none = { status: '–', errorClass: '–', code: told, attempts: '–', records: '–' };
    return { ...base, ...none, others: read ? 'none published' : 'nothing read' };
  }
  const own = kind.type?.startsWith('AWS::S3') ? readLedger(place, 'global') : {};
  const ledger = { ...readLedger(place), ...own };
  const others = typesOf(...kind.services).filter((type) => type !== kind.type);
  expectWhole(place, ledger, others);
  const whole = `${others.length} of ${others.length}`;
  const unit = kind.type === null ? null : ledger[kind.type];
  if (unit === null) {
    return { ...base, status: '–', errorClass: '–', code: '–', attempts: '–', others: whole, records: '–' };
  }
  if (unit === undefined) throw new Error(`no row for ${kind.type}`);
  if (unit.status === 'complete') expectWhole(place, ledger, [unit.resource_type]);
  const told = doc.errors[kind.services[0] ?? '']?.[0];
  const { status, error: problem, count } = unit;
  expect(told?.code, 'the ledger and the document say the same').toBe(problem?.code);
  return {
    ...{ ...base, status, others: whole, records: String(count ?? '–') },
    ...{ errorClass: problem?.class ?? '–', code: problem?.code ?? '–', attempts: String(problem?.attempts ?? '–') },
  };
}

/** Where the run asks until its lease ends, the number depends on the clock: it is bounded, not exact. */
function callsCell(row: Row, calls: number): string {
  if (!endsWithLease(row)) return String(calls);
  // The claim; then the renewal and the commit both ask, four times a second: a sixteenth of the lease is in between.
  const most = (MAX_RETRIES + 1) * (1 + 2 * 16);
  expect(calls).toBeLessThanOrEqual(most);
  return `≤ ${most}`;
}
