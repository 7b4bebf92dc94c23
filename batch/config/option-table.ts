import type { z } from 'zod';
import { ENV } from '../contract/environment.js';
import type { Text } from '../contract/text.js';
import { SERVICES } from '../core/model.js';
import * as value from './values.js';

/** One setting of `collect`: where it may come from, what it may be, what it is when nobody says. */
export interface OptionRow {
  /** Long option and key of the config file; null: environment only. */
  readonly flag: string | null;
  readonly env?: string | readonly string[];
  readonly kind: 'text' | 'list' | 'flag';
  readonly schema: z.ZodType;
  /** Parsed like any other value; undefined: none. */
  readonly fallback?: unknown;
  /** What it does, for `--help`. */
  readonly help?: Text;
  /** Accepted values, for the message about one that is not. */
  readonly accepts?: Text;
  /** Understood, but what it needs is not part of this version. */
  readonly later?: true;
}

export const integer = (min: number, max: number): Text => ({
  ja: `${min}〜${max} の整数`,
  en: `a whole number from ${min} to ${max}`,
});
const decimal = (min: number, max: number): Text => ({
  ja: `${min}〜${max} の数値`,
  en: `a number from ${min} to ${max}`,
});
const oneOf = (...values: string[]): Text => ({ ja: values.join('、'), en: values.join(', ') });

const WEEK_SECONDS = 604_800;

export const OPTIONS = {
  services: {
    flag: 'services',
    env: ENV.services,
    kind: 'list',
    schema: value.services,
    fallback: [...SERVICES],
    help: { ja: '収集するサービス', en: 'services to collect' },
    accepts: oneOf(...SERVICES),
  },
  region: {
    flag: 'region',
    env: ENV.region,
    kind: 'text',
    schema: value.region,
    help: { ja: '収集するリージョン', en: 'region to collect' },
    accepts: { ja: 'us-east-1 のような形式', en: 'a name such as us-east-1' },
  },
  profile: {
    flag: 'profile',
    env: ENV.profile,
    kind: 'text',
    schema: value.text,
    help: { ja: 'AWS 共有設定のプロファイル', en: 'profile of the shared AWS configuration' },
    accepts: { ja: 'プロファイル名', en: 'the name of a profile' },
  },
  clearCache: {
    flag: 'clear-cache',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: { ja: 'キャッシュを再利用しない（削除はしない）', en: 'reuse nothing (nothing is deleted)' },
  },
  force: {
    flag: 'force',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: { ja: '実行中の重複バッチのロックを引き継ぐ', en: 'take over the lease of a running duplicate' },
  },
  ifLocked: {
    flag: 'if-locked',
    env: ENV.ifLocked,
    kind: 'text',
    schema: value.ifLocked,
    fallback: 'fail',
    help: { ja: '重複実行の終わり方: fail または skip', en: 'what a duplicate run ends as: fail or skip' },
    accepts: oneOf('fail', 'skip'),
  },
  concurrency: {
    flag: 'concurrency',
    env: ENV.concurrency,
    kind: 'text',
    schema: value.number(1, 32),
    fallback: 5,
    help: { ja: '同時に収集するサービスの数', en: 'services at once' },
    accepts: integer(1, 32),
  },
  store: {
    flag: 'store',
    env: ENV.store,
    kind: 'text',
    schema: value.store,
    fallback: './data',
    help: {
      ja: 'スナップショットの保存先（ディレクトリまたは s3://bucket/prefix）',
      en: 'where the snapshots are kept: a directory or s3://bucket/prefix',
    },
    accepts: { ja: 'ディレクトリ、または s3://bucket/prefix', en: 'a directory, or s3://bucket/prefix' },
  },
  tenant: {
    flag: 'tenant',
    env: ENV.tenant,
    kind: 'text',
    schema: value.tenant,
    fallback: 'default_tenant',
    help: { ja: '保存先の最初のフォルダ', en: 'first folder in the store' },
    accepts: { ja: '英数字、_、- の 1〜64 文字', en: '1 to 64 letters, digits, _ and -' },
  },
  targetDate: {
    flag: 'target-date',
    kind: 'text',
    schema: value.date,
    help: { ja: 'スナップショットの日付', en: 'day that the snapshot is filed under' },
    accepts: { ja: 'YYYY-MM-DD 形式の日付', en: 'a day as YYYY-MM-DD' },
  },
  backfill: {
    flag: 'backfill',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: {
      ja: '今日・昨日以外の日付に現在の状態を記録することを許す',
      en: "allow filing today's state under a day other than today or yesterday",
    },
  },
  targetDateOffset: {
    flag: null,
    env: ENV.targetDateOffset,
    kind: 'text',
    schema: value.number(-7, 7),
    fallback: 0,
    accepts: integer(-7, 7),
  },
  timeZone: {
    flag: 'time-zone',
    env: ENV.timeZone,
    kind: 'text',
    schema: value.timeZone,
    fallback: 'UTC',
    help: { ja: '日付を決めるタイムゾーン', en: 'time zone of the target date' },
    accepts: { ja: 'Asia/Tokyo のような IANA 名', en: 'an IANA name such as Asia/Tokyo' },
  },
  cacheTtl: {
    flag: 'cache-ttl',
    env: ENV.cacheTtl,
    kind: 'text',
    schema: value.number(0, 8760, 'decimal'),
    fallback: 24,
    help: { ja: '結果を再利用する時間（0 は再利用しない）', en: "hours that a unit's result is reused; 0 never" },
    accepts: decimal(0, 8760),
  },
  timeout: {
    flag: 'timeout',
    env: ENV.timeout,
    kind: 'text',
    schema: value.number(0.001, WEEK_SECONDS, 'decimal'),
    fallback: 3600,
    help: { ja: '実行全体の制限時間（秒）', en: 'deadline of the run in seconds' },
    accepts: decimal(0.001, WEEK_SECONDS),
  },
  callTimeout: {
    flag: 'call-timeout',
    env: ENV.callTimeout,
    kind: 'text',
    schema: value.number(0.001, 3600, 'decimal'),
    fallback: 30,
    help: { ja: 'API 呼び出し一回の制限時間（秒）', en: 'limit of one API call in seconds' },
    accepts: decimal(0.001, 3600),
  },
  maxRetries: {
    flag: 'max-retries',
    env: ENV.maxRetries,
    kind: 'text',
    schema: value.number(0, 20),
    fallback: 3,
    help: { ja: 'API 呼び出しの再試行回数', en: 'further tries of an API call that failed in a passing way' },
    accepts: integer(0, 20),
  },
  initialRetryDelay: {
    flag: null,
    env: ENV.initialRetryDelay,
    kind: 'text',
    schema: value.number(0, 3600, 'decimal'),
    fallback: 1,
    accepts: decimal(0, 3600),
  },
  lang: {
    flag: 'lang',
    env: ENV.lang[0],
    kind: 'text',
    schema: value.langName,
    help: { ja: 'メッセージの言語: ja または en', en: 'language of messages: ja or en' },
    accepts: oneOf('ja', 'en'),
  },
  logLevel: {
    flag: 'log-level',
    env: ENV.logLevel,
    kind: 'text',
    schema: value.logLevel,
    help: { ja: 'ログの詳しさ', en: 'how much is logged' },
    accepts: oneOf('error', 'warn', 'info', 'debug'),
  },
  output: {
    flag: 'output',
    kind: 'text',
    schema: value.output,
    fallback: 'json',
    help: { ja: '標準出力の形式: json または table', en: 'what stdout gets: json or table' },
    accepts: oneOf('json', 'table'),
  },
  endpointUrl: {
    flag: 'endpoint-url',
    env: ENV.endpointUrl,
    kind: 'text',
    schema: value.url,
    help: { ja: 'AWS 互換エンドポイントの URL', en: 'an AWS-compatible endpoint' },
    accepts: { ja: 'http:// または https:// の URL', en: 'an http:// or https:// URL' },
  },
  quiet: {
    flag: 'quiet',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: { ja: '端末に進捗を表示しない', en: 'no progress on the terminal' },
  },
  report: {
    flag: 'report',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: { ja: 'report.html も書き出す', en: 'also write report.html' },
    later: true,
  },
  dryRun: {
    flag: 'dry-run',
    kind: 'flag',
    schema: value.flag,
    fallback: false,
    help: { ja: '計画だけを表示する', en: 'plan only: no call, no write' },
  },
  lockTable: {
    flag: null,
    env: ENV.lockTable,
    kind: 'text',
    schema: value.tableName,
    accepts: { ja: 'DynamoDB のテーブル名', en: 'the name of a DynamoDB table' },
  },
  leaseSeconds: {
    flag: null,
    env: ENV.leaseSeconds,
    kind: 'text',
    schema: value.number(0.5, 3600, 'decimal'),
    fallback: 60,
    accepts: decimal(0.5, 3600),
  },
  deadLetterQueue: {
    flag: null,
    env: ENV.deadLetterQueue,
    kind: 'text',
    schema: value.queueUrl,
    accepts: {
      ja: 'FIFO ではない SQS キューの URL',
      en: 'the URL of an SQS queue that is no FIFO queue',
    },
  },
  acceptedGaps: {
    flag: null,
    env: ENV.acceptedGaps,
    kind: 'text',
    schema: value.acceptedGaps,
    fallback: [],
    accepts: {
      ja: '[{"resource_type": "AWS::RDS::DBCluster", "status": "denied", "region": "us-east-1"}] のような JSON',
      en: 'JSON such as [{"resource_type": "AWS::RDS::DBCluster", "status": "denied", "region": "us-east-1"}]',
    },
  },
  scheduledAt: {
    flag: null,
    env: ENV.scheduledAt,
    kind: 'text',
    schema: value.instant,
    accepts: { ja: '2026-01-31T17:00:00Z のような時刻', en: 'a time such as 2026-01-31T17:00:00Z' },
  },
  runType: {
    flag: null,
    env: ENV.runType,
    kind: 'text',
    schema: value.runType,
    fallback: 'local',
    accepts: oneOf('local', 'docker', 'ecs'),
  },
  logDir: {
    flag: null,
    env: ENV.logDir,
    kind: 'text',
    schema: value.text,
    accepts: { ja: 'ディレクトリ', en: 'a directory' },
  },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof OPTIONS;

/** Every option's value after parsing. */
export type Values = {
  [K in OptionName]:
    | z.output<(typeof OPTIONS)[K]['schema']>
    | ((typeof OPTIONS)[K] extends { fallback: unknown } ? never : undefined);
};
