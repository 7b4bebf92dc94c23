/** What stands where a secret stood. No pattern below matches more of it, so redacting twice changes nothing. */
const MASK = '***';

/** Shorter values are no secrets but words: masking them would blacken half the log. */
const MIN_SECRET_LENGTH = 8;

const SECRET_KEY = /(password|passwd|secretaccesskey|sessiontoken|secret_access_key|session_token|authorization)$/i;

/**
 * Between a name and its value: quotes (also escaped ones), brackets, and `=`, `:`, `=>`, `>` of an element, or `%3D`.
 * Every repetition is bounded or eats what it has matched, so that each pattern takes linear time.
 */
const SEPARATOR = String.raw`[\s"'\\\]]{0,8}(?:=>|[=:>]|%3d)[\s\[]{0,8}`;
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*|'(?:[^'\\]|\\[^])*|\\{1,8}"[^"\\]*`;
const NAMES = [
  'x-amz-security-token',
  'x-amz-signature',
  'x-amzn-authorization',
  'secret_?access_?key',
  'session_?token',
  'security_?token',
  'password',
  'passwd',
].join('|');

const PATTERNS: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [
    // A header's value has blanks and commas: all of it, to the end of the line or of the quoted string.
    new RegExp(String.raw`(authorization${SEPARATOR})(${QUOTED}|[^\r\n"'\\]+)`, 'gi'),
    (_, lead, value) => `${lead}${maskQuoted(value ?? '')}`,
  ],
  [
    new RegExp(String.raw`((?:${NAMES})${SEPARATOR})(${QUOTED}|[^\s"'\\&,;<>]+)`, 'gi'),
    (_, lead, value) => `${lead}${maskQuoted(value ?? '')}`,
  ],
  [/([?&](?:access_token|id_token|auth_token|token)=)[^\s"'\\&<>]+/gi, (_, lead) => `${lead}${MASK}`],
  // `user:password@` of a URL. No `/` inside, so each stretch is scanned once.
  [/:\/\/[^\s/?#"'\\<>]+@/g, () => `://${MASK}@`],
];

/** Takes secrets out of text. One per run: it knows only the secrets that it was told. */
export interface Redactor {
  /**
   * From now on this value is masked wherever it stands, also URL-encoded or JSON-escaped. Values under 8 characters
   * are ignored.
   */
  add(secret: string): void;
  /** The text with every known secret, and all that looks like one, replaced by `***`. Linear in the text; never throws. */
  text(s: string): string;
}

/** A redactor that knows no secret yet, only the patterns (signatures, tokens, passwords, userinfo of URLs). */
export function createRedactor(): Redactor {
  let known: string[] = [];
  return {
    add(secret) {
      const forms = [secret, secret.trim()].filter((form) => form.length >= MIN_SECRET_LENGTH).flatMap(formsOf);
      // The longest first: a secret that begins another one must not leave the other's end standing.
      known = [...new Set([...known, ...forms])].sort((a, b) => b.length - a.length);
    },
    text(s) {
      let out = s;
      for (const secret of known) out = out.replaceAll(secret, MASK);
      for (const [pattern, replacement] of PATTERNS) out = out.replace(pattern, replacement);
      return out;
    },
  };
}

/**
 * A copy of plain JSON data in which strings under a key that names a secret (`password`, `SecretAccessKey`,
 * `Authorization`, …) are `***`. Other values keep their place and type.
 */
export function redactFields<T>(value: T): T {
  return mask(value) as T;
}

function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mask);
  if (value === null || typeof value !== 'object') return value;
  // Without a prototype, `__proto__` is a key like any other.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of Object.entries(value)) {
    copy[key] = typeof inner === 'string' && SECRET_KEY.test(key) ? MASK : mask(inner);
  }
  return copy;
}

function maskQuoted(value: string): string {
  return `${/^\\*["']?/.exec(value)?.[0] ?? ''}${MASK}`;
}

function formsOf(secret: string): string[] {
  const forms = [secret, JSON.stringify(secret).slice(1, -1)];
  try {
    const encoded = encodeURIComponent(secret);
    const lower = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
    forms.push(encoded, lower, encoded.replaceAll('%20', '+'));
  } catch {
    // A lone surrogate cannot be URL-encoded, so that form is nowhere either.
  }
  return forms;
}
