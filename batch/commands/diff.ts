import Table from 'cli-table3';
import type { Config } from '../config/config.js';
import type { ResourceRecord } from '../contract/record.js';
import { countChanges, daysOf, diffDays } from '../core/day-diff.js';
import type { Change } from '../core/diff.js';
import { listSnapshots, type Snapshot } from '../core/snapshots.js';
import { CATALOG } from '../services/index.js';
import type { Store } from '../store/store.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { print, usageOutcome } from './outcome.js';
import { reading } from './reading.js';
import { newRunId } from './run-id.js';

export interface DiffWanted {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly region: string | undefined;
}

/** `arv diff`: what was created, deleted and changed from one day to another, by default up to the last one. */
export function diffCommand(config: Config, wanted: DiffWanted, host: Host): Promise<CommandResult> {
  return reading(config, host, wanted.region ?? null, async (store) => {
    const snapshots = await snapshotsOf(store, config.run.tenant, wanted.region);
    const days = daysOf(snapshots);
    const to = wanted.to ?? days.at(-1);
    const from = wanted.from ?? days.filter((day) => to === undefined || day < to).at(-1);
    if (from === undefined || to === undefined || !days.includes(from) || !days.includes(to)) {
      const missing = [to, from].find((day) => day !== undefined && !days.includes(day));
      return refuse(missing ?? null, days, config, wanted, host);
    }
    const groups: Record<Change['kind'], object[]> = { created: [], deleted: [], changed: [], unknown: [] };
    const counter = countChanges();
    for await (const change of diffDays(store, snapshots, { from, to }, CATALOG)) {
      counter.add(change);
      groups[change.kind].push(shown(change));
    }
    const document = { from, to, counts: counter.counts, ...groups };
    if (config.output === 'json') return { exitCode: 0, stdout: json(document, host.stdoutIsTerminal) };
    return { exitCode: 0, stdout: tableOf(groups) };
  });
}

async function snapshotsOf(store: Store, tenant: string, region: string | undefined): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for await (const snapshot of listSnapshots(store, tenant))
    if (region === undefined || snapshot.scope.region === region) snapshots.push(snapshot);
  return snapshots;
}

/** A day that is not there, or none to compare with. */
function refuse(
  missing: string | null,
  days: readonly string[],
  config: Config,
  wanted: DiffWanted,
  host: Host,
): Promise<CommandResult> {
  const kind = missing === null ? 'noEarlierDay' : 'noDay';
  const problem = { kind, option: 'diff', value: missing, accepts: days.join(', ') || '–' } as const;
  const head = { services: [], region: wanted.region ?? null, run_id: newRunId(host.clock.now()) };
  return print(usageOutcome([problem], config.lang, head), config, host);
}

function shown(change: Change): object {
  if (change.kind === 'unknown') return change.unit;
  return change.kind === 'changed' ? { ...named(change.record), changes: change.changes } : named(change.record);
}

function named({ account_id, region, resource_type, resource_id, name, arn }: ResourceRecord): object {
  return { account_id, region, resource_type, resource_id, name, arn };
}

interface Line {
  readonly region: string;
  readonly resource_type: string;
  readonly resource_id?: string;
  readonly name?: string | null;
  readonly changes?: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
}

/** A line a change; of a changed resource, one for each value. */
function tableOf(groups: Readonly<Record<string, readonly object[]>>): string {
  const table = new Table({
    head: ['change', 'resource_type', 'resource_id', 'name', 'path', 'before', 'after'],
    style: { head: [], border: [], compact: true },
  });
  for (const [kind, entries] of Object.entries(groups)) {
    for (const {
      resource_type,
      resource_id = '',
      name,
      changes = [{ path: '', before: '', after: '' }],
    } of entries as Line[])
      for (const { path, before, after } of changes)
        table.push([kind, resource_type, resource_id, name ?? '', path, cell(before), cell(after)]);
  }
  return `${table.toString()}\n`;
}

function cell(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
