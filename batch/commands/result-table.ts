import Table from 'cli-table3';
import { fill, type Lang } from '../contract/text.js';
import type { ResultDocument } from '../core/result.js';

const WORDS = {
  ja: {
    service: 'サービス',
    type: 'リソースタイプ',
    count: '件数',
    note: '備考',
    unread: '未取得',
    snapshot: 'スナップショット',
    skipped:
      '{services} ({region}) の収集をスキップしました。{owner} の実行 {holder_run_id} がロックを持っています（{acquired_at} から {lease_expires_at} まで）。',
  },
  en: {
    service: 'Service',
    type: 'Resource type',
    count: 'Count',
    note: 'Note',
    unread: 'not read',
    snapshot: 'Snapshot',
    skipped:
      'Skipped {services} ({region}): run {holder_run_id} of {owner} holds the lock, since {acquired_at}, until {lease_expires_at}.',
  },
} as const;

/** AWS's own words may hold escapes that a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** The result as a person reads it: one line per resource type, then what went wrong and where the files are. */
export function resultTable(document: ResultDocument, lang: Lang): string {
  const words = WORDS[lang];
  const lines: string[] = [];
  if (document.resources !== undefined) lines.push(countTable(document, words));
  if (document.skipped === true) lines.push(fill(words.skipped, { ...document, ...document.locked_by }));
  if (document.error !== undefined) lines.push(`${document.error_code}: ${document.error}`);
  if (document.hint !== undefined) lines.push(`  $ ${document.hint}`);
  for (const uri of document.snapshot ?? []) lines.push(`${words.snapshot}: ${uri}`);
  return `${lines.join('\n').replace(CONTROL, '·')}\n`;
}

function countTable(document: ResultDocument, words: (typeof WORDS)[Lang]): string {
  const notes = new Map<string, string>();
  for (const warning of document.warnings ?? []) notes.set(warning.resource_type, warning.code);
  for (const errors of Object.values(document.errors ?? {})) {
    for (const error of errors) notes.set(error.resource_type, error.code);
  }
  const table = new Table({
    head: [words.service, words.type, words.count, words.note],
    colAligns: ['left', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const [type, count] of Object.entries(document.resources ?? {})) {
    table.push([type.split('::')[1] ?? '', type, count === null ? words.unread : String(count), notes.get(type) ?? '']);
  }
  return table.toString();
}
