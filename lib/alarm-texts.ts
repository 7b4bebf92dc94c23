import { type AlarmName, runbookSection } from '../batch/contract/alarms.js';
import { fill, type Lang, type Text } from '../batch/contract/text.js';

/** What each alarm means and what to do; `{…}` come from the alarm. */
const TEXTS: Readonly<Record<AlarmName, Text>> = {
  'no-success': {
    ja: '{hours} 時間、収集が一度も成功していません。スケジュールが動いていないか、起動に失敗し続けているか、毎回失敗しています。EventBridge のルールが有効か、直近のタスクと届いた通知を確認し、スタックの出力 RunCommand で再実行してください。',
    en: 'No run has succeeded for {hours} hours: the schedule does not fire, tasks do not start, or every run fails. Check that the EventBridge rule is enabled, look at the last tasks and at the notices, then run again with the output RunCommand.',
  },
  'units-failed': {
    ja: '読み取れなかったリソースタイプがあります（公開はされましたが一部が欠けています）。保存済みクエリ failures-with-stacks で理由を確認し、権限などを直してから、スタックの出力 RunCommand で再実行してください。',
    en: 'Some resource types could not be read: the snapshot is published with a gap. See why with the saved query failures-with-stacks, repair it (a permission, mostly) and run again with the output RunCommand.',
  },
  'near-deadline': {
    ja: '収集の所要時間が上限 {limit} 秒の {percent}% を超えました。上限に達すると、残りは読み取られません。保存済みクエリ slowest-units で時間のかかったリソースタイプを確認してください。',
    en: 'A run took more than {percent}% of its limit of {limit} seconds. At the limit, the rest is not read. The saved query slowest-units shows what takes the time.',
  },
  'memory-high': {
    ja: 'タスクのメモリ使用量が割り当ての {percent}% を超えました。使い切ると強制終了されます（終了コード 137）。設定 memory を増やしてください。',
    en: 'The task uses more than {percent}% of its memory. At its end it is killed (exit code 137). Raise the setting memory.',
  },
  'lease-lost': {
    ja: '実行中にロックを失い、スナップショットを公開せずに終了しました。別の実行が引き継いでいれば対応は不要です。arv lock status で確認し、誰も実行していなければ再実行してください。',
    en: 'A run lost its lease and ended without publishing. If another run took over, nothing is to be done: see arv lock status. If none did, run again.',
  },
  'projections-lagging': {
    ja: '公開済みの日のうち、Parquet ファイルがマニフェストと一致しないものがあります。その日について、Athena と arv query は古い結果を返すか、何も返しません（マニフェストとユニットのファイルは正しいままです）。次の実行が作り直します。待てない場合や繰り返し届く場合は、arv snapshots repair を実行してください。',
    en: 'There are published days whose Parquet file is not that of their manifest: for them, Athena and arv query answer with what was before, or with nothing. Manifests and unit files are right. The next run makes the files anew; if that is too late, or this comes again and again, run arv snapshots repair.',
  },
  'invocations-failed': {
    ja: 'スケジュールからタスクを起動できませんでした（再試行もされません）。イベント用ロールの権限、タスク定義、クラスター、サブネットを確認し、スタックの出力 RunCommand で再実行してください。',
    en: 'The schedule could not start the task and will not try again. Check the permissions of the events role, the task definition, the cluster and the subnets, then run again with the output RunCommand.',
  },
  'invocations-undelivered': {
    ja: '再試行しても起動できなかったスケジュールの実行が、配信不能キューに送られました。メッセージの属性 ERROR_MESSAGE に理由があります。原因を取り除き、スタックの出力 RunCommand で再実行してください。',
    en: 'A firing of the schedule that could not start the task, retries included, went to the queue of the undelivered. The reason is in the message attribute ERROR_MESSAGE. Remove it and run again with the output RunCommand.',
  },
  'queue-not-empty': {
    ja: '配信不能キューにメッセージがあります（起動できなかった実行、または送れなかった通知）。内容を確認して対応し、メッセージを削除してください。空になると OK に戻ります。',
    en: 'There are messages in the queue of the undelivered: firings that started nothing, or notices that could not be sent. Read them, repair, and delete them; the alarm then ends.',
  },
  'dead-letters-waiting': {
    ja: '読み取れなかったユニットの記録（デッドレター）が {hours} 時間以上キューに残っています。arv failures analyze で原因を確認して直し、arv failures redrive --from-queue で読み直してください。',
    en: 'Dead letters of units that could not be read have been in the queue for {hours} hours. See the causes with arv failures analyze, repair them, and work the queue off with arv failures redrive --from-queue.',
  },
};

const RUNBOOK: Text = { ja: '手順書: {section}', en: 'Runbook: {section}' };

/** The description that the message of an alarm carries. */
export function alarmText(alarm: AlarmName, lang: Lang, fields: Readonly<Record<string, unknown>> = {}): string {
  return `${fill(TEXTS[alarm][lang], fields)} ${fill(RUNBOOK[lang], { section: runbookSection(alarm, lang) })}`;
}

/** Parts of `no-success` that send nothing themselves. */
export const PART_TEXTS = {
  missing: {
    ja: 'アラーム no-success の一部です（このアラームは通知しません）: {hours} 時間、成功した実行がありません。',
    en: 'A part of the alarm no-success, which sends nothing itself: no successful run for {hours} hours.',
  },
  begun: {
    ja: 'アラーム no-success の一部です（このアラームは通知しません）: 監視を始めてから、またはスケジュールを変えてから {hours} 時間以内は ALARM になり、その間 no-success の通知を止めます。',
    en: 'A part of the alarm no-success, which sends nothing itself: in ALARM for {hours} hours after the watch began or the schedule changed, so that no-success says nothing meanwhile.',
  },
  rule: {
    ja: 'アラーム no-success の監視がいつ始まったかを数えます（ターゲットはありません。メトリクス TriggeredRules だけを使います）',
    en: 'Counts when the watch of the alarm no-success began (no target: only the metric TriggeredRules is used)',
  },
} as const satisfies Record<string, Text>;

export const TOO_RARE: Text = {
  ja: 'schedule の間隔（最長 {gap} 時間）は、CloudWatch アラームで監視できる 7 日を超えるため、アラーム no-success（成功がない）を作りません。実行されなかったことは、別の方法で確認してください。',
  en: 'The schedule (up to {gap} hours between two firings) is rarer than an alarm of CloudWatch can watch, which is 7 days: the alarm no-success is left out. That a run did not happen has to be noticed in another way.',
};
