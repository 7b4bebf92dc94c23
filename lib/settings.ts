import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { OPTIONS } from '../batch/config/option-table.js';
import type { Lang, Text } from '../batch/contract/text.js';
import { FARGATE_CPU } from './fargate-sizes.js';
import { contradictions, describeProblem, type SettingProblem } from './setting-problems.js';

/** One setting: what it may be, what it is when nobody says, and the words for a value that is not accepted. */
interface SettingRow {
  readonly schema: z.ZodType;
  readonly fallback: unknown;
  readonly accepts: Text;
}

const oneOf = (...values: readonly (string | number)[]): Text => ({ ja: values.join('、'), en: values.join(', ') });

const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Context arrives as text from `-c` and as JSON from cdk.json. */
const wholeNumber = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.number().int());

/**
 * Every setting by its name in the context. Source: SPEC §7. What the container gets as environment is checked here by
 * the container's own rules (`OPTIONS`).
 */
const SETTINGS = {
  schedule: {
    schema: z.string(),
    fallback: 'cron(0 17 * * ? *)',
    accepts: { ja: 'cron(0 17 * * ? *) のような式', en: 'an expression such as cron(0 17 * * ? *)' },
  },
  timeZone: OPTIONS.timeZone,
  services: OPTIONS.services,
  region: { ...OPTIONS.region, schema: OPTIONS.region.schema.nullable(), fallback: null },
  cpu: { schema: wholeNumber.pipe(z.literal(FARGATE_CPU)), fallback: 256, accepts: oneOf(...FARGATE_CPU) },
  memory: { schema: wholeNumber, fallback: 512, accepts: { ja: 'MiB 単位の整数', en: 'a whole number of MiB' } },
  architecture: { schema: z.enum(['ARM64', 'X86_64']), fallback: 'ARM64', accepts: oneOf('ARM64', 'X86_64') },
  imageUri: {
    schema: z
      .string()
      .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/)
      .nullable(),
    fallback: null,
    accepts: {
      ja: '123456789012.dkr.ecr.us-east-1.amazonaws.com/arv:1.0 のようなイメージ名',
      en: 'the name of an image, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/arv:1.0',
    },
  },
  vpcId: {
    schema: z
      .string()
      .regex(/^vpc-[0-9a-f]{8,17}$/)
      .nullable(),
    fallback: null,
    accepts: { ja: 'vpc-0123456789abcdef0 のような ID', en: 'an id such as vpc-0123456789abcdef0' },
  },
  network: { schema: z.enum(['public', 'private']), fallback: 'public', accepts: oneOf('public', 'private') },
  alarmEmail: {
    schema: z.email().nullable(),
    fallback: null,
    accepts: { ja: 'ops@example.com のようなメールアドレス', en: 'an e-mail address such as ops@example.com' },
  },
  logRetentionDays: {
    schema: wholeNumber.pipe(z.literal(RETENTION_DAYS)),
    fallback: RetentionDays.SIX_MONTHS,
    accepts: oneOf(...RETENTION_DAYS),
  },
  cacheTtlHours: OPTIONS.cacheTtl,
  tenantId: OPTIONS.tenant,
  targetDateOffset: OPTIONS.targetDateOffset,
  acceptedGaps: OPTIONS.acceptedGaps,
  enableExec: {
    schema: z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]),
    fallback: false,
    accepts: oneOf('true', 'false'),
  },
  removalPolicy: { schema: z.enum(['retain', 'destroy']), fallback: 'retain', accepts: oneOf('retain', 'destroy') },
  lang: { ...OPTIONS.lang, fallback: 'ja' },
} as const satisfies Record<string, SettingRow>;

/** Every setting's value after parsing. */
export type Settings = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> };

/** A setting's name in the style of the command line's options is a slip; other names with `:`, `@`, `/` or `-` are CDK's own. */
function isMeantAsSetting(key: string): boolean {
  const plain = key.replaceAll('-', '').toLowerCase();
  return /^\w+$/.test(key) || Object.keys(SETTINGS).some((setting) => setting.toLowerCase() === plain);
}

/**
 * Context → settings. Every problem at once, in the language that the settings ask for.
 *
 * @param context every key of the app's context, CDK's own among them
 * @throws Error that lists each problem with the setting's name and what would be right
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const problems: SettingProblem[] = Object.keys(context)
    .filter((key) => isMeantAsSetting(key) && !Object.hasOwn(SETTINGS, key))
    .map((setting) => ({ kind: 'unknown', setting, accepts: oneOf(...Object.keys(SETTINGS)) }));
  const values: Record<string, unknown> = {};
  for (const [setting, row] of Object.entries<SettingRow>(SETTINGS)) {
    const given = context[setting] ?? row.fallback;
    const parsed = row.schema.safeParse(given);
    if (parsed.success) values[setting] = parsed.data;
    else problems.push({ kind: 'value', setting, value: given, accepts: row.accepts });
  }
  problems.push(...contradictions(values as Partial<Settings>));
  if (problems.length === 0) return values as Settings;
  const lang: Lang = values.lang === 'en' ? 'en' : 'ja';
  throw new Error(problems.map((problem) => `- ${describeProblem(problem, lang)}`).join('\n'));
}
