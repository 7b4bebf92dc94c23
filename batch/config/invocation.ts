import yargs, { type Argv } from 'yargs';
import type { Lang, Text } from '../contract/text.js';
import { OPTIONS, type OptionRow } from './option-table.js';
import type { Problem } from './problems.js';

interface CommandRow {
  readonly aliases: readonly string[];
  /** Words behind the command, one of which must follow it; none: nothing may follow. */
  readonly actions: readonly string[];
  readonly help: Text;
  readonly options: readonly string[];
}

const COMMANDS = {
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
  lock: {
    aliases: [],
    actions: ['status', 'release'],
    help: { ja: 'ロックの状態を表示する、解放する', en: 'who holds the lock; release it' },
    options: ['region', 'profile', 'tenant', 'store', 'endpoint-url', 'lang', 'output', 'log-level', 'config', 'yes'],
  },
  snapshots: {
    aliases: [],
    actions: ['list', 'show', 'verify'],
    help: { ja: 'スナップショットの一覧、台帳、検証', en: 'days, the ledger of a day, verification' },
    options: ['store', 'tenant', 'region', 'lang', 'output', 'config', 'date'],
  },
} as const satisfies Record<string, CommandRow>;

/** Options that only commands other than `collect` take. */
const OWN_OPTIONS: Readonly<Record<string, { readonly type: 'boolean' | 'string'; readonly help: Text }>> = {
  config: { type: 'string', help: { ja: '設定ファイル（JSON）', en: 'configuration file (JSON)' } },
  yes: { type: 'boolean', help: { ja: '確認せずに実行する', en: 'do not ask' } },
  date: { type: 'string', help: { ja: '日付（既定は最新）', en: 'day (default: the last one)' } },
};

type CommandName = keyof typeof COMMANDS;

type Flags = Readonly<Record<string, unknown>>;

export type Invocation =
  | { readonly kind: 'print'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
      /** null: the command has none. */
      readonly action: string | null;
      readonly flags: Flags;
      /** Words and options that the command does not know. */
      readonly problems: readonly Problem[];
    };

/** yargs without its locale files, which a bundle does not carry: its own few words in Japanese stand here. */
const JAPANESE = {
  'Commands:': 'コマンド:',
  'Options:': 'オプション:',
  'Show help': 'ヘルプを表示',
  'Show version number': 'バージョンを表示',
  boolean: '真偽',
  string: '文字列',
  array: '複数可',
  default: '既定',
  'aliases:': '別名:',
};

/** argv as a command with raw flags. Values are not looked at here, so that all problems can be told together. */
export async function parseArgv(argv: readonly string[], lang: Lang, version: string): Promise<Invocation> {
  let command: CommandName = 'collect';
  let printed = '';
  let failure: string | null = null;
  const parser = yargs()
    .scriptName('arv')
    .locale('en')
    .updateStrings(lang === 'ja' ? JAPANESE : {})
    .parserConfiguration({
      ...{ 'camel-case-expansion': false, 'dot-notation': false, 'boolean-negation': false },
      ...{ 'parse-numbers': false, 'parse-positional-numbers': false, 'duplicate-arguments-array': true },
    })
    .version(version)
    .exitProcess(false)
    .fail((message, error) => {
      failure = message ?? error?.message ?? 'invalid';
    });
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const { aliases, help } = COMMANDS[name];
    const actions: readonly string[] = COMMANDS[name].actions;
    const word = actions.length === 0 ? name : `${name} [action]`;
    const names = name === 'collect' ? [word, '$0', ...aliases] : [word, ...aliases];
    const choose = () => {
      command = name;
    };
    parser.command(names, help[lang], (own: Argv) => declareOptions(own, name, lang), choose);
  }
  const scanned = scanWords(argv);
  const parsed = await parser.parse(scanned.words, {}, (_error, _argv, output) => {
    printed = output;
  });
  if (printed !== '') return { kind: 'print', text: printed };
  const { _: words, $0: _script, help: _help, version: _version, action, ...flags } = parsed as Record<string, unknown>;
  const problems = [...scanned.problems, ...unknownWords(command, words as unknown[], flags)];
  if (failure !== null) problems.push({ kind: 'value', option: 'arv', value: failure });
  const actions: readonly string[] = COMMANDS[command].actions;
  if (actions.length > 0 && !actions.includes(String(action))) {
    const missing = action === undefined;
    problems.push({ kind: missing ? 'missing' : 'value', option: command, value: action, accepts: actions.join(', ') });
  }
  const known: readonly string[] = COMMANDS[command].options;
  const own = Object.fromEntries(Object.entries(flags).filter(([flag]) => known.includes(flag)));
  return { kind: 'command', command, action: actions.length === 0 ? null : String(action), flags: own, problems };
}

/** What yargs would get wrong: a flag with a value would be false, a name such as `constructor` would break it. */
function scanWords(argv: readonly string[]): { readonly words: string[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const words: string[] = [];
  for (const [index, word] of argv.entries()) {
    const flag = flagWithValue(word, argv[index - 1]);
    if (flag !== null) problems.push({ kind: 'noValue', option: flag });
    else
      words.push(
        /^--(\w+)/.test(word) && (word.slice(2).split('=')[0] ?? '') in {} ? `${UNSAFE_NAME}${word.slice(2)}` : word,
      );
  }
  return { words, problems };
}

const UNSAFE_NAME = '--?';

/** The flag that this word gives a value: `--dry-run=yes`, or the `false` of `--dry-run false`. */
function flagWithValue(word: string, before: string | undefined): string | null {
  const flags = [...Object.values<OptionRow>(OPTIONS), { kind: 'flag', flag: 'yes' }].flatMap((row) =>
    row.kind === 'flag' ? [`--${row.flag}`] : [],
  );
  if (/^(true|false)$/.test(word)) return flags.find((flag) => flag === before) ?? null;
  return flags.find((flag) => word.startsWith(`${flag}=`)) ?? null;
}

function declareOptions(parser: Argv, command: CommandName, lang: Lang): Argv {
  for (const flag of COMMANDS[command].options) {
    const row: OptionRow | undefined = Object.values(OPTIONS).find((option) => option.flag === flag);
    const type = row?.kind === 'flag' ? 'boolean' : row?.kind === 'list' ? 'array' : 'string';
    const own = OWN_OPTIONS[flag];
    if (own !== undefined) {
      parser.option(flag, { type: own.type, describe: own.help[lang] });
      continue;
    }
    const describe = row?.help?.[lang] ?? '';
    parser.option(flag, type === 'array' ? { array: true, string: true, describe } : { type, describe });
  }
  return parser;
}

function unknownWords(command: CommandName, words: readonly unknown[], flags: object): Problem[] {
  const names = Object.entries(COMMANDS).flatMap(([name, { aliases }]) => [name, ...aliases]);
  const extra = words.filter((word, index) => index > 0 || !names.includes(String(word)));
  const known: readonly string[] = COMMANDS[command].options;
  const shown = (flag: string) => (flag.length === 1 ? `-${flag}` : `--${flag}`.replace(UNSAFE_NAME, '--'));
  return [
    ...extra.map((value): Problem => ({ kind: 'unknownCommand', value, accepts: names.join(', ') })),
    ...Object.keys(flags)
      .filter((flag) => !known.includes(flag))
      .map((flag): Problem => ({ kind: 'unknownOption', option: shown(flag), command })),
  ];
}

function flagsOf(options: Readonly<Record<string, OptionRow>>): string[] {
  return Object.values(options).flatMap(({ flag }) => (flag === null ? [] : [flag]));
}
