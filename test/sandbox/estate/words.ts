import { createHash } from 'node:crypto';

export const ACCOUNT_ID = '482915730164';
/** Owners of the public image and the shared snapshot that the account can see but does not own. */
export const FOREIGN_ACCOUNT_ID = '099720109477';
export const VIRGINIA = 'us-east-1';
export const TOKYO = 'ap-northeast-1';

/** An id in EC2's form, the same wherever the same word is used: `ec2Id('subnet', 'shop-public-a')`. */
export function ec2Id(prefix: string, word: string): string {
  return `${prefix}-0${createHash('sha256').update(`${prefix}/${word}`).digest('hex').slice(0, 16)}`;
}

export function uuid(word: string): string {
  const hex = createHash('sha256').update(word).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

export function tags(values: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}

/** `date('2025-01-02')` or with a time, in UTC. */
export function date(text: string): Date {
  return new Date(text.includes('T') ? text : `${text}T00:00:00Z`);
}

export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
}
