import type { Config } from '../config/config.js';
import { fill, type Text } from '../contract/text.js';
import { isWhole } from '../core/ledger.js';
import type { Manifest } from '../core/model.js';
import { type Damage, listSnapshots, type Snapshot, truthOf, verifySnapshot } from '../core/snapshots.js';
import type { Store } from '../store/store.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { reading } from './reading.js';
import { tableOf } from './table.js';

const NOTHING: Text = {
  ja: '保存先 {store} に、テナント {tenant} のスナップショットはありません（日付: {date}、リージョン: {region}）。',
  en: 'The store {store} has no snapshot of the tenant {tenant} (day: {date}, region: {region}).',
};

interface Wanted {
  readonly date: string | undefined;
  readonly region: string | undefined;
}

/** `arv snapshots list | show | verify`. They read the store alone: no AWS, no lock. */
export async function snapshotsCommand(
  action: string,
  config: Config,
  wanted: Wanted,
  host: Host,
): Promise<CommandResult> {
  return reading(config, host, wanted.region ?? null, async (store) => {
    const snapshots: Snapshot[] = [];
    for await (const snapshot of listSnapshots(store, config.run.tenant)) {
      if (wanted.region !== undefined && snapshot.scope.region !== wanted.region) continue;
      if (wanted.date === undefined || snapshot.date === wanted.date) snapshots.push(snapshot);
    }
    if (action === 'verify') return verify(store, snapshots, wanted, config, host);
    if (action === 'show') return show(store, snapshots, wanted, config, host);
    return list(store, snapshots, config, host);
  });
}

/** A line per day and scope, from its highest token. */
async function list(store: Store, snapshots: readonly Snapshot[], config: Config, host: Host): Promise<CommandResult> {
  const { manifests, damages } = await truthsOf(store, snapshots);
  const rows = manifests.map(summaryOf);
  const exitCode = damages.length === 0 ? 0 : 1;
  if (config.output === 'json')
    return { exitCode, stdout: json({ snapshots: rows, ...named(damages) }, host.stdoutIsTerminal) };
  return { exitCode, stdout: tablesOf(rows, damages) };
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

function summaryOf(manifest: Manifest): Record<string, string | number> {
  const { date, account_id, region, fencing_token, run_id, committed_at, units } = manifest;
  const complete = units.filter(isWhole).length;
  const records = units.reduce((sum, unit) => sum + (unit.count ?? 0), 0);
  return { date, account_id, region, fencing_token, run_id, committed_at, units: units.length, complete, records };
}

/** The ledger of one day, by default the last one there is. */
async function show(
  store: Store,
  snapshots: readonly Snapshot[],
  wanted: Wanted,
  config: Config,
  host: Host,
): Promise<CommandResult> {
  const last = snapshots.at(-1)?.date ?? null;
  const { manifests, damages } = await truthsOf(
    store,
    snapshots.filter(({ date }) => date === last),
  );
  const exitCode = manifests.length === 0 || damages.length > 0 ? 1 : 0;
  const none = nothing(store, snapshots, wanted, config);
  if (config.output === 'json')
    return { exitCode, stdout: json({ date: last, manifests, ...named(damages), ...none }, host.stdoutIsTerminal) };
  const rows = manifests.flatMap(({ region, units }) =>
    units.map((unit) => ({
      ...{ region, resource_type: unit.resource_type, status: unit.status, origin: unit.origin },
      ...{ count: unit.count ?? '', run_id: unit.run_id, error: unit.error?.code ?? '' },
    })),
  );
  return { exitCode, stdout: tablesOf(rows, damages, none.error) };
}

/** Why there is nothing to show or to verify: a day, region or tenant that is not there is no good news. */
function nothing(
  store: Store,
  snapshots: readonly Snapshot[],
  { date = '*', region = '*' }: Wanted,
  config: Config,
): { readonly error?: string } {
  if (snapshots.length > 0) return {};
  const { tenant } = config.run;
  return { error: fill(NOTHING[config.lang], { store: store.uri(''), tenant, date, region }) };
}

async function verify(
  store: Store,
  snapshots: readonly Snapshot[],
  wanted: Wanted,
  config: Config,
  host: Host,
): Promise<CommandResult> {
  const damages: Damage[] = [];
  let checked = 0;
  for (const snapshot of snapshots) {
    for await (const { damage } of verifySnapshot(store, snapshot)) {
      checked += 1;
      if (damage !== null) damages.push(damage);
    }
  }
  const none = nothing(store, snapshots, wanted, config);
  const ok = damages.length === 0 && none.error === undefined;
  const exitCode = ok ? 0 : 1;
  const counts = { snapshots: snapshots.length, files_checked: checked };
  if (config.output === 'json')
    return { exitCode, stdout: json({ ok, ...counts, damages, ...none }, host.stdoutIsTerminal) };
  const row = { ok: ok ? 'yes' : 'no', ...counts, damages: damages.length };
  return { exitCode, stdout: tablesOf([row], damages, none.error) };
}

type Row = Readonly<Record<string, string | number>>;

/** The rows, and below them what is damaged, or that there is nothing. */
function tablesOf(rows: readonly Row[], damages: readonly Damage[], error?: string): string {
  const damaged = damages.map((damage): Row => ({ ...damage }));
  const tables = [rows, damaged].filter((some) => some.length > 0).map((some) => tableOf(some));
  return [...tables, error === undefined ? '' : `${error}\n`].join('');
}
