import { ENV } from '../contract/environment.js';
import type { Lang, Text } from '../contract/text.js';
import { CATALOG } from '../services/index.js';
import type { Config } from './config.js';
import { type FileSettings, readConfigFile } from './config-file.js';
import { DEFAULT_LANG } from './lang.js';
import { OPTIONS, type OptionName, type OptionRow, type Values } from './option-table.js';
import type { Problem } from './problems.js';
import { targetDay } from './target-date.js';

export interface Sources {
  /** By long option name, as yargs gives them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  /** null: neither a flag nor the environment says. */
  readonly lang: Lang | null;
}

export type Parsed<T> =
  | { readonly config: T }
  /** `lang` also where only the file says it. */
  | { readonly problems: readonly Problem[]; readonly lang: Lang };

const FILE: Text = { ja: 'JSON ファイル', en: 'a JSON file' };

/** A flag beats the environment, which beats the config file, which beats the default. All problems at once. */
export function parseConfig(sources: Sources): Parsed<Config> {
  const problems: Problem[] = [];
  const path = sources.flags.config;
  if (path === '' || Array.isArray(path))
    problems.push({ kind: path === '' ? 'missing' : 'repeated', option: '--config', accepts: FILE });
  const file = readConfigFile(typeof path === 'string' && path !== '' ? path : undefined, problems);
  const entries = Object.entries(OPTIONS).map(([name, row]) => [
    name,
    readOption(name as OptionName, row, sources, file, problems),
  ]);
  const values = Object.fromEntries(entries) as Values;
  checkGaps(values, problems);
  const targetDate = checkTargetDate(values, sources.now, problems);
  const lang = sources.lang ?? values.lang ?? DEFAULT_LANG;
  return problems.length > 0 ? { problems, lang } : { config: assemble(values, file, targetDate, lang, sources) };
}

/** Where a value came from, as the reader would name it. */
interface Found {
  readonly raw: unknown;
  readonly option: string;
}

function readOption(
  name: OptionName,
  row: OptionRow,
  sources: Sources,
  file: FileSettings,
  problems: Problem[],
): unknown {
  const found = findValue(name, row, sources, file);
  if (found !== null) return checkValue(found, row, problems, name === 'acceptedGaps');
  return row.fallback === undefined ? undefined : row.schema.parse(row.fallback);
}

/** `lists`: the value itself may be one; else a list is an option that was given more than once. */
export function checkValue({ raw, option }: Found, row: OptionRow, problems: Problem[], lists = false): unknown {
  const accepts = row.accepts ?? '';
  if (row.later === true && raw !== false) problems.push({ kind: 'later', option });
  else if (row.kind === 'flag' && typeof raw !== 'boolean') problems.push({ kind: 'noValue', option });
  else if (row.kind === 'text' && Array.isArray(raw) && !lists) problems.push({ kind: 'repeated', option });
  else if (raw === '' || (Array.isArray(raw) && raw.length === 0 && row.kind === 'list')) {
    problems.push({ kind: 'missing', option, accepts });
  } else {
    const parsed = row.schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    problems.push({ kind: 'value', option, value: raw, accepts });
  }
  return undefined;
}

function findValue(name: OptionName, row: OptionRow, sources: Sources, file: FileSettings): Found | null {
  const label = row.flag === null ? '' : `--${row.flag}`;
  if (row.flag !== null && sources.flags[row.flag] !== undefined) {
    return { raw: sources.flags[row.flag], option: label };
  }
  for (const variable of [row.env ?? []].flat()) {
    const raw = sources.env[variable];
    // An empty variable is how shells and task definitions say "not set".
    if (raw === undefined || raw === '') continue;
    return { raw, option: label === '' ? variable : `${variable} (${label})` };
  }
  if (!Object.hasOwn(file.values, name)) return null;
  return { raw: file.values[name], option: `${row.flag ?? 'accepted_gaps'} (--config)` };
}

/** A misspelt type would accept nothing, and nobody would know until the alarm. */
function checkGaps({ acceptedGaps }: Values, problems: Problem[]): void {
  const known = CATALOG.map(({ type }) => type);
  for (const { resource_type: value } of acceptedGaps ?? []) {
    if (!known.includes(value))
      problems.push({ kind: 'value', option: 'accepted_gaps', value, accepts: known.join(', ') });
  }
}

function checkTargetDate(values: Values, now: Date, problems: Problem[]): string {
  const { timeZone, targetDateOffset, targetDate, scheduledAt } = values;
  const day = targetDay(scheduledAt ?? now, timeZone ?? 'UTC', targetDateOffset ?? 0);
  if (targetDate === undefined) return day.usual;
  if (!day.isRecent(targetDate) && values.backfill !== true) {
    problems.push({ kind: 'oldDate', option: '--target-date', value: targetDate, today: day.today });
  }
  return targetDate;
}

function environmentRegion(env: Sources['env']): string | null {
  return ENV.region.map((name) => env[name]).find((value) => value !== undefined && value !== '') ?? null;
}

function assemble(values: Values, file: FileSettings, targetDate: string, lang: Lang, sources: Sources): Config {
  return {
    run: {
      services: values.services,
      profile: values.profile ?? null,
      tenant: values.tenant,
      targetDate,
      concurrency: values.concurrency,
      clearCache: values.clearCache,
      cacheTtlHours: values.cacheTtl,
      scheduledAt: values.scheduledAt ?? null,
      timeoutSeconds: values.timeout,
      acceptedGaps: values.acceptedGaps,
      force: values.force,
      ifLocked: values.ifLocked,
    },
    region: values.region ?? null,
    lang,
    timeZone: values.timeZone,
    output: values.output,
    quiet: values.quiet,
    dryRun: values.dryRun,
    store: values.store,
    endpointUrl: values.endpointUrl ?? null,
    calls: {
      callTimeout: values.callTimeout,
      maxRetries: values.maxRetries,
      initialRetryDelay: values.initialRetryDelay,
    },
    runType: values.runType,
    lock: {
      table: values.lockTable ?? null,
      region: environmentRegion(sources.env),
      leaseSeconds: values.leaseSeconds,
    },
    deadLetterQueue: values.deadLetterQueue ?? null,
    log: {
      dir: values.logDir ?? file.log.dir ?? './logs',
      filename: file.log.filename ?? 'batch_execution.log',
      level: values.logLevel ?? (file.log.level as Config['log']['level'] | undefined) ?? 'info',
      keepDays: file.log.keepDays ?? 7,
    },
  };
}
