import type { Text } from '../contract/text.js';
import { OPTIONS, type OptionRow } from './option-table.js';

/** One command: its words, its help and the options that it takes. */
export interface CommandRow {
  readonly aliases: readonly string[];
  /** Words behind the command, one of which must follow it; none: nothing may follow. */
  readonly actions: readonly string[];
  /** A word behind the command or its action. */
  readonly operand?: { readonly name: string; readonly accepts: Text; readonly optional?: true };
  readonly help: Text;
  readonly options: readonly string[];
  /** Help of options that do something else here than in `collect`. */
  readonly ownHelp?: Readonly<Record<string, Text>>;
  /** Options that only these actions take; any other: all of them. */
  readonly ofActions?: Readonly<Record<string, readonly string[]>>;
}

/** Of commands that read what was published. */
const ONE_REGION: CommandRow['ownHelp'] = {
  region: {
    ja: '1 つのリージョンに絞る（既定はすべて。global: アカウントに属するもの）',
    en: 'one region only (default: all of them; global: what belongs to the account)',
  },
};

export const COMMANDS = {
  collect: {
    aliases: ['app_batch'],
    actions: [],
    help: { ja: 'AWS リソースを収集する（既定のコマンド）', en: 'collect AWS resources (the default command)' },
    options: ['config', ...flagsOf(OPTIONS)],
  },
  services: {
    aliases: [],
    actions: [],
    help: {
      ja: 'サービス、リソースタイプ、必要な IAM アクションの一覧',
      en: 'services, resource types and the IAM actions they need',
    },
    options: ['lang', 'output'],
  },
  doctor: {
    aliases: [],
    actions: [],
    help: {
      ja: '収集の前提（認証情報、権限、ロック、保存先）を調べる',
      en: 'check what a run needs: credentials, permissions, lock, store',
    },
    options: [
      ...['region', 'profile', 'services', 'store', 'tenant', 'endpoint-url', 'call-timeout'],
      ...['lang', 'output', 'log-level', 'config'],
    ],
  },
  lock: {
    aliases: [],
    actions: ['status', 'release'],
    help: { ja: 'ロックの状態を表示する、解放する', en: 'who holds the lock; release it' },
    options: ['region', 'profile', 'tenant', 'store', 'endpoint-url', 'lang', 'output', 'log-level', 'config', 'yes'],
    ownHelp: { region: { ja: 'ロックのリージョン', en: 'region of the lease' } },
  },
  snapshots: {
    aliases: [],
    actions: ['list', 'show', 'verify', 'repair'],
    help: {
      ja: 'スナップショットの一覧、台帳、検証、Parquet ファイルの作り直し',
      en: 'days, the ledger of a day, verification, rendering of what lags',
    },
    options: ['date', 'store', 'tenant', 'region', 'profile', 'endpoint-url', 'lang', 'output', 'config'],
    ownHelp: ONE_REGION,
  },
  failures: {
    aliases: [],
    actions: ['list', 'analyze', 'redrive'],
    help: { ja: '失敗したユニットの一覧、分析、再実行', en: 'units that failed: list, analysis, another run of them' },
    options: [
      ...['store', 'tenant', 'region', 'lang', 'output', 'config', 'date', 'from', 'to', 'from-queue', 'backfill'],
      ...['profile', 'endpoint-url', 'time-zone', 'concurrency', 'timeout', 'call-timeout', 'max-retries'],
      ...['force', 'if-locked', 'log-level', 'quiet'],
    ],
    ownHelp: {
      region: {
        ja: 'list、analyze: 1 つのリージョンに絞る。redrive: 収集するリージョン',
        en: 'list, analyze: one region only; redrive: region to collect',
      },
    },
    ofActions: {
      ...{ date: ['list', 'redrive'], from: ['analyze'], to: ['analyze'], 'from-queue': ['redrive'] },
      ...{ backfill: ['redrive'], force: ['redrive'], 'if-locked': ['redrive'] },
    },
  },
  diff: {
    aliases: [],
    actions: [],
    help: { ja: '2 つの日の違い', en: 'what differs between two days' },
    options: ['from', 'to', 'store', 'tenant', 'region', 'profile', 'endpoint-url', 'lang', 'output', 'config'],
    ownHelp: ONE_REGION,
  },
  query: {
    aliases: [],
    actions: [],
    operand: {
      name: 'sql',
      accepts: { ja: '引用符で囲んだ SQL', en: 'SQL in quotation marks' },
      optional: true,
    },
    help: { ja: 'スナップショットに SQL で問い合わせる', en: 'ask the snapshots in SQL' },
    options: [
      ...['list', 'name', 'param', 'date', 'store', 'tenant', 'region', 'profile', 'endpoint-url'],
      ...['lang', 'output', 'config'],
    ],
    ownHelp: ONE_REGION,
  },
  export: {
    aliases: [],
    actions: [],
    help: { ja: '1 日分のリソースをファイルに書き出す', en: "a day's resources as a file" },
    options: ['format', 'out', 'date', 'store', 'tenant', 'region', 'profile', 'endpoint-url', 'lang', 'config'],
    ownHelp: ONE_REGION,
  },
  schedule: {
    aliases: [],
    actions: ['next'],
    operand: {
      name: 'expression',
      accepts: {
        ja: 'cron(0 17 * * ? *) や rate(1 day) のような EventBridge の式を引用符で囲んだもの',
        en: 'an EventBridge expression in quotation marks, such as "cron(0 17 * * ? *)" or "rate(1 day)"',
      },
    },
    help: { ja: 'スケジュール式の次の起動時刻', en: 'the next times of a schedule expression' },
    options: ['time-zone', 'count', 'lang', 'output'],
  },
  idle: {
    aliases: [],
    actions: [],
    help: { ja: 'ECS Exec のためにコンテナを待機させる', en: 'keep a container up for ECS Exec' },
    options: ['minutes', 'lang', 'log-level'],
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

function flagsOf(options: Readonly<Record<string, OptionRow>>): string[] {
  return Object.values(options).flatMap(({ flag }) => (flag === null ? [] : [flag]));
}
