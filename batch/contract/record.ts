/** Version of the record and of the manifest, raised when a field changes its meaning. */
export const SCHEMA_VERSION = 1;

export interface Relation {
  /** What this resource is to the other: `in` (is placed in), `uses`, `attached_to`, `made_from`. */
  readonly kind: string;
  readonly resource_type: string;
  readonly resource_id: string;
}

/**
 * One resource, one NDJSON line of a unit file. (`account_id`, `region`, `resource_type`, `resource_id`) is unique in
 * a snapshot. Times are ISO 8601, UTC, milliseconds.
 */
export interface ResourceRecord {
  readonly schema_version: number;
  readonly tenant: string;
  readonly account_id: string;
  readonly region: string;
  readonly service: string;
  /** CloudFormation type name, or one in the same style. */
  readonly resource_type: string;
  /** The API's own id. */
  readonly resource_id: string;
  readonly arn: string | null;
  readonly name: string | null;
  readonly state: string | null;
  readonly created_at: string | null;
  readonly collected_at: string;
  /** Keys sorted; null when the tags could not be read. */
  readonly tags: Readonly<Record<string, string>> | null;
  readonly relations: readonly Relation[];
  /** The API's fields under the SDK's names, secrets redacted. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** SHA-256 (hex) of tags, state and properties, volatile fields left out: equal means unchanged. */
  readonly content_hash: string;
  readonly run_id: string;
}
