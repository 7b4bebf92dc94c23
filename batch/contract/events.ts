import type { Text } from './text.js';

/**
 * Every event of the log with its message. The names are stable: saved queries and alarms stand on them. `{…}` are
 * fields of the event, which the log line carries as well.
 */
export const EVENTS = {
  'run.started': {
    ja: '収集を開始します: {services} ({region})',
    en: 'Collection starts: {services} ({region})',
  },
  'run.identified': {
    ja: 'アカウント {account_id} を {arn} として読み取ります',
    en: 'Reading account {account_id} as {arn}',
  },
  'run.completed': {
    ja: '収集が完了しました: {success_count}/{total_count} サービス、{duration_ms} ms',
    en: 'Collection completed: {success_count} of {total_count} services in {duration_ms} ms',
  },
  'run.failed': { ja: '収集に失敗しました: {error}', en: 'Collection failed: {error}' },
  'run.unfinished': {
    ja: '収集は一部のみ完了しました: {error}',
    en: 'Collection is only partly complete: {error}',
  },
  'run.crashed': { ja: '異常終了しました: {error}', en: 'Crashed: {error}' },
  'unit.started': { ja: '{resource_type} を読み取ります', en: 'Reading {resource_type}' },
  'unit.completed': {
    ja: '{resource_type}: {count} 件 ({duration_ms} ms)',
    en: '{resource_type}: {count} in {duration_ms} ms',
  },
  'unit.reused': {
    ja: '{resource_type}: キャッシュから {count} 件を再利用します ({finished_at} に取得)',
    en: '{resource_type}: {count} reused from the cache (read at {finished_at})',
  },
  'unit.carried': {
    ja: '{resource_type}: 同じ日の実行 {from_run_id} の {count} 件を引き継ぎます',
    en: "{resource_type}: {count} carried over from that day's run {from_run_id}",
  },
  'unit.denied': {
    ja: '{resource_type}: 権限がなく読み取れません ({error_code})。必要な権限: {actions}',
    en: '{resource_type}: access denied ({error_code}). Actions needed: {actions}',
  },
  'unit.unsupported': {
    ja: '{resource_type}: このリージョンでは提供されていません ({error_code})',
    en: '{resource_type}: not available in this region ({error_code})',
  },
  'unit.failed': {
    ja: '{resource_type}: 読み取りに失敗しました ({error_code}: {error_message})',
    en: '{resource_type}: could not be read ({error_code}: {error_message})',
  },
  'unit.partial': {
    ja: '{resource_type}: 一部の情報を読み取れませんでした ({error_code}: {error_message})',
    en: '{resource_type}: partly read ({error_code}: {error_message})',
  },
  'unit.unread': {
    ja: '{resource_type}: {resources} 件の {part} を読み取れませんでした ({error_code})',
    en: '{resource_type}: {part} of {resources} could not be read ({error_code})',
  },
  'unit.item_invalid': {
    ja: '{resource_type}: 応答の項目を解釈できません: {reason}',
    en: '{resource_type}: an item of the answer could not be understood: {reason}',
  },
  'unit.duplicate': {
    ja: '{resource_type}: {resource_id} が二度返されました。最初のものを採用します。',
    en: '{resource_type}: {resource_id} was listed twice; the first one is kept',
  },
  'lock.local': {
    ja: 'LOCK_TABLE_NAME がないため、ロックは {dir} に置きます。ほかのホストでの同時実行は防げません。',
    en: 'Without LOCK_TABLE_NAME the lock lies in {dir}. Runs on other hosts are not excluded.',
  },
  'lock.acquired': {
    ja: 'ロックを取得しました: {lock_key} (トークン {fencing_token})',
    en: 'Lock acquired: {lock_key} (token {fencing_token})',
  },
  'lock.refused': { ja: 'ロックを取得できません: {lock_key}', en: 'Lock refused: {lock_key}' },
  'lock.lost': { ja: 'ロックを失いました: {lock_key}', en: 'Lock lost: {lock_key}' },
  'lock.released': { ja: 'ロックを解放しました: {lock_key}', en: 'Lock released: {lock_key}' },
  'unit.damaged': {
    ja: '{resource_type}: 公開済みのファイルが壊れているため引き継げません ({reason})',
    en: '{resource_type}: the published file is damaged and cannot be carried over ({reason})',
  },
  'cache.damaged': {
    ja: '{resource_type}: キャッシュが壊れているため読み取り直します ({reason})',
    en: '{resource_type}: the cache is damaged and will be read anew ({reason})',
  },
  'snapshot.published': {
    ja: 'スナップショットを公開しました: {uri}',
    en: 'Snapshot published: {uri}',
  },
  'projection.published': {
    ja: 'Parquet ファイルを公開しました: {uri} ({count} 件、{duration_ms} ms)',
    en: 'Parquet file published: {uri} ({count} rows in {duration_ms} ms)',
  },
  'projection.lagging': {
    ja: 'Parquet ファイル {uri} は台帳より古いか、ありません: {reason}。arv snapshots repair で作成できます。',
    en: 'The Parquet file {uri} is behind its ledger: {reason}. arv snapshots repair renders it.',
  },
  'projection.unchecked': {
    ja: '以前の日の Parquet ファイルのうち、確認できないものがありました: {reason}。arv snapshots repair で確認できます。',
    en: 'Of the Parquet files of the days before, not all could be looked at: {reason}. arv snapshots repair looks at them.',
  },
  'resource.created': {
    ja: '{resource_type} {resource_id} が作成されました',
    en: '{resource_type} {resource_id} was created',
  },
  'resource.deleted': {
    ja: '{resource_type} {resource_id} が削除されました',
    en: '{resource_type} {resource_id} was deleted',
  },
  'resource.changed': {
    ja: '{resource_type} {resource_id} が変更されました',
    en: '{resource_type} {resource_id} was changed',
  },
  'unit.unknown': {
    ja: '{resource_type}: 両方の日にすべて読み取れてはいないため、変化は分かりません',
    en: '{resource_type}: not read whole on both days; what changed is not known',
  },
  'changes.counted': {
    ja: '前回の日からの変化: 作成 {created}、削除 {deleted}、変更 {changed}、不明なユニット {unknown}',
    en: 'Since the day before: {created} created, {deleted} deleted, {changed} changed, {unknown} units unknown',
  },
  'changes.failed': {
    ja: '前回の日との比較ができませんでした: {reason}',
    en: 'The comparison with the day before failed: {reason}',
  },
  'redrive.started': {
    ja: '{resource_types} を再実行します',
    en: 'Redriving {resource_types}',
  },
  'redrive.nothing': { ja: '再実行するものはありません: {reason}', en: 'Nothing to redrive: {reason}' },
  'queue.sent': {
    ja: 'デッドレター {count} 件をキューに送信しました',
    en: '{count} dead letters sent to the queue',
  },
  'queue.unavailable': {
    ja: 'デッドレターのキューを利用できません: {reason}',
    en: 'The queue of dead letters is not available: {reason}',
  },
  'queue.malformed': {
    ja: 'キューのメッセージ {message_id} はデッドレターではないため残します ({reason})',
    en: 'Message {message_id} of the queue is no dead letter and is left alone ({reason})',
  },
  'queue.received': {
    ja: 'キューから {received} 件を受信しました (対象 {own} 件)',
    en: '{received} messages received from the queue, {own} of them for this run',
  },
  'queue.deleted': {
    ja: '完了した {count} 件をキューから削除しました',
    en: '{count} messages deleted from the queue: their units are complete',
  },
  'circuit.opened': {
    ja: '{service} ({region}) が応答しないため、再試行を控えます: {error_message}',
    en: '{service} ({region}) is not answering; it is tried only now and then: {error_message}',
  },
  'circuit.closed': {
    ja: '{service} ({region}) が再び応答しています',
    en: '{service} ({region}) is answering again',
  },
  'idle.started': {
    ja: 'ECS Exec のために {until} まで待機します（{minutes} 分）。先に終えるにはタスクを停止してください (aws ecs stop-task、手元では Ctrl+C)。',
    en: 'Idle until {until} ({minutes} min), for ECS Exec. To end it earlier, stop the task (aws ecs stop-task; Ctrl+C at a terminal).',
  },
  'idle.ended': { ja: '待機を終えました ({ended_by})', en: 'No longer idle ({ended_by})' },
  'api.called': {
    ja: '{operation} ({status}, {duration_ms} ms)',
    en: '{operation} ({status}, {duration_ms} ms)',
  },
  'sdk.said': { ja: 'AWS SDK: {text}', en: 'AWS SDK: {text}' },
  'memory.high': {
    ja: 'メモリ使用量が上限の {percent}% です ({used_mib} / {limit_mib} MiB)。--concurrency を下げるか、コンテナのメモリを増やしてください。',
    en: 'Memory use is {percent} % of the limit ({used_mib} of {limit_mib} MiB). Lower --concurrency, or give the container more memory.',
  },
  'event_loop.slow': {
    ja: '処理が {delay_ms} ms 遅れています。CPU が不足しています。コンテナの CPU を増やすか、--concurrency を下げてください。',
    en: 'The process is {delay_ms} ms late: it is short of CPU. Give the container more of it, or lower --concurrency.',
  },
  'disk.high': {
    ja: 'ディスク使用率が {percent}% です (空き {free_mib} MiB: {folder})。古い日付のスナップショットやログを削除するか、容量を増やしてください。',
    en: 'The disk is {percent} % full ({free_mib} MiB left: {folder}). Delete old days of the store or old logs, or make it larger.',
  },
  'log.unwritable': {
    ja: 'ログファイルに書き込めません: {reason}。ログはコンソールにのみ出力します。',
    en: 'The log file cannot be written: {reason}. Logs go to the console only.',
  },
} as const satisfies Record<string, Text>;

export type EventName = keyof typeof EVENTS;
