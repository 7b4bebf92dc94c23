import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OPTIONS } from '../../batch/config/option-table.js';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { RETENTION } from '../../batch/contract/retention.js';
import {
  leaseFolder,
  manifestKey,
  projectionKey,
  unitDataKey,
  unitFolder,
  unitSealKey,
} from '../../batch/core/layout.js';
import { ACCOUNT, type Json, onlyOf, READY, REGION, synthesize } from './templates.js';

/** What becomes of an object of the versioned bucket, in days. null: it stays. */
interface Fate {
  /** After its writing: the storage class that it is moved to. */
  readonly moved: readonly [after: number, storageClass: string] | null;
  /** After its writing: a delete marker hides it. */
  readonly hidden: number | null;
  /** After its writing: no version of it is left. */
  readonly gone: number | null;
  /** After it was replaced or deleted by hand. */
  readonly oldGone: number | null;
}

/** Of several rules S3 follows the one that ends first. */
const first = (days: readonly (number | undefined)[]) =>
  days.reduce<number | null>((least, one) => (one === undefined ? least : Math.min(one, least ?? one)), null);

/** Source: "Managing the lifecycle of objects" and "Lifecycle configuration elements", Amazon S3. */
function fateOf(key: string, rules: readonly Json[]): Fate {
  const matching = rules.filter(({ Prefix }) => key.startsWith(Prefix ?? ''));
  const hidden = first(matching.map((rule) => rule.ExpirationInDays));
  const oldGone = first(matching.map((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays));
  const [transition] = matching.flatMap((rule) => rule.Transitions ?? []);
  return {
    moved: transition ? [transition.TransitionInDays, transition.StorageClass] : null,
    hidden,
    gone: hidden === null || oldGone === null ? null : hidden + oldGone,
    oldGone,
  };
}

const rulesOf = (template: Json): readonly Json[] =>
  onlyOf(template, 'AWS::S3::Bucket')[1].LifecycleConfiguration.Rules;
const { template } = synthesize(READY);
const RULES = rulesOf(template);

const STAYS: Fate = { moved: null, hidden: null, gone: null, oldGone: 30 };
const UNIT: Fate = { moved: null, hidden: 30, gone: 60, oldGone: 30 };
const DAILY: Fate = { moved: [90, 'STANDARD_IA'], hidden: 400, gone: 430, oldGone: 30 };
const RESULT: Fate = { moved: null, hidden: 7, gone: 8, oldGone: 1 };

/** A key of each kind that a run writes, for a tenant. */
function keysOf(tenant: string) {
  const scope = { tenant, accountId: ACCOUNT, region: REGION };
  const folder = unitFolder(scope, '2026-01-31', 'AWS::EC2::Instance');
  return {
    units: [unitDataKey(folder, 'run'), unitSealKey(folder, 'run')],
    manifests: [manifestKey(scope, '2026-01-31', 7), manifestKey({ ...scope, region: 'global' }, '2026-01-31', 8)],
    leases: [`${leaseFolder(`${tenant}/${ACCOUNT}/${REGION}`)}/00000000000000000007.json`],
    daily: [projectionKey(scope, '2026-01-31')],
  };
}

describe('what becomes of', () => {
  const { units, manifests, leases, daily } = keysOf('default_tenant');
  const results = ['athena.results/0f.csv', 'athena.results/0f.csv.metadata', 'athena.results/tables/0f/part'];
  test.each([
    ['a unit file and its seal', units, UNIT],
    ['a manifest', manifests, STAYS],
    ['a lease file', leases, STAYS],
    ['a daily file', daily, DAILY],
    ['the result of a query', results, RESULT],
    ['what another program puts there', ['notes.txt', 'other_tenant/units/x'], STAYS],
  ])('%s', (_, keys, fate) => {
    for (const key of keys) expect(fateOf(key, RULES), key).toEqual(fate);
  });

  test('each is the same under every name that a tenant may have', () => {
    for (const tenantId of ['units', 'analytics', 'manifests', 'default', 'athena-results', 'x'.repeat(64)]) {
      const rules = rulesOf(synthesize({ ...READY, tenantId }).template);
      const keys = keysOf(tenantId);
      for (const key of [...keys.manifests, ...keys.leases]) expect(fateOf(key, rules), key).toEqual(STAYS);
      for (const key of keys.units) expect(fateOf(key, rules), key).toEqual(UNIT);
      for (const key of keys.daily) expect(fateOf(key, rules), key).toEqual(DAILY);
    }
    // Else its manifests would lie where results are cleared away.
    expect(OPTIONS.tenant.schema.safeParse(INFRASTRUCTURE.resultsFolder).success).toBe(false);
  });
});

test.each(['README.md', 'README.ja.md'])('%s says what becomes of each', (path) => {
  const readme = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(readme).toContain(`| \`TENANT/units/\` | ${UNIT.hidden} |`);
  expect(readme).toContain(`| \`TENANT/analytics/\` | ${DAILY.hidden} |`);
  expect(readme).toContain('| `TENANT/manifests/` | – |');
  expect(readme).toContain(`| \`${INFRASTRUCTURE.resultsFolder}/\` | ${RESULT.hidden} |`);
  for (const { gone } of [UNIT, DAILY, RESULT]) expect(readme).toMatch(new RegExp(`after ${gone}\\b|${gone} 日後`));
});

test('the days are those that `arv snapshots verify` goes by', () => {
  expect([UNIT.hidden, DAILY.moved?.[0], DAILY.hidden]).toEqual([
    RETENTION.unitDays,
    RETENTION.dailyCheaperAfterDays,
    RETENTION.dailyDays,
  ]);
});

test('each rule is on and has nothing that was not looked at here; markers and broken uploads are cleared', () => {
  const looked = [
    ...['Id', 'Status', 'Prefix', 'ExpirationInDays', 'Transitions', 'NoncurrentVersionExpiration'],
    ...['ExpiredObjectDeleteMarker', 'AbortIncompleteMultipartUpload'],
  ];
  for (const rule of RULES) {
    expect(rule.Status, rule.Id).toBe('Enabled');
    expect(Object.keys(rule).filter((name) => !looked.includes(name))).toEqual([]);
    expect(Object.keys(rule.NoncurrentVersionExpiration ?? { NoncurrentDays: 0 })).toEqual(['NoncurrentDays']);
    expect(rule.Transitions?.length ?? 1).toBe(1);
    // S3 refuses a rule with both.
    expect(rule.ExpiredObjectDeleteMarker && rule.ExpirationInDays).toBeFalsy();
  }
  const everywhere = RULES.filter(({ Prefix }) => Prefix === undefined);
  expect(everywhere.some((rule) => rule.ExpiredObjectDeleteMarker)).toBe(true);
  expect(everywhere.some((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation === 7)).toBe(true);
  // Small files would be billed as larger ones there: S3's own default leaves them where they are.
  const { LifecycleConfiguration } = onlyOf(template, 'AWS::S3::Bucket')[1];
  expect(Object.keys(LifecycleConfiguration)).toEqual(['Rules']);
});
