import type { ResourceRecord } from '../../batch/contract/record.js';
import type { LedgerUnit } from '../../batch/core/model.js';
import { contentHash } from '../../batch/core/plain.js';

export const TYPE = 'AWS::EC2::Instance';
export const VOLATILE = ['Volatile', 'List.Volatile'];
/** Lists whose order means nothing, with those below them. */
export const UNORDERED = ['Set', 'A.Set'];

/** What a record's content hash covers. */
export type Content = Pick<ResourceRecord, 'tags' | 'state' | 'properties'>;

export function recordOf(id: string, content: Content): ResourceRecord {
  const { tags, state, properties } = content;
  return {
    ...{ schema_version: 1, tenant: 't', account_id: '1', region: 'r', service: 'EC2', resource_type: TYPE },
    ...{ resource_id: id, arn: null, name: null, created_at: null, collected_at: '', relations: [], run_id: '' },
    ...{ ...content, content_hash: contentHash(tags, state, properties, VOLATILE) },
  };
}

export function unitOf(part: Partial<LedgerUnit>): LedgerUnit {
  return {
    ...{ resource_type: TYPE, status: 'complete', origin: 'fetched', run_id: 'run', count: 0, bytes: null },
    ...{ file: null, sha256: null, api_calls: 1, started_at: '', finished_at: '', error: null, unread: [] },
    ...{ accepted: false, ...part },
  };
}
