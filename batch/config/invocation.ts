import yargs, { type Argv } from 'yargs';
import type { Lang, Text } from '../contract/text.js';
import { OPTIONS, type OptionRow } from './option-table.js';
import type { Problem } from './problems.js';

const COMMANDS = {
  collect: {
    aliases: ['app_batch'],
    help: { ja: 'AWS リソースを収集する（既定のコマンド）', en: 'collect AWS resources (the default command)' },
    options: ['config', ...flagsOf(OPTIONS)],
  },
  services: {
    aliases: [],
    help: {
      ja: 'サービス、リソースタイプ、必要な IAM アクションの一覧',
      en: 'services, resource types and the IAM actions they need',
    },
    options: ['lang', 'output'],
  },
} as const satisfies Record<string, { aliases: readonly string[]; help: Text; options: readonly string[] }>;

type CommandName = keyof typeof COMMANDS;

type Flags = Readonly<Record<string, unknown>>;

export type Invocation =
  | { readonly kind: 'print'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
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

const CONFIG_HELP: Text = { ja: '設定ファイル（JSON）', en: 'configuration file (JSON)' };

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
    const names = name === 'collect' ? [name, '$0', ...aliases] : [name, ...aliases];
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
  const { _: words, $0: _script, help: _help, version: _version, ...flags } = parsed as Record<string, unknown>;
  const problems = [...scanned.problems, ...unknownWords(command, words as unknown[], flags)];
  if (failure !== null) problems.push({ kind: 'value', option: 'arv', value: failure });
  return { kind: 'command', command, flags, problems };
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
  const flags = Object.values<OptionRow>(OPTIONS).flatMap((row) => (row.kind === 'flag' ? [`--${row.flag}`] : []));
  if (/^(true|false)$/.test(word)) return flags.find((flag) => flag === before) ?? null;
  return flags.find((flag) => word.startsWith(`${flag}=`)) ?? null;
}

function declareOptions(parser: Argv, command: CommandName, lang: Lang): Argv {
  for (const flag of COMMANDS[command].options) {
    const row: OptionRow | undefined = Object.values(OPTIONS).find((option) => option.flag === flag);
    const type = row?.kind === 'flag' ? 'boolean' : row?.kind === 'list' ? 'array' : 'string';
    const describe = (row?.help ?? CONFIG_HELP)[lang];
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
