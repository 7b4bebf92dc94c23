import { Aws, CfnOutput, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import type { Lang, Text } from '../batch/contract/text.js';
import type { BatchTask } from './batch-task.js';
import type { Network } from './network.js';
import type { Settings } from './settings.js';

const DESCRIPTIONS = {
  RunCommand: { ja: '手動で再実行する', en: 'Run it again by hand' },
  ForceCommand: {
    ja: '一部のサービスだけを、実行中のロックを引き継いで再実行する',
    en: 'Run again for some services only, taking over the lease of a run that is still there',
  },
  IdleCommand: {
    ja: 'ECS Exec 用にコンテナを 60 分間待機させる（設定 enableExec が必要）',
    en: 'Keep a container up for 60 minutes for ECS Exec (needs the setting enableExec)',
  },
  ExecCommand: {
    ja: '待機中のコンテナに入る（TASK_ID は IdleCommand の結果の taskArn の末尾）',
    en: 'Enter the container that waits (TASK_ID: the end of the taskArn that IdleCommand prints)',
  },
  LogsCommand: { ja: '直近 1 日のログを読む', en: 'Read the log of the last day' },
  QueryCommand: {
    ja: '保存済みの Athena クエリ untagged-resources を実行する（最後の ID を変えればほかのクエリも）',
    en: 'Run the saved query untagged-resources of Athena (or another: the id is at the end)',
  },
  QueryResultCommand: {
    ja: 'その結果を読む（QUERY_ID は QueryCommand の結果）',
    en: 'Read what it found (QUERY_ID: what QueryCommand prints)',
  },
} as const satisfies Record<string, Text>;

interface Started {
  readonly task: BatchTask;
  readonly network: Network;
  readonly exec: boolean;
  readonly services: Settings['services'];
  /** Of a saved query, to show how they are run. */
  readonly exampleQueryId: string;
}

/** The commands that a person copies from the stack's outputs. They use only what AWS CLI v1 and v2 share. */
export function addCommandOutputs(scope: Construct, started: Started, lang: Lang): void {
  const { exampleQueryId, task } = started;
  const { command } = task;
  const outputs: Record<keyof typeof DESCRIPTIONS, string | null> = {
    RunCommand: runTask(started, null),
    ForceCommand: runTask(started, [...command, '--services', ...someOf(started.services), '--force']),
    IdleCommand: started.exec ? runTask(started, ['idle', '--minutes', '60']) : null,
    ExecCommand: started.exec
      ? `aws ecs execute-command --region ${Aws.REGION} --cluster ${INFRASTRUCTURE.cluster} --container ${INFRASTRUCTURE.container} --interactive --command /bin/sh --task TASK_ID`
      : null,
    LogsCommand: `aws logs filter-log-events --region ${Aws.REGION} --log-group-name ${INFRASTRUCTURE.logGroup} --start-time $(( ($(date +%s) - 86400) * 1000 )) --query 'events[].[message]' --output text`,
    QueryCommand: runSavedQuery(exampleQueryId),
    QueryResultCommand: `aws athena get-query-results --region ${Aws.REGION} --output table --query-execution-id QUERY_ID`,
  };
  for (const [name, value] of Object.entries(outputs) as [keyof typeof DESCRIPTIONS, string | null][]) {
    if (value !== null) new CfnOutput(scope, name, { value, description: DESCRIPTIONS[name][lang] });
  }
}

/** EC2 and RDS where they are collected: an example of a part, as far as the task role reaches. */
function someOf(services: Settings['services']): readonly string[] {
  const some = services.filter((service) => service === 'EC2' || service === 'RDS');
  return some.length > 0 ? some : services;
}

/** The query is looked up when the command is run, so that no shell has to quote it. */
function runSavedQuery(namedQueryId: string): string {
  const athena = (operation: string) => `aws athena ${operation} --region ${Aws.REGION}`;
  const text = `${athena('get-named-query')} --query NamedQuery.QueryString --output text --named-query-id ${namedQueryId}`;
  return [
    `${athena('start-query-execution')} --work-group ${INFRASTRUCTURE.workGroup}`,
    `--query-execution-context Database=${INFRASTRUCTURE.database}`,
    `--query QueryExecutionId --output text --query-string "$(${text})"`,
  ].join(' ');
}

/** `aws ecs run-task` with the network of the schedule; null: the task's own command. */
function runTask({ network, exec }: Started, command: readonly string[] | null): string {
  const subnets = Fn.join(',', network.vpc.selectSubnets(network.subnets).subnetIds);
  const publicIp = network.assignPublicIp ? 'ENABLED' : 'DISABLED';
  const group = network.securityGroup.securityGroupId;
  const overrides = { containerOverrides: [{ name: INFRASTRUCTURE.container, command }] };
  return [
    `aws ecs run-task --region ${Aws.REGION} --cluster ${INFRASTRUCTURE.cluster} --launch-type FARGATE`,
    `--task-definition ${INFRASTRUCTURE.taskFamily}`,
    `--network-configuration 'awsvpcConfiguration={subnets=[${subnets}],securityGroups=[${group}],assignPublicIp=${publicIp}}'`,
    ...(exec ? ['--enable-execute-command'] : []),
    ...(command === null ? [] : [`--overrides '${JSON.stringify(overrides)}'`]),
  ].join(' ');
}
