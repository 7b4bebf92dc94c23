import { fill, type Lang, type Text } from './text.js';

export interface ErrorFacts {
  /** Exit code when nothing was published. */
  readonly exit: number;
  readonly text: Text;
  /** In its place, where what stands in the way belongs to the account. */
  readonly ofAccount?: Text;
  /** In its place, where a single manifest is what cannot be used. */
  readonly ofManifest?: Text;
  /** In its place, where a bucket is what cannot be used. */
  readonly ofBucket?: Text;
  /** A command that helps. */
  readonly hint?: string;
}

/** Every `error_code` of the result with its exit code and its message. `{…}` are fields of the failure. */
export const ERRORS = {
  USAGE: {
    exit: 2,
    text: {
      ja: '指定に誤りがあります: {problems}',
      en: 'The invocation is not valid: {problems}',
    },
  },
  NO_REGION: {
    exit: 2,
    text: {
      ja: 'リージョンが指定されていません。--region、環境変数 AWS_REGION、またはプロファイルの region で指定してください。',
      en: 'No region is given. Set --region, the environment variable AWS_REGION, or the region of the profile.',
    },
  },
  NO_CREDENTIALS: {
    exit: 1,
    text: { ja: 'AWS認証情報が設定されていません', en: 'AWS credentials are not configured' },
    hint: 'aws configure',
  },
  EXPIRED_CREDENTIALS: {
    exit: 1,
    text: {
      ja: 'AWS認証情報の有効期限が切れています。認証情報を更新してから再実行してください。',
      en: 'The AWS credentials have expired. Renew them and run again.',
    },
    hint: 'aws sso login',
  },
  INVALID_CREDENTIALS: {
    exit: 1,
    text: {
      ja: 'AWS認証情報が拒否されました ({reason})。アクセスキーと、リージョンがアカウントで有効かを確認してください。',
      en: 'AWS refused the credentials ({reason}). Check the access key, and that the region is enabled for the account.',
    },
  },
  AWS_UNREACHABLE: {
    exit: 1,
    text: {
      ja: 'AWS (STS) からの応答を確認できません: {reason}。ネットワーク、リージョン名、--endpoint-url を確認してください。',
      en: 'No valid answer from AWS (STS): {reason}. Check the network, the name of the region and --endpoint-url.',
    },
  },
  LOCKED: {
    exit: 4,
    text: {
      ja: '同じ条件でバッチが実行中です。--forceオプションで強制実行できます。',
      en: 'A batch with the same conditions is already running. Use --force to run anyway.',
    },
    // `--force` does not take the account's lease.
    ofAccount: {
      ja: '別の実行がこのアカウントのS3バケットを読み取り中です。その終了後に再実行してください。',
      en: 'Another run is reading the S3 buckets of this account. Run again when it has ended.',
    },
  },
  LOCK_UNAVAILABLE: {
    exit: 1,
    text: {
      ja: 'ロックを利用できません: {reason}。何も読み書きしていません。',
      en: 'The lock is not available: {reason}. Nothing was read or written.',
    },
  },
  LOCK_LOST: {
    exit: 1,
    text: {
      ja: '実行中にロックを失いました: {reason}。この実行のスナップショットは無効です。別の実行が引き継いでいればその結果を確認し、そうでなければ再実行してください。',
      en: 'The lock was lost during the run: {reason}. The snapshot of this run does not count. If another run took over, look at that one; otherwise run again.',
    },
  },
  STORE_UNAVAILABLE: {
    exit: 1,
    text: {
      ja: '保存先を利用できません: {reason}。--store の場所と書き込み権限、空き容量を確認してください。',
      en: 'The store is not available: {reason}. Check the place given by --store, its write permission and free space.',
    },
    ofBucket: {
      ja: '保存先を利用できません: {reason}。--store のバケット名とリージョン、権限 (s3:ListBucket、s3:GetObject、s3:PutObject)、ネットワークを確認してください。',
      en: 'The store is not available: {reason}. Check the name and region of the bucket given by --store, the permissions s3:ListBucket, s3:GetObject and s3:PutObject, and the network.',
    },
    ofManifest: {
      ja: 'マニフェスト {manifest} が壊れています: {reason}。保存先の外へ移動してから再実行してください。そこにあったリソースタイプは再利用するか、読み直します。',
      en: 'The manifest {manifest} is damaged: {reason}. Move it out of the store and run again: its units are then reused or read anew.',
    },
  },
  QUEUE_UNAVAILABLE: {
    exit: 1,
    text: {
      ja: 'デッドレターのキューを利用できません: {reason}。DLQ_QUEUE_URL と権限を確認してください。デッドレターは台帳にも残っています。',
      en: 'The queue of dead letters is not available: {reason}. Check DLQ_QUEUE_URL and the permissions. The dead letters are in the ledger too.',
    },
  },
  DUCKDB_UNAVAILABLE: {
    exit: 1,
    text: {
      ja: 'arv query に必要な DuckDB を読み込めません: {reason}。インストールしてください: {install}',
      en: 'arv query needs DuckDB, which cannot be loaded: {reason}. Install it: {install}',
    },
  },
  TEMPORARY_FOLDER_UNAVAILABLE: {
    exit: 1,
    text: {
      ja: '一時フォルダ {folder} に書き込めません: {reason}。空きがあり書き込める場所を環境変数 TMPDIR で指定してください。',
      en: 'The temporary folder {folder} cannot be written: {reason}. Set TMPDIR to a place that can be written and has room.',
    },
  },
  OUTPUT_FAILED: {
    exit: 1,
    text: {
      ja: '出力 ({out}) に書き込めませんでした: {reason}。空きを作るか、別の場所を指定して、同じコマンドを再実行してください。',
      en: 'The output ({out}) could not be written: {reason}. Make room or write to another place, then run the same command again.',
    },
  },
  PROJECTION_LAGGING: {
    exit: 1,
    text: {
      ja: '{date} の {region} の Parquet ファイルは台帳より古いか、ありません: {reason}。スナップショットは公開済みです。arv snapshots repair で作成できます。',
      en: 'The Parquet file of {date}, {region}, is behind its ledger: {reason}. The snapshot is published; arv snapshots repair renders the file.',
    },
    hint: 'arv snapshots repair',
  },
  ALL_SERVICES_FAILED: {
    exit: 1,
    text: {
      ja: 'すべてのサービスの読み取りに失敗しました。errors の各項目を確認してください。',
      en: 'No service could be read. See the entries of errors.',
    },
  },
  TIMED_OUT: {
    exit: 1,
    text: {
      ja: '実行時間の上限 ({timeout} 秒) に達しました。--timeout を延ばすか、再実行すると残りだけを読み取ります。',
      en: 'The run reached its deadline ({timeout} s). Raise --timeout, or run again to read only the rest.',
    },
  },
  INTERRUPTED: {
    exit: 130,
    text: {
      ja: '中断されました ({signal})。完了した分は保持されています。同じコマンドを再実行できます。',
      en: 'Interrupted ({signal}). What was finished is kept; the same command can be run again.',
    },
  },
  INTERNAL: {
    exit: 1,
    text: {
      ja: '内部エラーが発生しました: {reason}。ログを確認してください。',
      en: 'Internal error: {reason}. See the log.',
    },
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERRORS;

/** The message of a failure with these fields. */
export function errorText(code: ErrorCode, fields: Readonly<Record<string, unknown>>, lang: Lang): string {
  const { text, ofAccount, ofManifest, ofBucket }: ErrorFacts = ERRORS[code];
  const special = [
    fields.of_account === true ? ofAccount : undefined,
    fields.manifest === undefined ? undefined : ofManifest,
    fields.bucket === undefined ? undefined : ofBucket,
  ];
  return fill((special.find((one) => one !== undefined) ?? text)[lang], fields);
}

/** The command that helps, as the result has it. */
export function hintOf(code: ErrorCode): { readonly hint?: string } {
  const { hint }: ErrorFacts = ERRORS[code];
  return hint === undefined ? {} : { hint };
}

/** The exit code of a failure with these fields. */
export function exitCodeOf(code: ErrorCode, fields: Readonly<Record<string, unknown>>): number {
  return isStopSignal(fields.signal) ? EXIT_BY_SIGNAL[fields.signal] : ERRORS[code].exit;
}

/** What a run with missing units ends as, and a run that found everything. */
export const EXIT = { complete: 0, failed: 1, partial: 3 } as const;

/** What asks a run to end, and what it then ends as: 128 and the number of the signal, as a shell has it. */
export const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof EXIT_BY_SIGNAL;

export function isStopSignal(name: unknown): name is StopSignal {
  return typeof name === 'string' && Object.hasOwn(EXIT_BY_SIGNAL, name);
}
