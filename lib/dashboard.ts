import { Aws, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { OPTIONS } from '../batch/config/option-table.js';
import { type AlarmName, alarmName } from '../batch/contract/alarms.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { LOG_QUERIES, type LogQueryName } from '../batch/contract/log-queries.js';
import type { Text } from '../batch/contract/text.js';
import { memoryPercent, ruleMetric, runMetric } from './batch-metrics.js';
import type { ScheduleRule } from './schedule-rule.js';
import type { Settings } from './settings.js';

const TITLES = {
  alarms: { ja: 'アラーム', en: 'Alarms' },
  lastRuns: { ja: '直近の実行', en: 'Last runs' },
  outcomes: { ja: '実行の結果（1 = 成功）', en: 'Outcome of the runs (1 = success)' },
  duration: { ja: '所要時間', en: 'Duration' },
  resources: { ja: 'サービス別のリソース数', en: 'Resources by service' },
  failures: {
    ja: '読み取れなかったもの、ロックの喪失、遅れている Parquet ファイル',
    en: 'Units failed, leases lost, Parquet files that lag',
  },
  throttles: { ja: 'API 呼び出しとスロットリング', en: 'API calls and throttles' },
  invocations: { ja: '起動した回数と成功した回数', en: 'Invocations against successes' },
  queue: { ja: '配信不能キューのメッセージ', en: 'Messages in the queue of the undelivered' },
  memory: { ja: 'メモリ使用率', en: 'Memory in use' },
  errors: { ja: '直近のエラー', en: 'Recent errors' },
  limit: { ja: '上限', en: 'limit' },
} as const satisfies Record<string, Text>;

const FULL_WIDTH = 24;
/** A point for each day and, with a schedule that runs more often, for each run of the hour. */
const PERIOD = Duration.hours(1);

interface DashboardProps {
  readonly settings: Settings;
  readonly schedule: ScheduleRule;
  readonly alarms: readonly AlarmName[];
}

/** One page that answers: did it run, how did it end, what is wrong. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, schedule, alarms }: DashboardProps) {
    super(scope, id);
    const title = (name: keyof typeof TITLES) => TITLES[name][settings.lang];
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      // Dashboards are known by their name in all regions of an account.
      dashboardName: `${INFRASTRUCTURE.stack}-${Aws.REGION}`,
      defaultInterval: Duration.days(14),
    });
    dashboard.addWidgets(
      new cloudwatch.AlarmStatusWidget({
        title: title('alarms'),
        // By name: moto makes no alarms, and would find nothing behind a reference.
        alarms: alarms.map((name) => cloudwatch.Alarm.fromAlarmName(this, name, alarmName(name))),
        width: FULL_WIDTH,
        height: 4,
      }),
    );
    dashboard.addWidgets(logTable(title('lastRuns'), 'last-runs'));
    for (const row of graphs(settings, schedule, title)) dashboard.addWidgets(...row);
    dashboard.addWidgets(logTable(title('errors'), 'recent-errors'));
  }
}

function graphs(
  settings: Settings,
  { rule, undelivered }: ScheduleRule,
  title: (name: keyof typeof TITLES) => string,
): cloudwatch.GraphWidget[][] {
  const graph = (name: keyof typeof TITLES, left: cloudwatch.IMetric[], more: cloudwatch.GraphWidgetProps = {}) =>
    new cloudwatch.GraphWidget({
      title: title(name),
      left,
      width: FULL_WIDTH / 3,
      period: PERIOD,
      leftYAxis: { min: 0 },
      ...more,
    });
  const bars = { view: cloudwatch.GraphWidgetView.BAR, period: Duration.days(1) };
  const limit = { value: OPTIONS.timeout.fallback * 1000, label: title('limit') };
  const resources = settings.services.map((service) => runMetric('ResourcesCollected', 'Maximum', service));
  return [
    [
      graph('outcomes', [runMetric('RunSucceeded', 'Maximum')]),
      graph('duration', [runMetric('RunDuration', 'Maximum')], { leftAnnotations: [limit] }),
      graph('resources', resources),
    ],
    [
      graph(
        'failures',
        (['UnitsFailed', 'LockLost', 'ProjectionsLagging'] as const).map((name) => runMetric(name, 'Maximum')),
      ),
      graph('throttles', [runMetric('ApiCalls', 'Sum')], { right: [runMetric('Throttles', 'Sum')] }),
      graph(
        'memory',
        [memoryPercent(), runMetric('MemoryUtilization', 'Maximum'), runMetric('DiskUtilization', 'Maximum')],
        {
          leftYAxis: { min: 0, max: 100 },
          right: [runMetric('EventLoopDelay', 'Maximum')],
        },
      ),
    ],
    [
      graph('invocations', [ruleMetric('Invocations', rule), runMetric('RunSucceeded', 'Sum')], bars),
      graph('queue', [undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })]),
    ],
  ];
}

function logTable(title: string, query: LogQueryName): cloudwatch.LogQueryWidget {
  return new cloudwatch.LogQueryWidget({
    title,
    logGroupNames: [INFRASTRUCTURE.logGroup],
    queryLines: LOG_QUERIES[query].split('\n| '),
    view: cloudwatch.LogQueryVisualizationType.TABLE,
    width: FULL_WIDTH,
    height: 7,
  });
}
