import Table from 'cli-table3';
import type { Config } from '../config/config.js';
import { EXIT } from '../contract/errors.js';
import { fill, type Text } from '../contract/text.js';
import { GLOBAL_REGION } from '../core/model.js';
import { identify } from '../core/run.js';
import { asFailure } from '../core/run-outcome.js';
import { giveBack } from '../lease/give-back.js';
import { type LeaseRow, leaseKey } from '../lease/lease.js';
import type { LeaseReading, LeaseTable } from '../lease/lease-table.js';
import { isFree } from '../lease/lease-time.js';
import { compose } from './compose.js';
import { findRegion, regionOutcome } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { failureOutcome, print, usageOutcome } from './outcome.js';
import { newRunId } from './run-id.js';

const WORDS = {
  question: {
    ja: '{lock_key} を解放します（所有者 {owner}、実行 {run_id}）。実行中のバッチは結果を公開できなくなります。よろしいですか？ [y/N] ',
    en: '{lock_key} will be released (owner {owner}, run {run_id}). A batch that still runs cannot publish. Go on? [y/N] ',
  },
  unanswered: {
    ja: '回答がなかったため、{lock_key} を解放していません。',
    en: 'There was no answer: {lock_key} was not released.',
  },
} as const satisfies Record<string, Text>;

/** One lease as it is shown. `held` by the lock's own clock; `status` of lease files, which writes none, by the host's. */
interface Shown {
  readonly lock_key: string;
  readonly held: boolean;
  readonly owner?: string;
  readonly run_id?: string;
  readonly fencing_token?: number;
  readonly acquired_at?: string;
  readonly lease_expires_at?: string;
}

/** `arv lock status` and `arv lock release`: the leases of the region and of the account, or that of the account. */
export async function lockCommand(
  config: Config,
  { release, yes, ofAccount }: { readonly release: boolean; readonly yes: boolean; readonly ofAccount: boolean },
  host: Host,
): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const head = { services: [], region: ofAccount ? GLOBAL_REGION : config.region, run_id: runId };
  const found = await findRegion(config);
  if ('problems' in found) return print(regionOutcome(found.problems, config.lang, head), config, host);
  const { deps, leaseTable, lookAtLease, openExistingStore, close } = compose(config, found.region, runId, host);
  try {
    const { accountId } = await identify(deps, host.signal);
    const regions = ofAccount ? [GLOBAL_REGION] : [found.region, GLOBAL_REGION];
    const keys = regions.map((region) => leaseKey({ tenant: config.run.tenant, accountId, region }));
    // Lease files lie in the store: one that is not there is a mistake in its name, not a lock that is free.
    if (config.lock.table === null) await openExistingStore();
    const read = release ? leaseTable.read : lookAtLease;
    const readings = await Promise.all(keys.map(async (key) => ({ key, ...(await read(key, host.signal)) })));
    if (!release) return show({ locks: readings.map(shown) }, config, host);
    const released = await releaseHeld(readings, leaseTable, { config, yes, host });
    if (released === null)
      return print(usageOutcome([{ kind: 'needsYes', option: 'lock release' }], config.lang, head), config, host);
    return show(released, config, host);
  } catch (error) {
    const failure = asFailure(error, config.run, host.signal);
    return print({ ...failureOutcome(failure.code, failure.fields, config.lang, head) }, config, host);
  } finally {
    await close();
  }
}

type Reading = LeaseReading & { readonly key: string };

function isHeld(reading: Reading): boolean {
  return reading.row !== null && !isFree(reading.row, reading);
}

function shown(reading: Reading): Shown {
  const { key, row } = reading;
  if (row === null) return { lock_key: key, held: false };
  return {
    lock_key: key,
    held: isHeld(reading),
    owner: row.owner,
    run_id: row.runId,
    fencing_token: row.token,
    acquired_at: row.acquiredAt,
    lease_expires_at: row.expiresAt,
  };
}

/**
 * The first lease, and the account's where the same run holds both: another region's run keeps its own. An owner that
 * still runs finds out at its next renewal. null: nobody was there to confirm; `error`: nobody answered.
 */
async function releaseHeld(
  readings: readonly Reading[],
  table: LeaseTable,
  { config, yes, host }: { readonly config: Config; readonly yes: boolean; readonly host: Host },
): Promise<{ readonly released: readonly Shown[]; readonly error?: string } | null> {
  const [first] = readings;
  const held = readings.filter(
    (reading) => isHeld(reading) && (reading === first || reading.row?.runId === first?.row?.runId),
  );
  const released: Shown[] = [];
  for (const reading of held) {
    const row = reading.row as LeaseRow;
    if (!yes && host.ask === null) return null;
    const about = { lock_key: row.key, owner: row.owner, run_id: row.runId };
    const answer = yes ? 'yes' : await host.ask?.(fill(WORDS.question[config.lang], about));
    if (typeof answer !== 'string') return { released, error: fill(WORDS.unanswered[config.lang], about) };
    if (!/^y(es)?$/i.test(answer.trim())) continue;
    if (await giveBack(table, row, host.signal)) released.push(shown(reading));
  }
  return { released };
}

const COLUMNS = ['lock_key', 'held', 'owner', 'run_id', 'fencing_token', 'acquired_at', 'lease_expires_at'] as const;

function show(
  document: { readonly locks?: readonly Shown[]; readonly released?: readonly Shown[]; readonly error?: string },
  config: Config,
  host: Host,
): CommandResult {
  const { locks, released = [], error } = document;
  const exitCode = error === undefined ? EXIT.complete : EXIT.failed;
  if (config.output === 'json') return { exitCode, stdout: json(document, host.stdoutIsTerminal) };
  // What was released was held until then: a column that says so would be read as still held.
  const columns = COLUMNS.filter((column) => locks !== undefined || column !== 'held');
  const table = new Table({
    head: columns.map((column) => (column === 'fencing_token' ? 'token' : column)),
    style: { head: [], border: [] },
  });
  for (const lease of locks ?? released) {
    const cells = { ...lease, held: lease.held ? 'yes' : 'no' };
    table.push(columns.map((column) => String(cells[column] ?? '')));
  }
  return { exitCode, stdout: [table.toString(), ...(error === undefined ? [] : [error]), ''].join('\n') };
}
