import { Aws } from 'aws-cdk-lib';
import { EventField } from 'aws-cdk-lib/aws-events';
import { type NoticeName, runbookSection } from '../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { savedQueryName } from '../batch/contract/log-queries.js';
import { fill, type Lang, type Text } from '../batch/contract/text.js';

export const RULE_DESCRIPTIONS: Readonly<Record<NoticeName, Text>> = {
  'task-failed': {
    ja: '収集バッチ (AWS Resource Visualizer) が 0 以外の終了コードで終わったら知らせます',
    en: 'Tells when the inventory task (AWS Resource Visualizer) ended with a code other than 0',
  },
  'task-not-started': {
    ja: '収集バッチ (AWS Resource Visualizer) が起動できなかったら知らせます',
    en: 'Tells when the inventory task (AWS Resource Visualizer) could not be started',
  },
};

/**
 * The first container is ours; a field that an event does not have becomes nothing, so each stands at the end of a
 * line or in brackets. No line is empty: EventBridge puts quotation marks around each.
 */
const FIELDS = {
  exitCode: '$.detail.containers[0].exitCode',
  containerReason: '$.detail.containers[0].reason',
  stopCode: '$.detail.stopCode',
  stoppedReason: '$.detail.stoppedReason',
  stoppedAt: '$.detail.stoppedAt',
  startedBy: '$.detail.startedBy',
  taskArn: '$.detail.taskArn',
  account: '$.account',
  region: '$.region',
} as const;

const TEXTS: Readonly<Record<NoticeName, Text>> = {
  'task-failed': {
    ja: `AWS リソースの収集バッチ (AWS Resource Visualizer) が終了コード {exitCode} で終わりました。
日時 (UTC): {stoppedAt}
アカウント: {account} / リージョン: {region}
理由: {stoppedReason} ({stopCode}) {containerReason}
タスク: {taskArn}
起動元: {startedBy}
終了コードの意味: 1 = 失敗（何も公開されていません）、2 = 設定の誤り（何も始めていません）、3 = 一部のみ（公開されましたが欠けがあります）、137 = 強制終了（多くはメモリ不足）、143 = 外からの停止。
ログ: {logs}
  ログストリームは {stream} です（ID はタスクの ARN の最後の部分）。
対応: Logs Insights の保存済みクエリ {query} で理由を確認し、原因を取り除いてから、スタックの出力 RunCommand のコマンドで再実行してください。
手順書: {runbook}
同じタスクについて二度届くことがあります。`,
    en: `The AWS inventory (AWS Resource Visualizer) ended with exit code {exitCode}.
When (UTC): {stoppedAt}
Account: {account} / region: {region}
Reason: {stoppedReason} ({stopCode}) {containerReason}
Task: {taskArn}
Started by: {startedBy}
Exit codes: 1 = failed, nothing was published; 2 = wrong settings, nothing was started; 3 = partial, published but something is missing; 137 = killed, mostly for want of memory; 143 = stopped from outside.
Logs: {logs}
  The log stream is {stream}, where ID is the last part of the task's ARN.
What to do: ask the saved query {query} of Logs Insights why, remove the cause, and run again with the stack's output RunCommand.
Runbook: {runbook}
This message may come twice for one task.`,
  },
  'task-not-started': {
    ja: `AWS リソースの収集バッチ (AWS Resource Visualizer) を起動できませんでした。この回の収集は行われていません。
日時 (UTC): {stoppedAt}
アカウント: {account} / リージョン: {region}
理由: {stoppedReason} ({stopCode}) {containerReason}
タスク: {taskArn}
起動元: {startedBy}
よくある原因: CannotPullContainerError = イメージがない、または取得できない。Capacity = Fargate の空きがない。ResourceInitializationError = ネットワークまたは実行ロールの問題。
ログ: {logs}
  起動前に止まったタスクのログストリーム {stream}（ID はタスクの ARN の最後の部分）は、ないのが普通です。
対応: 原因を取り除き、スタックの出力 RunCommand のコマンドで再実行してください。空き不足なら、時間をおいて再実行するだけで済みます。
手順書: {runbook}
同じタスクについて二度届くことがあります。`,
    en: `The task of the AWS inventory (AWS Resource Visualizer) could not be started. This time there is no inventory.
When (UTC): {stoppedAt}
Account: {account} / region: {region}
Reason: {stoppedReason} ({stopCode}) {containerReason}
Task: {taskArn}
Started by: {startedBy}
Usual causes: CannotPullContainerError = the image is missing or out of reach. Capacity = Fargate has no room. ResourceInitializationError = the network or the execution role.
Logs: {logs}
  A task that stopped before its start usually has no log stream {stream} (ID: the last part of the task's ARN).
What to do: remove the cause and run again with the stack's output RunCommand. For want of capacity, running again later is enough.
Runbook: {runbook}
This message may come twice for one task.`,
  },
};

/** The message for a person, with the fields of the event as tokens for an input transformer. */
export function noticeText(notice: NoticeName, lang: Lang): string {
  const fields = Object.entries(FIELDS).map(([name, path]) => [name, EventField.fromPath(path)]);
  return fill(TEXTS[notice][lang], {
    ...Object.fromEntries(fields),
    logs: logGroupLink(),
    // The task's id cannot be cut out of its ARN here.
    stream: `${INFRASTRUCTURE.logStreamPrefix}/${INFRASTRUCTURE.container}/ID`,
    query: savedQueryName('failures-with-stacks'),
    runbook: runbookSection(notice, lang),
  });
}

/** The log group in the console, which encodes its name twice and writes `$` for `%`. */
function logGroupLink(): string {
  const name = encodeURIComponent(encodeURIComponent(INFRASTRUCTURE.logGroup)).replaceAll('%', '$');
  return `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#logsV2:log-groups/log-group/${name}`;
}
