import type { Config } from '../config/config.js';
import type { DeadLetter } from '../contract/dead-letter.js';
import { Analysis } from '../core/analysis.js';
import { deadLettersOf } from '../core/dead-letters.js';
import { failuresOf } from '../core/failures.js';
import { type Damage, listSnapshots, type Snapshot, truthOf } from '../core/snapshots.js';
import { CATALOG } from '../services/index.js';
import type { Store } from '../store/store.js';
import { analysisText, type FailureAnalysis, failureTable } from './failures-table.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { reading } from './reading.js';

type Flags = Readonly<Record<string, unknown>>;

/** `arv failures list | analyze | redrive`. The first two read the store alone: no AWS, no lock. */
export async function failuresCommand(
  action: string,
  config: Config,
  flags: Flags,
  host: Host,
): Promise<CommandResult> {
  if (action === 'redrive') {
    const { redriveCommand } = await import('./redrive.js');
    return redriveCommand(config, flags['from-queue'] === true, host);
  }
  const region = typeof flags.region === 'string' ? flags.region : null;
  return reading(config, host, region, (store) =>
    action === 'analyze' ? analyze(store, config, flags, host) : list(store, config, flags, host),
  );
}

/** The days and scopes that are asked for. Not by the region of the environment: that is for runs. */
async function* wanted(store: Store, config: Config, { region, date, from, to }: Flags): AsyncIterable<Snapshot> {
  for await (const snapshot of listSnapshots(store, config.run.tenant)) {
    const day = snapshot.date;
    const onDay = (date ?? day) === day && String(from ?? day) <= day && day <= String(to ?? day);
    if (onDay && (region ?? snapshot.scope.region) === snapshot.scope.region) yield snapshot;
  }
}

/** The dead letters of a day, by default the last one there is. A day that is not there has not gone well. */
async function list(store: Store, config: Config, flags: Flags, host: Host): Promise<CommandResult> {
  let date: string | null = null;
  let snapshots: Snapshot[] = [];
  for await (const snapshot of wanted(store, config, flags)) {
    if (snapshot.date !== date) snapshots = [];
    date = snapshot.date;
    snapshots.push(snapshot);
  }
  const letters: DeadLetter[] = [];
  const damages: Damage[] = [];
  for (const snapshot of snapshots) {
    const { manifest, damage } = await truthOf(store, snapshot);
    if (manifest !== null) letters.push(...deadLettersOf(manifest));
    if (damage !== null) damages.push(damage);
  }
  const day = date ?? (flags.date as string | undefined) ?? null;
  const counts = { date: day, snapshots: snapshots.length, count: letters.length };
  const document = { ...counts, dead_letters: letters, ...(damages.length === 0 ? {} : { damages }) };
  const stdout = config.output === 'json' ? json(document, host.stdoutIsTerminal) : failureTable(document, config.lang);
  return { exitCode: snapshots.length === 0 || damages.length > 0 ? 1 : 0, stdout };
}

/** What failed over the days, and why. A manifest that cannot be understood is told, and makes the answer a part. */
async function analyze(store: Store, config: Config, flags: Flags, host: Host): Promise<CommandResult> {
  const analysis = new Analysis();
  const days = new Set<string>();
  const unreadable: { file: string; reason: string }[] = [];
  let manifests = 0;
  for await (const snapshot of wanted(store, config, flags)) {
    days.add(snapshot.date);
    for await (const read of failuresOf(store, snapshot)) {
      manifests += 1;
      if ('reason' in read) unreadable.push(read);
      else for (const letter of read.letters) analysis.add(letter);
    }
  }
  const document = { ...spanOf(days, flags), manifests, unreadable, ...analysis.report(config.lang, actionsOf) };
  const stdout = config.output === 'json' ? json(document, host.stdoutIsTerminal) : analysisText(document, config.lang);
  return { exitCode: manifests === 0 || unreadable.length > 0 ? 1 : 0, stdout };
}

/** The days that were asked for, else the first and the last that are there. */
function spanOf(days: ReadonlySet<string>, { from, to }: Flags): Pick<FailureAnalysis, 'from' | 'to' | 'days'> {
  const [first = null, ...more] = days;
  return {
    from: (from as string | undefined) ?? first,
    to: (to as string | undefined) ?? more.at(-1) ?? first,
    days: days.size,
  };
}

function actionsOf(resourceType: string): readonly string[] {
  return CATALOG.find(({ type }) => type === resourceType)?.actions ?? [];
}
