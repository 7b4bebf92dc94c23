import { expect, test } from 'vitest';
import type { DeadLetter } from '../../batch/contract/dead-letter.js';
import { FAILURE_CAUSES } from '../../batch/contract/failure-causes.js';
import { Analysis, causeOf } from '../../batch/core/analysis.js';

test.each<[cause: string, code: string, status?: DeadLetter['status']]>([
  ['ACCESS_DENIED', 'UnauthorizedOperation', 'denied'],
  ['ACCESS_DENIED', 'AccessDenied'],
  ['ACCESS_DENIED', 'KMSAccessDeniedException'],
  ['ACCESS_DENIED', 'SomethingNew', 'denied'],
  ['THROTTLED', 'RequestLimitExceeded', 'throttled'],
  ['THROTTLED', 'TooManyRequestsException', 'partial'],
  ['THROTTLED', 'ThrottlingException', 'partial'],
  ['THROTTLED', 'SlowDown', 'partial'],
  ['THROTTLED', 'EC2ThrottledException', 'throttled'],
  ['THROTTLED', 'SomethingNew', 'throttled'],
  ['SERVICE_DOWN', 'CIRCUIT_OPEN'],
  ['CALL_TIMEOUT', 'CALL_TIMEOUT', 'timed_out'],
  ['RUN_DEADLINE', 'DEADLINE', 'timed_out'],
  ['UNIT_DEADLINE', 'UNIT_DEADLINE', 'timed_out'],
  ['CREDENTIALS_EXPIRED', 'EXPIRED_CREDENTIALS'],
  ['CREDENTIALS_REFUSED', 'INVALID_CREDENTIALS'],
  ['CREDENTIALS_REFUSED', 'NO_CREDENTIALS'],
  ['DAMAGED_FILE', 'DAMAGED'],
  ['LOCKED', 'LOCKED'],
  ['LOCKED', 'LOCK_LOST'],
  ['NOT_AWS', 'INVALID_RESPONSE'],
  ['ODD_ANSWER', 'INVALID_ITEM', 'partial'],
  ['ODD_ANSWER', 'PAGINATION_LOOP'],
  ['NAME_RESOLUTION', 'ENOTFOUND'],
  ['NAME_RESOLUTION', 'EAI_AGAIN'],
  ['CONNECTION', 'ECONNREFUSED'],
  ['CONNECTION', 'ECONNRESET'],
  ['CONNECTION', 'ETIMEDOUT'],
  ['CONNECTION', 'EPIPE'],
  ['CONNECTION', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ['NOT_OFFERED', 'OptInRequired'],
  ['SERVER_ERROR', 'InternalError'],
  ['SERVER_ERROR', 'ServiceUnavailable'],
  ['UNKNOWN', 'INTERNAL'],
  ['UNKNOWN', 'SomethingNew'],
  ['UNKNOWN', ''],
])('%s: %s %s', (cause, code, status = 'failed') => {
  expect(causeOf({ code, status }).cause).toBe(cause);
});

test('every cause has its own name and both languages, and the last one fits anything', () => {
  const names = FAILURE_CAUSES.map(({ cause }) => cause);
  expect(new Set(names).size).toBe(names.length);
  for (const { likely, remedy } of FAILURE_CAUSES) {
    for (const text of [likely.en, remedy.en]) expect(text).toMatch(/^[\x20-\x7e]+\.$/);
    for (const text of [likely.ja, remedy.ja]) expect(text).toMatch(/[ぁ-ん].*。$/);
  }
  const last = FAILURE_CAUSES.at(-1) ?? {};
  expect('code' in last || 'status' in last).toBe(false);
});

function letter(own: Partial<DeadLetter>): DeadLetter {
  return {
    ...{ schema_version: 1, tenant: 't', account_id: '1'.repeat(12), region: 'us-east-1', date: '2026-01-02' },
    ...{ service: 'RDS', resource_type: 'AWS::RDS::DBCluster', status: 'denied', class: 'permanent' },
    ...{ code: 'AccessDenied', message: 'no', stack: null, attempts: 1, run_id: 'run' },
    ...{ failed_at: '2026-01-02T00:00:01.000Z', fencing_token: 7, carried: false },
    ...own,
  };
}

const actionsOf = (type: string) => [`rds:${type}`, 'rds:ListTagsForResource'];

test('the actions of a denial are those of the types that were denied', () => {
  const analysis = new Analysis();
  analysis.add(letter({ resource_type: 'A' }));
  analysis.add(letter({ resource_type: 'B' }));
  analysis.add(letter({ resource_type: 'C', code: 'SlowDown', status: 'throttled' }));
  const { causes } = analysis.report('ja', actionsOf);
  expect(causes[0]?.remedy).toContain('(rds:A, rds:B, rds:ListTagsForResource)');
  expect(causes[1]?.remedy).not.toContain('rds:');
});

test('the most frequent first, each with the last of its failures; days in their order', () => {
  const analysis = new Analysis();
  const slow = { code: 'SlowDown', status: 'throttled', class: 'transient' } as const;
  analysis.add(letter({ date: '2026-01-03', failed_at: '2026-01-03T00:00:00.000Z', run_id: 'late' }));
  analysis.add(letter({ ...slow, date: '2026-01-02' }));
  analysis.add(letter({ ...slow, date: '2026-01-01', failed_at: '2026-01-01T00:00:00.000Z', run_id: 'early' }));
  const report = analysis.report('en', actionsOf);
  expect(report.causes.map(({ cause, count, share }) => [cause, count, share])).toEqual([
    ['THROTTLED', 2, 0.667],
    ['ACCESS_DENIED', 1, 0.333],
  ]);
  expect(report.causes.map(({ last }) => last.run_id)).toEqual(['run', 'late']);
  expect(Object.entries(report.by_day)).toEqual([
    ['2026-01-01', 1],
    ['2026-01-02', 1],
    ['2026-01-03', 1],
  ]);
  expect(Object.entries(report.by_code)[0]).toEqual(['SlowDown', 2]);
});
