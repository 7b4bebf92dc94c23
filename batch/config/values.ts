import { z } from 'zod';
import { EXPORT_FORMATS } from '../contract/export-formats.js';
import { UNIT_STATUSES } from '../contract/statuses.js';
import { REGION_NAME } from '../core/layout.js';
import { SERVICES } from '../core/model.js';
import { parseStorePlace } from '../store/place.js';

/** A number as it comes from a flag, the environment or a file, within its bounds. */
export function number(min: number, max: number, kind: 'integer' | 'decimal' = 'integer') {
  const text = z.string().regex(kind === 'integer' ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/);
  const bounded = z.number().min(min).max(max);
  const value = z.union([z.number(), text.transform(Number)]);
  return value.pipe(kind === 'integer' ? bounded.int() : bounded);
}

export const langName = z.enum(['ja', 'en']);
export const logLevel = z.enum(['error', 'warn', 'info', 'debug']);
export const output = z.enum(['json', 'table']);
export const runType = z.enum(['local', 'docker', 'ecs']);
export const ifLocked = z.enum(['fail', 'skip']);
/** Source: DynamoDB's naming rules. */
export const tableName = z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/);
export const exportFormat = z.enum(EXPORT_FORMATS);
export const flag = z.boolean();
export const text = z.string().min(1);

/** Names from a flag (`EC2 RDS`), the environment (`EC2,RDS`) or a file, in the catalog's order, each once. */
export const services = z
  .union([z.string(), z.array(z.string())])
  .transform((value) =>
    [value]
      .flat()
      .flatMap((part) => part.split(','))
      .map((name) => name.trim()),
  )
  .transform((names) => names.filter((name) => name !== ''))
  .pipe(z.array(z.string()).min(1))
  .transform((names, context) => {
    const unknown = names.filter((name) => knownService(name) === undefined);
    if (unknown.length > 0) {
      context.addIssue({ code: 'custom', message: unknown.join(', ') });
      return z.NEVER;
    }
    return SERVICES.filter((service) => names.some((name) => knownService(name) === service));
  });

function knownService(name: string) {
  return SERVICES.find((service) => service.toLowerCase() === name.toLowerCase());
}

/** A directory or `s3://bucket/prefix`. */
export const store = text.transform((value, context) => {
  const place = parseStorePlace(value);
  if (place !== null) return place;
  context.addIssue({ code: 'custom', message: value });
  return z.NEVER;
});

export const region = z.string().regex(REGION_NAME);
export const tenant = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
export const date = z.iso.date();
/** Its day may lie up to eight days later, by time zone and offset, and has a year of four digits still. */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine((at) => at.getTime() < Date.UTC(9999, 11, 23));

export const timeZone = z.string().refine((zone) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
});

/** A FIFO queue would hold back all messages of a group while one of them is being worked off. */
export const queueUrl = z.string().refine((value) => {
  const { protocol, pathname } = URL.canParse(value) ? new URL(value) : { protocol: '', pathname: '' };
  return /^https?:$/.test(protocol) && /\/[A-Za-z0-9_-]{1,80}$/.test(pathname);
});

export const url = z.string().refine((value) => {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  return parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:');
});

/** One file name, no path. */
export const fileName = z
  .string()
  .regex(/^[^/\\\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

const gaps = z.array(
  z.strictObject({
    resource_type: z.string().min(1),
    status: z.enum(UNIT_STATUSES),
    region: z.string().min(1).optional(),
  }),
);

/** A list as JSON text (environment) or as itself (file). */
export const acceptedGaps = z.union([gaps, z.string().transform(parseJson).pipe(gaps)]);

function parseJson(value: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no JSON' });
    return z.NEVER;
  }
}
