import type { DeadLetter } from '../contract/dead-letter.js';
import { fill, type Lang } from '../contract/text.js';
import type { AnalysisReport, CauseReport } from '../core/analysis.js';
import type { Damage } from '../core/snapshots.js';
import { harmless, tableOf } from './table.js';

/** What `failures analyze` answers. */
export interface FailureAnalysis extends AnalysisReport {
  readonly from: string | null;
  readonly to: string | null;
  /** Days that there are snapshots of. */
  readonly days: number;
  readonly manifests: number;
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

const WORDS = {
  ja: {
    letters: ['リージョン', 'リソースタイプ', '状態', 'コード', '分類', '試行', '失敗時刻', 'メッセージ'],
    listed: '{date}: デッドレター {count} 件',
    analyzed: '{from} 〜 {to}: {manifests} 個の台帳に失敗 {failures} 件',
    unreadable: '読み取れない台帳: {file} ({reason})',
    likely: '考えられる原因',
    remedy: '対処',
    codes: 'コード',
    types: 'リソースタイプ',
    counts: ['項目', '値', '件数'],
    by: {
      ...{ by_class: '分類', by_code: 'コード', by_service: 'サービス', by_region: 'リージョン' },
      ...{ by_resource_type: 'リソースタイプ', by_day: '日付' },
    },
    others: '他 {count} 種',
  },
  en: {
    letters: ['Region', 'Resource type', 'Status', 'Code', 'Class', 'Tries', 'Failed at', 'Message'],
    listed: '{date}: {count} dead letters',
    analyzed: '{from} to {to}: {failures} failures in {manifests} ledgers',
    unreadable: 'ledger that cannot be read: {file} ({reason})',
    likely: 'Likely cause',
    remedy: 'Remedy',
    codes: 'Codes',
    types: 'Resource types',
    counts: ['By', 'Value', 'Count'],
    by: {
      ...{ by_class: 'class', by_code: 'code', by_service: 'service', by_region: 'region' },
      ...{ by_resource_type: 'resource type', by_day: 'day' },
    },
    others: '{count} others',
  },
} as const;

/** A person reads the first lines; the JSON has them all. */
const SHOWN = 10;
const SHOWN_CAUSES = 3;
const SHOWN_MESSAGE = 60;

/** The dead letters of a day, one a line. */
export function failureTable(
  document: {
    readonly date: string | null;
    readonly count: number;
    readonly dead_letters: readonly DeadLetter[];
    readonly damages?: readonly Damage[];
  },
  lang: Lang,
): string {
  const words = WORDS[lang];
  const head = fill(words.listed, { ...document, date: document.date ?? '-' });
  const rows = document.dead_letters.map(({ region, resource_type, status, code, attempts, failed_at, ...letter }) => ({
    ...{ region, resource_type, status, code, class: letter.class, attempts, failed_at },
    message: cut(letter.message),
  }));
  const damaged = (document.damages ?? []).map(({ file, problem }) =>
    fill(words.unreadable, { file, reason: problem }),
  );
  return harmless(`${[head, ...damaged].join('\n')}\n${rows.length === 0 ? '' : tableOf(rows, words.letters)}`);
}

/** The main causes with what to do about them, then how often each value occurs. */
export function analysisText(document: FailureAnalysis, lang: Lang): string {
  const words = WORDS[lang];
  const { from, to, manifests, failures } = document;
  const lines = [fill(words.analyzed, { from: from ?? '-', to: to ?? '-', manifests, failures })];
  for (const fields of document.unreadable) lines.push(fill(words.unreadable, fields));
  document.causes.slice(0, SHOWN_CAUSES).forEach((cause, index) => {
    lines.push('', ...causeLines(cause, index + 1, words));
  });
  const rows = Object.entries(words.by).flatMap(([key, by]) =>
    countRows(document[key as keyof typeof words.by], by, words),
  );
  if (rows.length > 0) lines.push('', tableOf(rows, words.counts).trimEnd());
  return harmless(`${lines.join('\n')}\n`);
}

function causeLines(cause: CauseReport, place: number, words: (typeof WORDS)[Lang]): string[] {
  const { likely_cause, remedy, by_code, by_resource_type } = cause;
  return [
    `${place}. ${cause.cause}: ${cause.count} (${Math.round(cause.share * 1000) / 10} %)`,
    `   ${words.likely}: ${likely_cause}`,
    `   ${words.remedy}: ${remedy}`,
    `   ${words.codes}: ${inShort(by_code, words)}`,
    `   ${words.types}: ${inShort(by_resource_type, words)}`,
  ];
}

function inShort(counts: Readonly<Record<string, number>>, words: (typeof WORDS)[Lang]): string {
  const entries = Object.entries(counts);
  const shown = entries.slice(0, SHOWN).map(([value, count]) => `${value} ${count}`);
  const rest = entries.length - shown.length;
  return [...shown, ...(rest > 0 ? [fill(words.others, { count: rest })] : [])].join(', ');
}

function countRows(
  counts: Readonly<Record<string, number>>,
  by: string,
  words: (typeof WORDS)[Lang],
): Record<string, string | number>[] {
  const entries = Object.entries(counts);
  const shown = entries.slice(0, SHOWN);
  const rest = entries.slice(SHOWN).reduce((sum, [, count]) => sum + count, 0);
  const others = fill(words.others, { count: entries.length - SHOWN });
  return [...shown, ...(rest > 0 ? [[others, rest] as const] : [])].map(([value, count]) => ({ by, value, count }));
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > SHOWN_MESSAGE ? `${line.slice(0, SHOWN_MESSAGE)}…` : line;
}
