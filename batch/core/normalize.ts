import { type ResourceRecord, SCHEMA_VERSION } from '../contract/record.js';
import { InvalidItem } from './invalid-item.js';
import type { Draft, Place, Unit } from './model.js';
import { contentHash, plainObject, sortedObject } from './plain.js';

export interface RecordContext {
  readonly tenant: string;
  readonly place: Place;
  readonly runId: string;
  readonly collectedAt: string;
}

/** One raw item as a record. Pure. Throws `InvalidItem`. */
export function normalize(unit: Unit, item: unknown, context: RecordContext): ResourceRecord {
  const { resourceType } = unit;
  const draft = resourceType.normalize(item, context.place);
  checkDraft(draft);
  const tags =
    draft.tags === null
      ? null
      : sortedObject(Object.entries(draft.tags).map(([key, value]) => [whole(key), whole(value)]));
  const properties = plainObject(draft.properties);
  return {
    schema_version: SCHEMA_VERSION,
    tenant: context.tenant,
    account_id: context.place.accountId,
    region: draft.region ?? unit.region,
    service: resourceType.service,
    resource_type: resourceType.type,
    resource_id: whole(draft.id),
    arn: draft.arn && whole(draft.arn),
    name: draft.name && whole(draft.name),
    state: draft.state && whole(draft.state),
    created_at: isoTime(draft.createdAt),
    collected_at: context.collectedAt,
    tags,
    relations: draft.relations.map((relation) => ({ ...relation, resource_id: whole(relation.resource_id) })),
    properties,
    content_hash: contentHash(tags, draft.state, properties, resourceType.volatile),
    run_id: context.runId,
  };
}

/** U+FFFD for half of a surrogate pair: tools cut texts where they like, and not every reader takes what is left. */
function whole(text: string): string {
  return text.toWellFormed();
}

/** Types say what AWS promises; this is what it sent. */
function checkDraft(draft: Draft): void {
  const { id, arn, name, state, tags, relations } = draft;
  if (typeof id !== 'string') throw new InvalidItem('the id is no text');
  for (const [field, value] of Object.entries({ arn, name, state })) {
    if (value !== null && typeof value !== 'string') throw new InvalidItem(`${field} is no text`);
  }
  const isMap = tags === null || (typeof tags === 'object' && !Array.isArray(tags));
  if (!isMap || !Object.values(tags ?? {}).every((value) => typeof value === 'string')) {
    throw new InvalidItem('the tags are no map of texts');
  }
  if (!relations.every(({ resource_id }) => typeof resource_id === 'string')) {
    throw new InvalidItem('an id that it refers to is no text');
  }
}

/** ISO 8601 with milliseconds, null for what is no time. AWS sends some times as text (`…+0000`). */
function isoTime(time: Date | string | null): string | null {
  if (time === null) return null;
  const date = time instanceof Date ? time : new Date(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
