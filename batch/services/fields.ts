import type { Relation } from '../contract/record.js';
import type { Place } from '../core/model.js';

interface AwsTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** AWS's list of tags as a map. `fromEntries` defines keys, so that `__proto__` stays a tag. */
export function tagMap(tags: readonly AwsTag[] | null | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

/** The tag `Name`, null when there is none or it is empty. */
export function nameTag(tags: Readonly<Record<string, string>>): string | null {
  return (Object.hasOwn(tags, 'Name') && tags.Name) || null;
}

/** `resource` is what follows the account: `instance/i-0123`. `owner` where it is not the account that is read. */
export function arnOf(place: Place, service: string, resource: string, owner?: string): string {
  return `arn:${place.partition}:${service}:${place.region}:${owner ?? place.accountId}:${resource}`;
}

type RelationRow = readonly [kind: string, resourceType: string, ids: readonly (string | undefined)[]];

/** One relation per id that is there, each once. */
export function relations(...rows: readonly RelationRow[]): Relation[] {
  return rows.flatMap(([kind, resource_type, ids]) =>
    [...new Set(ids)]
      .filter((id) => id !== undefined && id !== '')
      .map((id) => ({ kind, resource_type, resource_id: id as string })),
  );
}

/** The item without the fields that a record keeps elsewhere. */
export function propertiesOf<T extends object, K extends keyof T>(item: T, ...elsewhere: readonly K[]): Omit<T, K> {
  const properties = { ...item };
  for (const key of elsewhere) delete properties[key];
  return properties;
}
