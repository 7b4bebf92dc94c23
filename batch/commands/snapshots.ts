import type { Config } from '../config/config.js';
import { fill, type Text } from '../contract/text.js';
import { isWhole } from '../core/ledger.js';
import type { Manifest } from '../core/model.js';
import { type Damage, listSnapshots, type Snapshot, truthOf } from '../core/snapshots.js';
import { abortable } from '../core/stop.js';
import type { Store } from '../store/store.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { reading } from './reading.js';
import { type Nothing, type Row, tablesOf } from './snapshot-tables.js';

const NOTHING: Text = {
  ja: '保存先 {store} に、テナント {tenant} のスナップショットはありません（日付: {date}、リージョン: {region}）。',
  en: 'The store {store} has no snapshot of the tenant {tenant} (day: {date}, region: {region}).',
};

interface Wanted {
  readonly date: string | undefined;
  readonly region: string | undefined;
}

/** `arv snapshots list | show | verify | repair`. They need the store alone: no AWS, no lock. */
export async function snapshotsCommand(
  action: string,
  config: Config,
  wanted: Wanted,
  host: Host,
): Promise<CommandResult> {
  const work = async (store: Store) => {
    const snapshots = await wantedSnapshots(store, config.run.tenant, wanted, host.signal);
    const none = nothing(store, snapshots, wanted, config);
    if (action === 'verify')
      return (await import('./verify-snapshots.js')).verify(store, snapshots, none, config, host);
    if (action === 'repair')
      return (await import('./repair-snapshots.js')).repair(store, snapshots, none, config, host);
    if (action === 'show') return show(store, snapshots, none, config, host);
    return list(store, snapshots, config, host);
  };
  return reading(config, host, wanted.region ?? null, work, { writes: action === 'repair' });
}

async function wantedSnapshots(
  store: Store,
  tenant: string,
  { date, region }: Wanted,
  signal: AbortSignal,
): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for await (const snapshot of abortable(listSnapshots(store, tenant), signal)) {
    if (region !== undefined && snapshot.scope.region !== region) continue;
    if (date === undefined || snapshot.date === date) snapshots.push(snapshot);
  }
  return snapshots;
}

/** A line per day and scope, from its highest token. */
async function list(store: Store, snapshots: readonly Snapshot[], config: Config, host: Host): Promise<CommandResult> {
  const { manifests, damages } = await truthsOf(store, snapshots);
  const rows = manifests.map(summaryOf);
  const exitCode = damages.length === 0 ? 0 : 1;
  if (config.output === 'json')
    return { exitCode, stdout: json({ snapshots: rows, ...named(damages) }, host.stdoutIsTerminal) };
  return { exitCode, stdout: tablesOf([rows, rowsOf(damages)]) };
}

/** The truth of each day and scope. One that is damaged hides no other. */
async function truthsOf(
  store: Store,
  snapshots: readonly Snapshot[],
): Promise<{ readonly manifests: readonly Manifest[]; readonly damages: readonly Damage[] }> {
  const manifests: Manifest[] = [];
  const damages: Damage[] = [];
  for (const snapshot of snapshots) {
    const { manifest, damage } = await truthOf(store, snapshot);
    if (manifest !== null) manifests.push(manifest);
    if (damage !== null) damages.push(damage);
  }
  return { manifests, damages };
}

/** In the document, as `verify` names them, when there are any. */
function named(damages: readonly Damage[]): { readonly damages?: readonly Damage[] } {
  return damages.length === 0 ? {} : { damages };
}

function summaryOf(manifest: Manifest): Row {
  const { date, account_id, region, fencing_token, run_id, committed_at, units } = manifest;
  const complete = units.filter(isWhole).length;
  const records = units.reduce((sum, unit) => sum + (unit.count ?? 0), 0);
  return { date, account_id, region, fencing_token, run_id, committed_at, units: units.length, complete, records };
}

/** The ledger of one day, by default the last one there is. */
async function show(
  store: Store,
  snapshots: readonly Snapshot[],
  none: Nothing,
  config: Config,
  host: Host,
): Promise<CommandResult> {
  const last = snapshots.at(-1)?.date ?? null;
  const { manifests, damages } = await truthsOf(
    store,
    snapshots.filter(({ date }) => date === last),
  );
  const exitCode = manifests.length === 0 || damages.length > 0 ? 1 : 0;
  if (config.output === 'json')
    return { exitCode, stdout: json({ date: last, manifests, ...named(damages), ...none }, host.stdoutIsTerminal) };
  const rows = manifests.flatMap(({ region, units }) =>
    units.map((unit) => ({
      ...{ region, resource_type: unit.resource_type, status: unit.status, origin: unit.origin },
      ...{ count: unit.count ?? '', run_id: unit.run_id, error: unit.error?.code ?? '' },
    })),
  );
  return { exitCode, stdout: tablesOf([rows, rowsOf(damages)], none) };
}

/** Why there is nothing to show, verify or repair: a day, region or tenant that is not there is no good news. */
function nothing(
  store: Store,
  snapshots: readonly Snapshot[],
  { date = '*', region = '*' }: Wanted,
  config: Config,
): Nothing {
  if (snapshots.length > 0) return {};
  const { tenant } = config.run;
  return { error: fill(NOTHING[config.lang], { store: store.uri(''), tenant, date, region }) };
}

function rowsOf(damages: readonly Damage[]): Row[] {
  return damages.map((damage) => ({ ...damage }));
}
