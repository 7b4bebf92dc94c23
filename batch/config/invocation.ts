import yargs, { type Argv } from 'yargs';
import type { Lang } from '../contract/text.js';
import { COMMANDS, type CommandName, type CommandRow } from './command-table.js';
import { OPTIONS, type OptionRow } from './option-table.js';
import { OWN_OPTIONS } from './own-options.js';
import type { Problem } from './problems.js';

type Flags = Readonly<Record<string, unknown>>;

export type Invocation =
  | { readonly kind: 'print'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
      /** null: the command has none. */
      readonly action: string | null;
      /** What stands behind the action; null: nothing. */
      readonly operand: string | null;
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
    const { aliases, help, actions, operand }: CommandRow = COMMANDS[name];
    const behind = [...(actions.length > 0 ? ['action'] : []), ...(operand ? [operand.name] : [])];
    const word = [name, ...behind.map((what) => `[${what}]`)].join(' ');
    const names = name === 'collect' ? [word, '$0', ...aliases] : [word, ...aliases];
    const choose = () => {
      command = name;
    };
    const build = (own: Argv) => declareOptions(actions.length > 0 ? own.usage(usageOf(name, lang)) : own, name, lang);
    parser.command(names, help[lang], build, choose);
  }
  const scanned = scanWords(argv);
  const parsed = await parser.parse(scanned.words, {}, (_error, _argv, output) => {
    printed = output;
  });
  if (printed !== '') return { kind: 'print', text: printed };
  const { _: words, $0: _script, help: _help, version: _version, action, ...flags } = parsed as Record<string, unknown>;
  const problems = [...scanned.problems, ...unknownWords(command, words as unknown[], flags)];
  if (failure !== null) problems.push({ kind: 'value', option: 'arv', value: failure });
  const { actions, operand, options }: CommandRow = COMMANDS[command];
  const given = operand === undefined ? undefined : flags[operand.name];
  problems.push(...missingWords(command, action, given), ...wrongAction(command, String(action), flags));
  return {
    ...{ kind: 'command', command, problems },
    action: actions.length === 0 ? null : String(action),
    operand: given === undefined ? null : String(given),
    flags: Object.fromEntries(Object.entries(flags).filter(([flag]) => options.includes(flag))),
  };
}

/** The words behind the command: an action where it has any, and then what that needs. */
function missingWords(command: CommandName, action: unknown, given: unknown): Problem[] {
  const { actions, operand }: CommandRow = COMMANDS[command];
  const accepts = actions.join(', ');
  if (actions.length > 0 && action === undefined) return [{ kind: 'missing', option: command, accepts }];
  if (actions.length > 0 && !actions.includes(String(action)))
    return [{ kind: 'value', option: command, value: action, accepts }];
  if (operand === undefined || operand.optional === true || given !== undefined) return [];
  return [{ kind: 'missing', option: `${command} ${action}`, accepts: operand.accepts }];
}

/** Options of the command that this action does not take: whoever gives them expects them to count. */
function wrongAction(command: CommandName, action: string, flags: object): Problem[] {
  const { ofActions = {} }: CommandRow = COMMANDS[command];
  const refused = Object.keys(flags).filter((flag) => ofActions[flag]?.includes(action) === false);
  return refused.map((flag) => ({ kind: 'wrongAction', option: `--${flag}`, command, action }));
}

/** What yargs would get wrong: a flag with a value would be false, a name such as `constructor` would break it. */
function scanWords(argv: readonly string[]): { readonly words: string[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const words: string[] = [];
  for (const [index, word] of argv.entries()) {
    const flag = flagWithValue(word, argv[index - 1]);
    if (flag !== null) problems.push({ kind: 'noValue', option: flag });
    else words.push(plainWord(word));
  }
  return { words, problems };
}

function plainWord(word: string): string {
  // SQL that begins with a comment.
  if (/^--\s/.test(word)) return ` ${word}`;
  return /^--(\w+)/.test(word) && (word.slice(2).split('=')[0] ?? '') in {} ? `${UNSAFE_NAME}${word.slice(2)}` : word;
}

const UNSAFE_NAME = '--?';

/** The flag that this word gives a value: `--dry-run=yes`, or the `false` of `--dry-run false`. */
function flagWithValue(word: string, before: string | undefined): string | null {
  const flags = [...Object.values<OptionRow>(OPTIONS), ...OWN_OPTIONS].flatMap((row) =>
    row.kind === 'flag' ? [`--${row.flag}`] : [],
  );
  if (/^(true|false)$/.test(word)) return flags.find((flag) => flag === before) ?? null;
  return flags.find((flag) => word.startsWith(`${flag}=`)) ?? null;
}

/** With what the words behind the command may be: yargs alone shows what they are called. */
function usageOf(name: CommandName, lang: Lang): string {
  const { actions, operand, help }: CommandRow = COMMANDS[name];
  const action = actions.length > 1 ? `<${actions.join('|')}>` : actions[0];
  return `$0 ${[name, action, ...(operand ? [`<${operand.name}>`] : [])].join(' ')}\n\n${help[lang]}`;
}

function declareOptions(parser: Argv, command: CommandName, lang: Lang): Argv {
  const { options, ownHelp }: CommandRow = COMMANDS[command];
  for (const flag of options) {
    const row = [...Object.values<OptionRow>(OPTIONS), ...OWN_OPTIONS].find((option) => option.flag === flag);
    const type = row?.kind === 'flag' ? 'boolean' : row?.kind === 'list' ? 'array' : 'string';
    const describe = (ownHelp?.[flag] ?? row?.help)?.[lang] ?? '';
    parser.option(flag, type === 'array' ? { array: true, string: true, describe } : { type, describe });
  }
  return parser;
}

function unknownWords(command: CommandName, words: readonly unknown[], flags: object): Problem[] {
  const names = Object.entries(COMMANDS).flatMap(([name, { aliases }]) => [name, ...aliases]);
  const extra = words.filter((word, index) => index > 0 || !names.includes(String(word)));
  const { options, operand }: CommandRow = COMMANDS[command];
  const known = [...options, ...(operand ? [operand.name] : [])];
  const shown = (flag: string) => (flag.length === 1 ? `-${flag}` : `--${flag}`.replace(UNSAFE_NAME, '--'));
  return [
    ...extra.map(
      (value): Problem =>
        operand
          ? { kind: 'unquoted', option: command, value }
          : { kind: 'unknownCommand', value, accepts: names.join(', ') },
    ),
    ...Object.keys(flags)
      .filter((flag) => !known.includes(flag))
      .map((flag): Problem => ({ kind: 'unknownOption', option: shown(flag), command })),
  ];
}
