import { fill, type Lang, quoted, type Text } from './text.js';

const EXAMPLES = 'cron(0 17 * * ? *), rate(1 day)';

/** What can be wrong with a schedule expression. Every problem names the field, the value and what would be right. */
const PROBLEMS = {
  form: {
    ja: `{value} はスケジュール式ではありません（使える値: cron(分 時 日 月 曜日 年) または rate(値 単位)。例: ${EXAMPLES}）`,
    en: `{value} is not a schedule expression (accepted: cron(minutes hours day-of-month month day-of-week year) or rate(value unit), such as ${EXAMPLES})`,
  },
  at: {
    ja: '{value}: at(...) は EventBridge Scheduler の式で、ルールでは使えません。一度だけなら cron(0 17 1 4 ? 2030) のように年まで指定してください。',
    en: '{value}: at(...) belongs to EventBridge Scheduler, not to rules. For a single time name the year too, as in cron(0 17 1 4 ? 2030).',
  },
  long: {
    ja: '式が {length} 文字あります（256 文字まで）',
    en: 'the expression has {length} characters (256 at most)',
  },
  blank: {
    ja: '{value}: 括弧のすぐ内側に空白は置けません',
    en: '{value}: no space may stand right inside the brackets',
  },
  fields: {
    ja: 'cron のフィールドが {count} 個あります（必要なのは空白で区切った 6 個: 分 時 日 月 曜日 年。例: cron(0 17 * * ? *)）',
    en: 'cron has {count} fields (six are needed, separated by spaces: minutes hours day-of-month month day-of-week year, as in cron(0 17 * * ? *))',
  },
  value: {
    ja: '{field}: {value} は使えません（使える値: {accepts}）',
    en: '{field}: {value} is not accepted (accepted: {accepts})',
  },
  step: {
    ja: '{field}: {value} の間隔は使えません（使える値: 1〜{largest}）',
    en: '{field}: the step of {value} is not accepted (accepted: 1 to {largest})',
  },
  noStep: {
    ja: '{field}: {value} は使えません。曜日に間隔（/）は指定できないため、MON,WED,FRI のように並べてください。',
    en: '{field}: {value} is not accepted. AWS takes no steps (/) there; list the days, such as MON,WED,FRI.',
  },
  backward: {
    ja: '{field}: {value} の範囲が逆です（小さいほうを先に指定してください）',
    en: '{field}: the range {value} goes backwards (the smaller one comes first)',
  },
  alone: {
    ja: '{field}: {value} はほかの値と並べられません（それだけを指定してください）',
    en: '{field}: {value} cannot be in a list (it must be the only value)',
  },
  oneDay: {
    ja: '日と曜日: どちらか一方だけを ? にしてください（指定: {dates} と {weekdays}）',
    en: 'day-of-month and day-of-week: exactly one of them must be ? (given: {dates} and {weekdays})',
  },
  rate: {
    ja: '{value} は使えません（使える値: rate(値 単位)。例: rate(1 day)、rate(12 hours)）',
    en: '{value} is not accepted (accepted: rate(value unit), such as rate(1 day) or rate(12 hours))',
  },
  rateValue: {
    ja: 'rate の値: {value} は使えません（使える値: 1 以上の整数）',
    en: 'value of rate: {value} is not accepted (accepted: a whole number from 1)',
  },
  rateUnit: {
    ja: 'rate の単位: {value} は使えません（使える値: minute、minutes、hour、hours、day、days）',
    en: 'unit of rate: {value} is not accepted (accepted: minute, minutes, hour, hours, day, days)',
  },
  ratePlural: {
    ja: 'rate の単位: {value} は使えません。値が 1 なら単数形、2 以上なら複数形にしてください: {right}',
    en: 'unit of rate: {value} is not accepted. It is singular for 1 and plural for more: {right}',
  },
  never: {
    ja: '一度も起動しません。指定した月と年にその日がありません。',
    en: 'it never fires: the months and years given do not have that day.',
  },
  over: {
    ja: 'もう起動しません。指定した日時はすべて過ぎています。年と日付を確認してください。',
    en: 'it never fires again: all of its times are over. Check the year and the day.',
  },
} as const satisfies Record<string, Text>;

/** Strings are what the user wrote: they are shown in quotation marks. */
export function problem(kind: keyof typeof PROBLEMS, fields: Readonly<Record<string, string | number | Text>>): Text {
  const inLang = (lang: Lang) => {
    const shown = Object.entries(fields).map(([name, field]): [string, string] => {
      if (typeof field === 'object') return [name, field[lang]];
      return [name, typeof field === 'string' ? quoted(field) : String(field)];
    });
    return fill(PROBLEMS[kind][lang], Object.fromEntries(shown));
  };
  return { ja: inLang('ja'), en: inLang('en') };
}
