import type { Config } from '../config/config.js';
import type { ResourceRecord } from '../contract/record.js';
import { countChanges, diffDays, publishedDays, type TwoDays, twoDays } from '../core/day-diff.js';
import type { Change } from '../core/diff.js';
import { CATALOG } from '../services/index.js';
import { diffTable } from './diff-table.js';
import type { CommandResult, Host, LongResult } from './host.js';
import { jsonEntry, jsonWithLists } from './json.js';
import { print, usageOutcome } from './outcome.js';
import { reading } from './reading.js';
import { newRunId } from './run-id.js';
import { Spool } from './spool.js';

export interface DiffWanted {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly region: string | undefined;
}

/** `arv diff`: what was created, deleted and changed from one day to another, by default up to the last one. */
export function diffCommand(config: Config, wanted: DiffWanted, host: Host): Promise<CommandResult | LongResult> {
  return reading<CommandResult | LongResult>(config, host, wanted.region ?? null, async (store) => {
    const { tenant } = config.run;
    const days = await twoDays(store, tenant, wanted);
    if (days === null) return refuse(await publishedDays(store, tenant, wanted.region), config, wanted, host);
    const changes = diffDays(store, days, CATALOG);
    if (config.output === 'table') return { exitCode: 0, stdout: await diffTable(changes, config.lang) };
    return { exitCode: 0, stdout: await documentOf(changes, days, host.stdoutIsTerminal) };
  });
}

const KINDS: readonly Change['kind'][] = ['created', 'deleted', 'changed', 'unknown'];

/** The lists wait on the disk until they are printed, since the counts come before them: they may be of any length. */
async function documentOf(changes: AsyncIterable<Change>, { from, to }: TwoDays, terminal: boolean) {
  const { counts, add } = countChanges();
  const lists = new Map<Change['kind'], Spool>();
  for (const kind of KINDS) lists.set(kind, await Spool.open());
  for await (const change of changes) {
    const entry = jsonEntry(shown(change), terminal);
    await lists.get(change.kind)?.add(counts[change.kind] === 0 ? entry : `,${entry}`);
    add(change);
  }
  const entries = [...lists].map(([kind, list]) => [kind, list.read()] as const);
  return jsonWithLists({ from, to, counts }, entries, terminal);
}

function shown(change: Change): object {
  if (change.kind === 'unknown') return change.unit;
  return change.kind === 'changed' ? { ...named(change.record), changes: change.changes } : named(change.record);
}

function named({ account_id, region, resource_type, resource_id, name, arn }: ResourceRecord): object {
  return { account_id, region, resource_type, resource_id, name, arn };
}

/** A day that is not there, or none to compare with. */
function refuse(days: readonly string[], config: Config, wanted: DiffWanted, host: Host): Promise<CommandResult> {
  const missing = [wanted.to, wanted.from].find((day) => day !== undefined && !days.includes(day)) ?? null;
  const kind = missing === null ? 'noEarlierDay' : 'noDay';
  const problem = { kind, option: 'diff', value: missing, accepts: days.join(', ') || '–' } as const;
  const head = { services: [], region: wanted.region ?? null, run_id: newRunId(host.clock.now()) };
  return print(usageOutcome([problem], config.lang, head), config, host);
}
