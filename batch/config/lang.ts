import { ENV } from '../contract/environment.js';
import type { Lang } from '../contract/text.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The language of messages, needed before the rest of the invocation is understood: `--lang`, then `ARV_LANG`, then
 * the locale. A locale that names neither language (`C`, `POSIX`) counts as unset. null: none of them says.
 */
export function detectLang(argv: readonly string[], env: Environment): Lang | null {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const flag = at < 0 ? undefined : argv[at]?.includes('=') ? argv[at]?.split('=')[1] : argv[at + 1];
  for (const value of [flag, ...ENV.lang.map((name) => env[name])]) {
    const lang = /^(ja|en)(?=$|[_.@-])/i.exec(value ?? '')?.[1]?.toLowerCase();
    if (lang === 'ja' || lang === 'en') return lang;
  }
  return null;
}

export const DEFAULT_LANG: Lang = 'ja';
