import { EXPORT_FORMATS } from '../contract/export-formats.js';
import { integer, OPTIONS, type OptionRow } from './option-table.js';
import { checkValue } from './parse-config.js';
import type { Problem } from './problems.js';
import * as value from './values.js';

/** Most minutes of one `arv idle`: a container that was forgotten ends the same day. */
const MOST_MINUTES = 720;

/** Options that only commands other than `collect` take. They have no environment and no key in the config file. */
const OWN = {
  config: {
    ...{ flag: 'config', kind: 'text', schema: value.text },
    help: { ja: '設定ファイル（JSON）', en: 'configuration file (JSON)' },
  },
  yes: {
    ...{ flag: 'yes', kind: 'flag', schema: value.flag },
    help: { ja: '確認せずに実行する', en: 'do not ask' },
  },
  date: {
    ...{ flag: 'date', kind: 'text', schema: value.date, accepts: OPTIONS.targetDate.accepts },
    help: { ja: '日付（既定は最新、redrive は今日）', en: 'day (default: the last one; of redrive: today)' },
  },
  from: {
    ...{ flag: 'from', kind: 'text', schema: value.date, accepts: OPTIONS.targetDate.accepts },
    help: {
      ja: 'diff: 比べる元の日（既定は一つ前）。failures: 最初の日',
      en: 'diff: day to compare with (default: the one before); failures: first day',
    },
  },
  to: {
    ...{ flag: 'to', kind: 'text', schema: value.date, accepts: OPTIONS.targetDate.accepts },
    help: {
      ja: 'diff: 比べる日（既定は最新）。failures: 最後の日',
      en: 'diff: day to compare (default: the last one); failures: last day',
    },
  },
  fromQueue: {
    ...{ flag: 'from-queue', kind: 'flag', schema: value.flag },
    help: { ja: 'キュー (DLQ_QUEUE_URL) のメッセージを再実行する', en: 'redrive what the queue (DLQ_QUEUE_URL) holds' },
  },
  list: {
    ...{ flag: 'list', kind: 'flag', schema: value.flag },
    help: { ja: '名前付きクエリの一覧', en: 'the named queries' },
  },
  name: {
    ...{ flag: 'name', kind: 'text', schema: value.text, accepts: { ja: 'クエリの名前', en: 'the name of a query' } },
    help: { ja: '名前付きクエリを実行する', en: 'run a named query' },
  },
  param: {
    ...{ flag: 'param', kind: 'text', schema: value.text },
    help: {
      ja: 'クエリのパラメーター 名前=値（複数可）',
      en: 'a parameter of the query, name=value (may be repeated)',
    },
  },
  format: {
    ...{ flag: 'format', kind: 'text', schema: value.exportFormat },
    ...{ accepts: { ja: EXPORT_FORMATS.join('、'), en: EXPORT_FORMATS.join(', ') } },
    help: { ja: `形式: ${EXPORT_FORMATS.join('、')}`, en: `the format: ${EXPORT_FORMATS.join(', ')}` },
  },
  out: {
    ...{ flag: 'out', kind: 'text', schema: value.text, accepts: { ja: 'ファイル名', en: 'the name of a file' } },
    help: { ja: '書き出すファイル（既定は標準出力）', en: 'the file to write (default: stdout)' },
  },
  count: {
    ...{ flag: 'count', kind: 'text', schema: value.number(1, 100), accepts: integer(1, 100) },
    help: { ja: '表示する回数（既定は 5）', en: 'how many times (default: 5)' },
  },
  minutes: {
    ...{ flag: 'minutes', kind: 'text', schema: value.number(1, MOST_MINUTES), accepts: integer(1, MOST_MINUTES) },
    help: { ja: '待機する時間（分、既定は 60）', en: 'how long in minutes (default: 60)' },
  },
} as const satisfies Record<string, OptionRow>;

export const OWN_OPTIONS: readonly OptionRow[] = Object.values(OWN);

export interface OwnValues {
  readonly count: number;
  readonly minutes: number;
}

/** `--config` is read, and what is wrong with it told, with the settings. */
export function readOwnOptions(flags: Readonly<Record<string, unknown>>): OwnValues & { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const read = (row: OptionRow) => {
    const raw = flags[row.flag ?? ''];
    return raw === undefined ? undefined : checkValue({ raw, option: `--${row.flag}` }, row, problems);
  };
  for (const row of [OWN.date, OWN.from, OWN.to, OWN.name, OWN.format, OWN.out]) read(row);
  const count = (read(OWN.count) as number | undefined) ?? 5;
  const minutes = (read(OWN.minutes) as number | undefined) ?? 60;
  return { count, minutes, problems };
}
