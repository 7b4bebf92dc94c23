import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';

/** What makes tags hard to carry: other scripts, emoji, XML's own characters, nothing at all, as much as AWS allows. */
const AWKWARD: Readonly<Record<string, string>> = {
  用途: '商品画像 🖼️ と注文（本番）',
  Note: `<"tea" & 'rice'> = 100% \\o/ ]]>`,
  Empty: '',
  Long: 'あ長'.repeat(127).padEnd(255, '終'),
  'a:b/c+d=e@f.g_h-i': ' inside  and around ',
  ['__proto__']: 'a plain key',
  constructor: 'another',
};

export const AWKWARD_TAGS = Object.entries(AWKWARD).map(([Key, Value]) => ({ Key, Value }));

/** The tags of a new EC2 resource: its name and, where asked for, all that is awkward. */
export function named(type: ResourceType, name: string, more: readonly Tag[] = []): TagSpecification[] {
  return [{ ResourceType: type, Tags: [{ Key: 'Name', Value: name }, ...more] }];
}

/** What AWS always answers with, though the SDK's types allow for less. */
export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what was just made');
  return value;
}
