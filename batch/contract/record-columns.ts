import type { ResourceRecord } from './record.js';

/** `json`: text that holds JSON. `timestamp`: milliseconds since 1970, UTC. */
type ColumnType = 'int' | 'string' | 'json' | 'timestamp' | 'tags' | 'relations';

/** A column of the published table. */
export interface RecordColumn {
  readonly name: keyof ResourceRecord;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/** The columns of a record as files, tables and exports have it, in their order. Source: SPEC §6. */
export const RECORD_COLUMNS: readonly RecordColumn[] = [
  { name: 'schema_version', type: 'int', nullable: false },
  { name: 'tenant', type: 'string', nullable: false },
  { name: 'account_id', type: 'string', nullable: false },
  { name: 'region', type: 'string', nullable: false },
  { name: 'service', type: 'string', nullable: false },
  { name: 'resource_type', type: 'string', nullable: false },
  { name: 'resource_id', type: 'string', nullable: false },
  { name: 'arn', type: 'string', nullable: true },
  { name: 'name', type: 'string', nullable: true },
  { name: 'state', type: 'string', nullable: true },
  { name: 'created_at', type: 'timestamp', nullable: true },
  { name: 'collected_at', type: 'timestamp', nullable: false },
  { name: 'tags', type: 'tags', nullable: true },
  { name: 'relations', type: 'relations', nullable: false },
  { name: 'properties', type: 'json', nullable: false },
  { name: 'content_hash', type: 'string', nullable: false },
  { name: 'run_id', type: 'string', nullable: false },
];

/** The fields of a relation, in their order. */
export const RELATION_FIELDS = ['kind', 'resource_type', 'resource_id'] as const;
