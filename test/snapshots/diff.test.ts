import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPlace, type Place } from '../cli/place.js';

const [FIRST, SECOND] = ['2026-01-30', '2026-01-31'];
const on = (day: string) => ['--target-date', day, '--backfill', '--clear-cache'];

/** Two days of an account, edited in between. */
async function twoDays(place: Place, edit: (place: Place) => void, args: readonly string[] = []) {
  const first = await place.run(['collect', ...args, ...on(FIRST)]);
  expect(first.code, first.stderr).toBe(0);
  edit(place);
  return place.run(['collect', ...args, ...on(SECOND)]);
}

describe('what changed from one day to another', () => {
  it.concurrent('created, deleted, changed with paths and values; the same in the run and its log', async (test) => {
    const place = await openPlace(test);
    const { buckets } = place.sandbox.estate;
    const [kept, gone] = buckets;
    const second = await twoDays(place, () => {
      buckets.splice(1, 1);
      buckets.push({ ...(kept as (typeof buckets)[number]), Name: 'brand-new' });
      Object.assign(kept as object, {
        tags: [
          { Key: 'Name', Value: 'other' },
          { Key: 'a.b', Value: '新' },
        ],
      });
    });
    const { code, doc } = await place.run(['diff']);
    expect([code, doc.from, doc.to, doc.counts]).toEqual([
      0,
      FIRST,
      SECOND,
      { created: 1, deleted: 1, changed: 1, unknown: 0 },
    ]);
    expect(doc.created).toMatchObject([{ resource_type: 'AWS::S3::Bucket', resource_id: 'brand-new' }]);
    expect(doc.deleted).toMatchObject([{ resource_id: gone?.Name }]);
    expect(doc.changed[0]).toMatchObject({ resource_id: kept?.Name });
    expect(doc.changed[0].changes).toContainEqual({ path: 'tags["a.b"]', before: null, after: '新' });
    expect(second.doc.changes).toEqual(doc.counts);
    const events = second.log.map(({ event }) => event);
    for (const name of ['resource.created', 'resource.deleted', 'resource.changed', 'changes.counted'])
      expect(events.filter((event) => event === name)).toHaveLength(1);
    // Back in time it is the other way round.
    const back = await place.run(['diff', '--from', SECOND, '--to', FIRST]);
    expect(back.doc.counts).toEqual(doc.counts);
    expect(back.doc.deleted).toEqual(doc.created);
    const table = await place.text(['diff', '--output', 'table']);
    expect(table.stdout).toMatch(new RegExp(`changed \\S+ AWS::S3::Bucket ${kept?.Name} [^\\0]*tags\\["a\\.b"\\]`));
  });

  it.concurrent('nothing changed, volatile values aside', async (test) => {
    const place = await openPlace(test);
    const second = await twoDays(place, ({ sandbox }) => {
      for (const subnet of sandbox.estate.regions['us-east-1']?.resources['AWS::EC2::Subnet'] ?? [])
        subnet.AvailableIpAddressCount = 7;
    });
    expect(second.doc.changes).toEqual({ created: 0, deleted: 0, changed: 0, unknown: 0 });
  });

  it.concurrent('a unit that was not read is unknown, never deleted', async (test) => {
    const place = await openPlace(test);
    const second = await twoDays(place, ({ sandbox }) => {
      sandbox.fault({ match: 'rds:DescribeDBInstances', does: 'deny' });
    });
    expect(second.doc.changes).toEqual({ created: 0, deleted: 0, changed: 0, unknown: 1 });
    const { doc } = await place.run(['diff']);
    expect(doc.unknown).toMatchObject([
      { region: 'us-east-1', resource_type: 'AWS::RDS::DBInstance', before: 'complete', after: 'denied' },
    ]);
  });

  it.concurrent('a file or a ledger that is damaged: unknown, with the reason', async (test) => {
    const place = await openPlace(test);
    const lambda = ['--services', 'Lambda'];
    await twoDays(place, () => {}, lambda);
    const days = join(place.cwd, 'data', 'default_tenant');
    const scope = (kind: string, day: string) => join(days, kind, day, place.sandbox.estate.accountId, 'us-east-1');
    rmSync(join(scope('units', FIRST), 'AWS-Lambda-Function'), { recursive: true });
    const { code, doc } = await place.run(['diff']);
    expect([code, doc.counts]).toEqual([0, { created: 0, deleted: 0, changed: 0, unknown: 1 }]);
    expect(doc.unknown).toMatchObject([
      { resource_type: 'AWS::Lambda::Function', before: 'complete', reason: expect.stringMatching(/ is missing$/) },
    ]);
    const folder = scope('manifests', FIRST);
    writeFileSync(join(folder, readdirSync(folder)[0] ?? ''), '{');
    const damaged = await place.run(['diff']);
    const { counts, unknown } = damaged.doc;
    expect([damaged.code, counts.deleted + counts.created, counts.unknown]).toEqual([0, 0, 26]);
    for (const unit of unknown) expect(unit.reason).toMatch(/cannot be understood/);
    const table = await place.text(['diff', '--output', 'table']);
    expect(table.stdout).toMatch(/unknown .*AWS::Lambda::Function.*complete/);
  });

  it.concurrent('a run tells of what it was asked, also where that could not be published', async (test) => {
    const place = await openPlace(test);
    await place.run(['collect', ...on(FIRST)]);
    const some = await place.run(['collect', '--services', 'RDS', ...on(SECOND)]);
    const region = await place.run(['diff', '--region', 'us-east-1']);
    expect([some.doc.changes, region.doc.counts.unknown]).toEqual([region.doc.counts, 20]);
    // Nobody has looked at the buckets yet: that is for the day to say, not for a run that has nothing to do with them.
    const { doc } = await place.run(['diff']);
    expect(doc.unknown).toEqual([
      expect.objectContaining({ region: 'global', before: 'complete', after: null }),
      ...region.doc.unknown,
    ]);
    const folder = join('data/default_tenant/manifests', SECOND, place.sandbox.estate.accountId, 'global');
    mkdirSync(join(place.cwd, folder));
    place.file(join(folder, '00000000000000000001.json'), '{');
    const all = await place.run(['collect', ...on(SECOND)]);
    expect([all.code, all.doc.errors.S3[0].code]).toEqual([3, 'STORE_UNAVAILABLE']);
    expect(all.doc.changes).toEqual({ created: 0, deleted: 0, changed: 0, unknown: 1 });
    expect((await place.run(['diff'])).doc.counts).toEqual(all.doc.changes);
  });

  it.concurrent('a detail that was not read is no change; what else changed is told', async (test) => {
    const place = await openPlace(test);
    const second = await twoDays(
      place,
      ({ sandbox }) => {
        sandbox.fault({ match: /^s3:GetBucket(Tagging|Versioning|Location)$/, does: 'deny' });
        sandbox.fault({ match: 's3:GetBucketEncryption', does: 'deny' });
      },
      ['--services', 'S3'],
    );
    expect([second.doc.warnings.length > 2, second.doc.changes]).toEqual([
      true,
      { created: 0, deleted: 0, changed: 0, unknown: 0 },
    ]);
  });

  it.concurrent('a day that is not there, or only one day', async (test) => {
    const place = await openPlace(test);
    const first = await place.run(['collect', '--services', 'Lambda', ...on(FIRST)]);
    expect(first.doc).not.toHaveProperty('changes');
    const one = await place.run(['diff']);
    expect([one.code, one.doc.problems]).toEqual([2, [`diff: there are no two days to compare (days: ${FIRST})`]]);
    const none = await place.run(['diff', '--from', '2025-12-31', '--to', FIRST]);
    expect(none.doc.problems).toEqual([`diff: there is no snapshot of "2025-12-31" (days: ${FIRST})`]);
    await place.run(['collect', '--services', 'Lambda', ...on('9999-12-31')]);
    expect((await place.run(['diff'])).doc).toMatchObject({ from: FIRST, to: '9999-12-31' });
  });
});
