import { pMapIterable } from 'p-map';
import { InvalidResponse } from '../core/invalid-response.js';
import type { Identity, ListedItem, Problem, Reading, Source, Unit, UnreadDetail } from '../core/model.js';
import { GLOBAL_REGION } from '../core/model.js';
import type { CatalogRow, Detail, ServiceAccess } from '../services/define.js';
import { SDKS } from '../services/sdks.js';
import type { Circuit, Circuits } from './circuit.js';
import { classify } from './classify.js';
import { type CallMeter, type ClientFactory, newMeter } from './clients.js';

/** Resources of one unit whose details are read side by side. Lambda allows about 15 such calls a second. */
const DETAILS_AT_ONCE = 8;

/** Called after each unit with what it called, for the check that rows name all their IAM actions. */
export type CallObserver = (unit: Unit, operations: ReadonlySet<string>) => void;

interface SourceOptions {
  readonly clients: ClientFactory;
  readonly circuits: Circuits;
  readonly region: string;
  readonly redact: (text: string) => string;
  readonly observer?: CallObserver;
}

/** Reads resources over the network with the AWS SDK. `region` is the run's. */
export function createAwsSource(options: SourceOptions): Source {
  const { clients, circuits, region, redact, observer } = options;
  return {
    identify: (signal) => identify(clients, region, signal),
    read(unit, _identity, signal): Reading {
      const meter = newMeter();
      const row = unit.resourceType as CatalogRow;
      return {
        async *pages() {
          try {
            const access = await openService(row, options, meter, signal);
            const list = () => row.list(access as never);
            const pages = whenReady(list, circuits(row.service, region), signal);
            yield* withDetails(pages, row, access, classifyRedacted);
          } finally {
            observer?.(unit, meter.operations);
          }
        },
        calls: () => meter,
      };
    },
    classify: classifyRedacted,
    close: () => clients.close(),
  };

  function classifyRedacted(error: unknown) {
    const problem = classify(error, redact);
    // Some messages begin with the error's name.
    return { ...problem, message: redact(problem.message) };
  }
}

async function identify(clients: ClientFactory, region: string, signal: AbortSignal): Promise<Identity> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = clients.create(STSClient, region, newMeter());
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand(), { abortSignal: signal });
  // The account becomes a folder of the store.
  if (Account === undefined || Arn === undefined || !/^\d{12}$/.test(Account)) {
    throw new InvalidResponse(`the answer has no account id but ${JSON.stringify(Account ?? null)}`, 200, false);
  }
  return { accountId: Account, arn: Arn, partition: Arn.split(':')[1] || 'aws' };
}

async function openService(
  row: CatalogRow,
  { clients, circuits, region }: Pick<SourceOptions, 'clients' | 'circuits' | 'region'>,
  meter: CallMeter,
  signal: AbortSignal,
): Promise<ServiceAccess> {
  const { sdk, Client } = await SDKS[row.service]();
  const byRegion = new Map<string, unknown>();
  return {
    sdk,
    client(asked = region) {
      const where = asked === GLOBAL_REGION ? region : asked;
      const known = byRegion.get(where);
      if (known !== undefined) return known;
      const client = clients.create(Client as never, where, meter, { circuit: circuits(row.service, where) });
      byRegion.set(where, client);
      return client;
    },
    options: { abortSignal: signal },
  };
}

/**
 * A service that is down gets one call for each unit, at intervals: the unit may be the one that works. For each page
 * too: where only details failed, the list goes on and keeps what it can.
 */
async function* whenReady<T>(list: () => AsyncIterable<T>, circuit: Circuit, signal: AbortSignal): AsyncIterable<T> {
  // Some lists make their call as soon as they are asked for.
  await circuit.ready(signal);
  const iterator = list()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const page = await iterator.next();
      if (page.done) return;
      yield page.value;
      await circuit.ready(signal);
    }
  } finally {
    await iterator.return?.();
  }
}

/** Each item of the pages with its details; resources side by side, the details of one after another. */
async function* withDetails(
  pages: AsyncIterable<readonly unknown[]>,
  row: CatalogRow,
  access: ServiceAccess,
  toProblem: Source['classify'],
): AsyncIterable<readonly ListedItem[]> {
  for await (const page of pages) {
    if (row.details.length === 0) {
      yield page.map((item) => ({ item, unread: [] }));
      continue;
    }
    const listed: ListedItem[] = [];
    const enrich = (item: unknown) => readDetails(row, access, item as object, toProblem);
    for await (const item of pMapIterable(page, enrich, { concurrency: DETAILS_AT_ONCE })) {
      if (item !== null) listed.push(item);
    }
    yield listed;
  }
}

/** null: the resource was deleted since it was listed. */
async function readDetails(
  row: CatalogRow,
  access: ServiceAccess,
  item: object,
  toProblem: Source['classify'],
): Promise<ListedItem | null> {
  const unread: UnreadDetail[] = [];
  let full: Record<string, unknown> = { ...item };
  for (const detail of row.details) {
    const result = await readDetail(detail, access, full, toProblem);
    if ('problem' in result && row.gone.includes(result.problem.code)) return null;
    if ('problem' in result) unread.push({ part: detail.part, problem: result.problem });
    full = { ...full, [detail.part]: 'problem' in result ? null : result.value };
  }
  return { item: full, unread };
}

/** Throws what ends the whole unit: the run's signal, and credentials that would fail every further call. */
async function readDetail(
  detail: Detail,
  access: ServiceAccess,
  item: object,
  toProblem: Source['classify'],
): Promise<{ readonly value: unknown } | { readonly problem: Problem }> {
  try {
    return { value: (await detail.read(access, item)) ?? null };
  } catch (error) {
    access.options.abortSignal.throwIfAborted();
    const code = error instanceof Error ? error.name : '';
    if (detail.absent !== undefined && Object.hasOwn(detail.absent, code)) return { value: detail.absent[code] };
    const problem = toProblem(error);
    if (problem.class === 'fatal') throw error;
    return { problem };
  }
}
