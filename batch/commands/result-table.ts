import Table from 'cli-table3';
import { fill, type Lang } from '../contract/text.js';
import type { QueueReport, ResultDocument } from '../core/result.js';
import { harmless, tableOf } from './table.js';

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

/** The result as a person reads it: one line per resource type, then what went wrong and where the files are. */
export function resultTable(document: ResultDocument, lang: Lang): string {
  const words = WORDS[lang];
  const lines: string[] = [];
  if (Object.keys(document.resources ?? {}).length > 0) lines.push(countTable(document, words));
  if (document.skipped === true) lines.push(fill(words.skipped, { ...document, ...document.locked_by }));
  if (document.error !== undefined) lines.push(`${document.error_code}: ${document.error}`);
  if (document.hint !== undefined) lines.push(`  $ ${document.hint}`);
  for (const uri of document.snapshot ?? []) lines.push(`${words.snapshot}: ${uri}`);
  for (const note of document.notes ?? []) lines.push(note);
  if (document.queue !== undefined) lines.push(tableOf([flat(document.queue)]).trimEnd());
  for (const { resource_type, code, message } of document.warnings ?? [])
    if (resource_type === null) lines.push(`${code}: ${message}`);
  return harmless(`${lines.join('\n')}\n`);
}

function flat({ malformed_messages: _, limited, ...counts }: QueueReport): Record<string, string | number> {
  return limited ? { ...counts, limited: 'yes' } : counts;
}

function countTable(document: ResultDocument, words: (typeof WORDS)[Lang]): string {
  const notes = new Map<string, string>();
  for (const { resource_type, code } of document.warnings ?? []) notes.set(resource_type ?? '', code);
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
