import type { Text } from '../contract/text.js';

/** What the checks say. `{…}` are fields; names, codes and AWS's own words are the same in both languages. */
export const TEXTS = {
  regionGiven: { ja: 'オプション、環境変数、設定ファイルのいずれかで指定', en: 'given by option, environment or file' },
  regionOfProfile: { ja: 'プロファイルの region', en: 'the region of the profile' },
  regionMissing: { ja: 'どこにも指定がない', en: 'not given anywhere' },
  regionOfProfileWrong: {
    ja: 'プロファイルの region を us-east-1 のような名前にしてください',
    en: 'correct the region of the profile: a name such as us-east-1',
  },
  credentialsFound: { ja: '見つかりました', en: 'found' },
  credentialsAccepted: { ja: '見つかり、STS が受け付けました', en: 'found, and accepted by STS' },
  identity: { ja: 'アカウント {account_id}、{arn}', en: 'account {account_id}, {arn}' },
  regionEnabled: {
    ja: 'このリージョンの STS が認証情報を受け付けました',
    en: 'its STS accepts the credentials',
  },
  regionDisabled: {
    ja: '{home} では有効な認証情報を、このリージョンの STS が拒否しました ({message})',
    en: 'its STS refuses credentials that are good in {home} ({message})',
  },
  clockRight: { ja: 'ずれは 2 秒未満', en: 'within 2 s of AWS' },
  clockAhead: { ja: 'AWS より {seconds} 秒進んでいます', en: '{seconds} s ahead of AWS' },
  clockBehind: { ja: 'AWS より {seconds} 秒遅れています', en: '{seconds} s behind AWS' },
  noDate: { ja: 'STS から時刻を得られませんでした', en: 'STS told no time' },
  seeCheck: { ja: '{check} が OK でないため調べていません', en: 'not tried, since {check} is not OK' },
  seeAction: { ja: '{action} に失敗したため調べていません', en: 'not tried, since {action} failed' },
  triedOn: { ja: '{types}（{resource} で確認）', en: '{types} (tried on {resource})' },
  nothingToTry: { ja: '{types}: 試す対象のリソースがありません', en: '{types}: nothing to try it on' },
  notNeeded: {
    ja: '{types}: 一覧だけで分かるため、呼び出しませんでした',
    en: '{types}: not called, since the list told it already',
  },
  failed: { ja: '{code}: {message}', en: '{code}: {message}' },
  callFailed: { ja: '{types}: {code}: {message}', en: '{types}: {code}: {message}' },
  unsupported: {
    ja: '{types}: このリージョンでは提供されていません ({code})。0 件とみなします',
    en: '{types}: not offered in this region ({code}); counts as empty',
  },
  accepted: { ja: '{types}: 許容する欠落です ({code})', en: '{types}: an accepted gap ({code})' },
  tableReadable: { ja: 'テーブル {table}、{state}', en: 'table {table}, {state}' },
  tableWritable: {
    ja: 'テーブル {table}（成り立たない条件で確認。何も書き込んでいません）',
    en: 'table {table} (by a condition that never holds: nothing was written)',
  },
  folderWritable: { ja: '書き込めます、{state}', en: 'writable, {state}' },
  leaseFree: { ja: 'ロックは空いています', en: 'the lease is free' },
  leaseHeld: {
    ja: 'ロックは実行中のバッチ {owner} が {until} まで持っています',
    en: 'a run holds the lease until {until}: {owner}',
  },
  filesOnEcs: {
    ja: 'タスク自身のディスクに置くロックは、ほかのタスクを排他できません',
    en: "lease files on a task's own disk keep no other task out",
  },
  bucketWritable: {
    ja: '一覧を取得でき、書き込めます（試し書きは残していません）',
    en: 'can be listed and written (what was tried left nothing)',
  },
  remedyBucket: {
    ja: 'バケット名と、s3:ListBucket、s3:GetObject、s3:PutObject の権限を確かめてください',
    en: "check the bucket's name, and allow s3:ListBucket, s3:GetObject and s3:PutObject",
  },
  storeWritable: {
    ja: '書き込めます、排他リンク可、空き {free} GiB',
    en: 'writable, exclusive links, {free} GiB free',
  },
  writable: { ja: '書き込めます', en: 'writable' },
  logUnwritable: {
    ja: '{reason}（実行はできますが、ログはコンソールのみになります）',
    en: '{reason} (a run would go on, with its log on the console only)',
  },
  logOnConsole: {
    ja: 'BATCH_RUN_TYPE={type} ではファイルに書きません',
    en: 'no file is written with BATCH_RUN_TYPE={type}',
  },
  remedyNoCredentials: {
    ja: 'プロファイル名を確かめ、aws sso login か aws configure で設定してください。ECS ではタスクロールを付けてください',
    en: 'check the name of the profile; aws sso login or aws configure; on ECS, give the task a role',
  },
  remedyCredentials: {
    ja: 'aws sso login、または一時キーを取り直してください',
    en: 'aws sso login, or get new temporary keys',
  },
  remedyRefused: {
    ja: 'アクセスキー、この PC の時計、リージョンがアカウントで有効かを確かめてください',
    en: 'check the access key, the clock of this host, and that the region is enabled for the account',
  },
  remedyRegion: {
    ja: 'アカウント設定で {region} を有効にしてください。グローバル STS で得た一時キーなら、リージョンの STS で取り直してください',
    en: 'enable {region} in the account settings; or, with temporary keys of the global STS endpoint, get ones of a regional endpoint',
  },
  remedyClock: { ja: '時計を NTP で合わせてください', en: 'set the clock, by NTP' },
  remedyDenied: {
    ja: '{action} を {principal} に許可してください。許可済みなら SCP、アクセス許可の境界、リソース側のポリシーを確かめてください',
    en: 'allow {action} to {principal}; if it is allowed already, look for an SCP, a permission boundary or a policy of the resource',
  },
  remedyPassing: {
    ja: '一時的な失敗です。しばらくしてから再実行してください',
    en: 'this passes: run it again in a while',
  },
  remedyForeign: {
    ja: 'AWS 以外のもの（プロキシなど）が応答しています。AWS に直接、または VPC エンドポイント経由で接続してください',
    en: 'something that is not AWS answers (a proxy?): connect to AWS directly or through VPC endpoints',
  },
  remedyNetwork: {
    ja: 'AWS への 443 番ポート、DNS、VPC エンドポイント、リージョン名、--endpoint-url、--call-timeout を確かめてください',
    en: 'check port 443 to AWS, DNS, VPC endpoints, the name of the region, --endpoint-url and --call-timeout',
  },
  remedyOther: {
    ja: 'メッセージを確かめ、--log-level debug で再実行してください',
    en: 'see the message; --log-level debug tells more',
  },
  remedyNoTable: {
    ja: 'LOCK_TABLE_NAME と、テーブルのリージョン (AWS_REGION) を確かめるか、テーブルを作成してください',
    en: "check LOCK_TABLE_NAME and the table's region (AWS_REGION), or create the table",
  },
  remedyTableKey: {
    ja: 'パーティションキーが lock_key（文字列）で、ソートキーの無いテーブルを指定してください',
    en: 'name a table with the partition key lock_key (string) and no sort key',
  },
  remedyNoTableNamed: {
    ja: 'LOCK_TABLE_NAME に DynamoDB のテーブルを指定してください',
    en: 'name a DynamoDB table in LOCK_TABLE_NAME',
  },
  remedyLeaseFolder: {
    ja: '--store の場所と書き込み権限を確かめるか、LOCK_TABLE_NAME を指定してください',
    en: 'check the place given by --store and its permission, or set LOCK_TABLE_NAME',
  },
  remedyStore: {
    ja: '--store の場所、書き込み権限、空き容量を確かめてください',
    en: 'check the place given by --store, its write permission and free space',
  },
  remedyLink: {
    ja: 'ハードリンクのできる、全体で一つのファイルシステムを --store に指定してください',
    en: 'name a --store that lies as a whole on one file system with hard links',
  },
  remedyLog: {
    ja: 'AWS_RESOURCE_VISUALIZER_LOG_DIR に書き込めるディレクトリを指定してください',
    en: 'set AWS_RESOURCE_VISUALIZER_LOG_DIR to a directory that can be written',
  },
  interrupted: { ja: '中断されました ({signal})', en: 'Interrupted ({signal})' },
} as const satisfies Record<string, Text>;
