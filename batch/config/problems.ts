import { fill, type Lang, quoted, type Text } from '../contract/text.js';

/** What can be wrong with an invocation. Every problem names the option and what would be right. */
const PROBLEMS = {
  value: {
    ja: '{option}: {value} は使えません（使える値: {accepts}）',
    en: '{option}: {value} is not accepted (accepted: {accepts})',
  },
  missing: {
    ja: '{option}: 値がありません（使える値: {accepts}）',
    en: '{option}: no value given (accepted: {accepts})',
  },
  repeated: { ja: '{option}: 一度だけ指定してください', en: '{option}: may be given only once' },
  noValue: { ja: '{option}: 値は取りません', en: '{option}: takes no value' },
  needsYes: {
    ja: '{option}: 確認できる端末がありません。--yes を付けてください。',
    en: '{option}: there is no terminal to ask at. Add --yes.',
  },
  unknownOption: {
    ja: '{option}: 不明なオプションです（arv {command} --help で一覧を表示します）',
    en: '{option}: unknown option (arv {command} --help lists them)',
  },
  wrongAction: {
    ja: '{option}: arv {command} {action} では使えません',
    en: '{option}: not an option of arv {command} {action}',
  },
  unknownCommand: {
    ja: '{value}: 不明なコマンドです（使えるコマンド: {accepts}）',
    en: '{value}: unknown command (commands: {accepts})',
  },
  unquoted: {
    ja: '{option}: {value} は余分です（式全体を引用符で囲んでください）',
    en: '{option}: {value} is one word too many (put the whole expression in quotation marks)',
  },
  schedule: { ja: '{option}: {accepts}', en: '{option}: {accepts}' },
  later: {
    ja: '{option}: この版ではまだ使えません。指定を外してください。',
    en: '{option}: not available in this version yet. Leave it out.',
  },
  noDay: {
    ja: '{option}: {value} のスナップショットはありません（ある日: {accepts}）',
    en: '{option}: there is no snapshot of {value} (days: {accepts})',
  },
  noSnapshot: {
    ja: '{option}: 保存先 {value} に、テナント {tenant} のスナップショットはありません（リージョン: {region}）',
    en: '{option}: the store {value} has no snapshot of the tenant {tenant} (region: {region})',
  },
  sql: {
    ja: '{option}: SQL を実行できません（ビュー: {accepts}）: {reason}',
    en: '{option}: the SQL cannot be run (views: {accepts}): {reason}',
  },
  oneOf: { ja: '{option}: どれか一つを指定してください', en: '{option}: give one of these' },
  unknownParameter: {
    ja: '{option}: 不明なパラメーター {value} です（使えるもの: {accepts}）',
    en: '{option}: unknown parameter {value} (known: {accepts})',
  },
  terminal: {
    ja: '{option}: 端末には出力できません。--out FILE を付けるか、リダイレクトしてください。',
    en: '{option}: not for a terminal. Add --out FILE, or redirect it.',
  },
  noFile: {
    ja: '{option}: {value} には書き込めません（{reason}）',
    en: '{option}: {value} cannot be written ({reason})',
  },
  noEarlierDay: {
    ja: '{option}: 比べられる日が 2 日ありません（ある日: {accepts}）',
    en: '{option}: there are no two days to compare (days: {accepts})',
  },
  oldDate: {
    ja: '{option}: {value} は今日（{today}）でも昨日でもありません。現在の状態を別の日付で記録すると履歴が誤ったものになります。意図している場合は --backfill を付けてください。',
    en: "{option}: {value} is neither today ({today}) nor yesterday. Today's state under another date falsifies history; add --backfill if that is what you want.",
  },
  fileUnreadable: {
    ja: '--config: {value} を読み込めません（{reason}）',
    en: '--config: {value} cannot be read ({reason})',
  },
  fileMalformed: {
    ja: '--config: {value} は JSON オブジェクトではありません（{reason}）',
    en: '--config: {value} is not a JSON object ({reason})',
  },
  fileKey: {
    ja: '--config: {value} に不明なキー {key} があります（使えるキー: {accepts}）',
    en: '--config: {value} has an unknown key {key} (known: {accepts})',
  },
} as const satisfies Record<string, Text>;

export interface Problem {
  readonly kind: keyof typeof PROBLEMS;
  readonly option?: string;
  readonly value?: unknown;
  readonly accepts?: Text | string;
  readonly [field: string]: unknown;
}

export function describeProblem(problem: Problem, lang: Lang): string {
  const { accepts, value, kind, ...fields } = problem;
  const accepted = typeof accepts === 'object' ? accepts[lang] : accepts;
  return fill(PROBLEMS[kind][lang], { ...fields, value: quoted(value), accepts: accepted });
}
