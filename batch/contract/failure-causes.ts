import type { UnitStatus } from './statuses.js';
import type { Text } from './text.js';

/** A kind of failure: how it is known, where it mostly comes from, what helps. */
export interface FailureCause {
  readonly cause: string;
  readonly code?: RegExp;
  /** A failure with this status is of this cause, whatever its code. */
  readonly status?: UnitStatus;
  readonly likely: Text;
  /** `{actions}`: the IAM actions of the resource types that failed. */
  readonly remedy: Text;
}

/** From the particular to the general: the first that fits counts, the last fits always. */
export const FAILURE_CAUSES = [
  {
    cause: 'CREDENTIALS_EXPIRED',
    code: /^EXPIRED_CREDENTIALS$/,
    likely: {
      ja: 'SSO セッションまたは一時的な認証情報の有効期限が、実行の前か途中で切れました。',
      en: 'The SSO session or the temporary keys ran out, before the run or on the way.',
    },
    remedy: {
      ja: '認証情報を更新し (aws sso login --profile NAME)、arv failures redrive を実行してください。',
      en: 'Renew the credentials (aws sso login --profile NAME), then run arv failures redrive.',
    },
  },
  {
    cause: 'CREDENTIALS_REFUSED',
    code: /^(INVALID|NO)_CREDENTIALS$/,
    likely: {
      ja: 'アクセスキーが無効か存在しない、ホストの時計がずれている、またはオプトインリージョンが有効になっていません。',
      en: 'The key is wrong or missing, the clock of the host is off, or an opt-in region is not enabled.',
    },
    remedy: {
      ja: 'アクセスキー、ホストの時計、リージョンの有効化を確認してください。',
      en: 'Check the key, the clock of the host, and that the region is enabled for the account.',
    },
  },
  {
    cause: 'SERVICE_DOWN',
    code: /^CIRCUIT_OPEN$/,
    likely: {
      ja: 'サービスが続けて応答しなかったため、呼び出しを控えました。最初の失敗の原因は同じ実行の他のエラーにあります。',
      en: 'The service did not answer several times in a row, so it was not called. The first errors of that run say why.',
    },
    remedy: {
      ja: 'AWS Health Dashboard とネットワークを確認し、復旧後に arv failures redrive を実行してください。',
      en: 'Look at the AWS Health Dashboard and the network; when it answers again, run arv failures redrive.',
    },
  },
  {
    cause: 'CALL_TIMEOUT',
    code: /^(CALL_TIMEOUT|RequestTimeout(Exception)?)$/,
    likely: {
      ja: '制限時間 (--call-timeout) 内に応答がありませんでした。ネットワークが遅いか、経路が遮断されています。',
      en: 'No answer within --call-timeout: a slow network, or a path that swallows packets.',
    },
    remedy: {
      ja: '経路 (NAT、VPC エンドポイント、プロキシ) を確認し、--call-timeout を延ばしてください。',
      en: 'Check the path (NAT, VPC endpoints, proxy), and raise --call-timeout.',
    },
  },
  {
    cause: 'RUN_DEADLINE',
    code: /^DEADLINE$/,
    likely: {
      ja: '読み取る前に実行全体の制限時間 (--timeout) に達しました。',
      en: 'The run reached its deadline (--timeout) before these were read.',
    },
    remedy: {
      ja: 'arv failures redrive で残りを読み取り、--timeout または --concurrency を増やしてください。',
      en: 'Read the rest with arv failures redrive; raise --timeout or --concurrency.',
    },
  },
  {
    cause: 'UNIT_DEADLINE',
    code: /^UNIT_DEADLINE$/,
    likely: {
      ja: '一つのリソースタイプが、残り時間の半分を使い切りました。件数が非常に多いか、応答が遅くなっています。',
      en: 'One resource type took half of the time that was left: very many resources, or slow answers.',
    },
    remedy: {
      ja: '--timeout を延ばすか、arv failures redrive で単独で読み取ってください。',
      en: 'Raise --timeout, or read it by itself with arv failures redrive.',
    },
  },
  {
    cause: 'DAMAGED_FILE',
    code: /^DAMAGED$/,
    likely: {
      ja: '公開済みのファイルが、保存後に失われたか変更されました。',
      en: 'A published file was lost or changed after it was stored.',
    },
    remedy: {
      ja: 'arv snapshots verify で確認し、変更した者を突き止めてから arv failures redrive を実行してください。',
      en: 'Look with arv snapshots verify, find what changed the files, then run arv failures redrive.',
    },
  },
  {
    cause: 'LOCKED',
    code: /^LOCK(ED|_LOST|_UNAVAILABLE)$/,
    likely: {
      ja: '別のリージョンの実行が、アカウント共通のロック (global) を保持していたか、ロックを利用できませんでした。',
      en: "Another region's run held the lease of the account (global), or that lease could not be used.",
    },
    remedy: {
      ja: '各リージョンの実行時刻をずらし、arv lock status で確認してから arv failures redrive を実行してください。',
      en: 'Let the regions run at different times; look with arv lock status, then run arv failures redrive.',
    },
  },
  {
    cause: 'NOT_AWS',
    code: /^(INVALID_RESPONSE|HTTP_4(?!29)..)$/,
    likely: {
      ja: 'AWS 以外のもの (プロキシ、ログインページ) が応答したか、応答が途中で切れました。',
      en: 'Something that is not AWS answered (a proxy, a login page), or the answer was cut short.',
    },
    remedy: {
      ja: 'AWS へ直接、または VPC エンドポイント経由で接続してください。--endpoint-url も確認してください。',
      en: 'Let the program reach AWS directly or through VPC endpoints; check --endpoint-url.',
    },
  },
  {
    cause: 'ODD_ANSWER',
    code: /^(INVALID_ITEM|PAGINATION_LOOP)$/,
    likely: {
      ja: '応答が AWS の仕様どおりではありません (ID のない項目、繰り返されるページトークン)。',
      en: 'An answer that is not as AWS describes it: an item without its id, a page token that comes again.',
    },
    remedy: {
      ja: 'arv failures redrive を実行し、続く場合はログとともに報告してください。',
      en: 'Run arv failures redrive; if it stays, report it with the log.',
    },
  },
  {
    cause: 'NAME_RESOLUTION',
    code: /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL|EAI_NODATA)$/,
    likely: {
      ja: 'ホスト名を解決できません。DNS の障害か、そのリージョンにサービスがありません。',
      en: 'The host name cannot be resolved: DNS fails, or the region does not have the service.',
    },
    remedy: {
      ja: 'DNS の設定と、リージョン名を確認してください。',
      en: 'Check the name resolution and the name of the region.',
    },
  },
  {
    cause: 'CONNECTION',
    code: /^(E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|PROTO)|.*(CERT|TLS|SSL).*|UND_ERR_.*)$/,
    likely: {
      ja: '接続できないか、途中で切断されました。ファイアウォール、セキュリティグループ、NAT、証明書を疑ってください。',
      en: 'No connection, or one that broke: a firewall, a security group, NAT, or a certificate.',
    },
    remedy: {
      ja: 'AWS への 443 番ポートと経路を確認してください。証明書の場合は NODE_EXTRA_CA_CERTS を設定してください。',
      en: 'Open port 443 to AWS and check the path; for certificates set NODE_EXTRA_CA_CERTS.',
    },
  },
  {
    cause: 'THROTTLED',
    status: 'throttled',
    code: /thrott|^(TooManyRequests|RequestLimitExceeded|SlowDown|BandwidthLimitExceeded|LimitExceeded|RequestThrottled)/i,
    likely: {
      ja: 'このアカウントとリージョンへの要求が多すぎます。他のプログラムも同じ上限を使います。',
      en: 'Too many requests in this account and region; other programs use the same quota.',
    },
    remedy: {
      ja: '--concurrency 1 または --max-retries 8 で実行するか、時刻をずらして arv failures redrive を実行してください。',
      en: 'Run with --concurrency 1 or --max-retries 8, or run arv failures redrive at a quieter time.',
    },
  },
  {
    cause: 'ACCESS_DENIED',
    status: 'denied',
    code: /AccessDenied|^Unauthorized|^AuthorizationError|^AllAccessDisabled/,
    likely: {
      ja: 'ロールに権限がないか、SCP、アクセス許可の境界、セッションポリシーが禁止しています。',
      en: 'The role lacks a permission, or a service control policy, a boundary or a session policy forbids it.',
    },
    remedy: {
      ja: 'IAM アクションを許可するか ({actions})、accepted_gaps に登録してください。',
      en: 'Allow the IAM actions ({actions}), or list the gap in accepted_gaps.',
    },
  },
  {
    cause: 'NOT_OFFERED',
    code: /^(OptInRequired|NotImplemented|InvalidAction|Unsupported|UnknownOperation|SubscriptionRequired)/,
    likely: {
      ja: '同じ日に読み取れたサービスが、提供されていないと応答しました。',
      en: 'A service that could be read earlier that day says that it is not offered here.',
    },
    remedy: {
      ja: 'リージョンが有効なままかを確認し、arv failures redrive を実行してください。',
      en: 'Check that the region is still enabled, then run arv failures redrive.',
    },
  },
  {
    cause: 'SERVER_ERROR',
    code: /^(Internal(Error|Failure|ServerError|ServerException)|Service(Unavailable|Exception|Failure)|Unavailable|HTTP_5)/,
    likely: { ja: 'AWS 側の障害です (5xx)。', en: 'A fault on the side of AWS (5xx).' },
    remedy: {
      ja: 'AWS Health Dashboard を確認し、arv failures redrive を実行してください。',
      en: 'Look at the AWS Health Dashboard, then run arv failures redrive.',
    },
  },
  {
    cause: 'UNKNOWN',
    likely: { ja: '既知の原因ではありません。', en: 'None of the known causes.' },
    remedy: {
      ja: 'コード、メッセージ、スタックを確認してください (arv failures list とログ)。',
      en: 'Look at code, message and stack (arv failures list, and the log).',
    },
  },
] as const satisfies readonly FailureCause[];
