import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { OPTIONS, type OptionName } from './option-table.js';
import type { Problem } from './problems.js';
import { fileName, logLevel, number } from './values.js';

/** What the config file says, by option; `log` is its own. */
export interface FileSettings {
  readonly values: Partial<Record<OptionName, unknown>>;
  readonly log: {
    readonly dir?: string;
    readonly filename?: string;
    readonly level?: string;
    readonly keepDays?: number;
  };
}

const EMPTY: FileSettings = { values: {}, log: {} };

/** Keys of the file besides the long option names. */
const ACCEPTED_GAPS_KEY = 'accepted_gaps';
const LOG_ROWS = {
  dir: { schema: z.string().min(1), accepts: { ja: 'ディレクトリ', en: 'a directory' } },
  filename: { schema: fileName, accepts: { ja: 'パスを含まないファイル名', en: 'a file name without a path' } },
  level: { schema: logLevel, accepts: { ja: 'error、warn、info、debug', en: 'error, warn, info, debug' } },
  keep_days: { schema: number(1, 3650), accepts: { ja: '1〜3650 の整数', en: 'a whole number from 1 to 3650' } },
} as const;

/** Reads the file named by `--config`. What is wrong with it is added to `problems`. */
export function readConfigFile(path: string | undefined, problems: Problem[]): FileSettings {
  if (path === undefined) return EMPTY;
  const content = parseFile(path, problems);
  if (content === null) return EMPTY;
  const flags = new Map<string, OptionName>([[ACCEPTED_GAPS_KEY, 'acceptedGaps']]);
  for (const [name, row] of Object.entries(OPTIONS)) if (row.flag !== null) flags.set(row.flag, name as OptionName);
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const [key, value] of Object.entries(content)) {
    const name = flags.get(key);
    if (name !== undefined) values[name] = value;
    else if (key !== 'log') problems.push(unknownKey(path, key, [...flags.keys(), 'log']));
  }
  return { values, log: readLog(path, content.log, problems) };
}

function parseFile(path: string, problems: Problem[]): Record<string, unknown> | null {
  const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push({ kind: 'fileUnreadable', value: path, reason: reasonOf(error) });
    return null;
  }
  try {
    // A byte order mark is what some Windows editors put before the text.
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isObject(content)) return content;
    problems.push({ kind: 'fileMalformed', value: path, reason: 'no object' });
    return null;
  } catch (error) {
    problems.push({ kind: 'fileMalformed', value: path, reason: reasonOf(error) });
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function readLog(path: string, log: unknown, problems: Problem[]): FileSettings['log'] {
  if (log === undefined) return {};
  if (!isObject(log)) {
    problems.push({
      kind: 'value',
      option: 'log (--config)',
      value: log,
      accepts: '{dir, filename, level, keep_days}',
    });
    return {};
  }
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(log)) {
    const row = Object.hasOwn(LOG_ROWS, key) ? LOG_ROWS[key as keyof typeof LOG_ROWS] : undefined;
    if (row === undefined) {
      problems.push(unknownKey(path, `log.${key}`, Object.keys(LOG_ROWS)));
      continue;
    }
    const parsed = row.schema.safeParse(value);
    if (parsed.success) settings[key === 'keep_days' ? 'keepDays' : key] = parsed.data;
    else problems.push({ kind: 'value', option: `log.${key} (--config)`, value, accepts: row.accepts });
  }
  return settings;
}

function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  return { kind: 'fileKey', value: path, key, accepts: known.join(', ') };
}
