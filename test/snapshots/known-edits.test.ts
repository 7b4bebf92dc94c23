import { expect, it } from 'vitest';
import { CATALOG } from '../../batch/services/index.js';
import { textsBelow } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { edit, populate, SHUFFLED, TYPES } from './known-edits.js';

const [FIRST, SECOND] = ['2026-01-30', '2026-01-31'];
const DENIED = 'AWS::EC2::Volume';
const ABSENT = 'ap-northeast-1';

it('exactly the edits: 300 created, 200 deleted, 500 changed over all types, one denied, one service unsupported', async (test) => {
  const place = await openPlace(test);
  const { estate } = place.sandbox;
  expect([...TYPES].sort()).toEqual(CATALOG.map(({ type }) => type).sort());
  populate(estate, 30);
  place.sandbox.fault({ match: 'lambda:*', region: ABSENT, does: 'unsupported' });
  const collect = async (day: string, codes: readonly number[]) => {
    const on = ['--target-date', day, '--backfill'];
    const own = await place.run(on);
    expect(own.code, own.stderr).toBe(codes[0]);
    const absent = await place.run(['--region', ABSENT, '--services', 'Lambda', ...on]);
    expect([absent.code, absent.doc.results.Lambda], absent.stderr).toEqual([codes[1], 0]);
    return [own, absent];
  };
  await collect(FIRST, [0, 0]);
  const edits = edit(
    estate,
    { created: 300, deleted: 200, changed: 500 },
    TYPES.filter((type) => type !== DENIED),
  );
  place.sandbox.fault({ match: 'ec2:DescribeVolumes', region: 'us-east-1', does: 'deny' });
  const [own, absent] = await collect(SECOND, [3, 0]);

  const { code, doc, stderr } = await place.run(['diff']);
  expect([code, doc.from, doc.to], stderr).toEqual([0, FIRST, SECOND]);
  expect(doc.counts).toEqual({ created: 300, deleted: 200, changed: 500, unknown: 1 });
  expect(keysOf(doc.created)).toEqual(keysOf(edits.created));
  expect(keysOf(doc.deleted)).toEqual(keysOf(edits.deleted));
  expect(keysOf(doc.changed)).toEqual(keysOf(edits.changed));
  expect(doc.unknown).toMatchObject([
    {
      region: 'us-east-1',
      resource_type: DENIED,
      before: 'complete',
      after: 'denied',
      reason: expect.stringMatching(/^UnauthorizedOperation: /),
    },
  ]);
  expect(own?.doc.changes).toEqual(doc.counts);
  expect(absent?.doc.changes).toEqual({ created: 0, deleted: 0, changed: 0, unknown: 0 });
  // What changes by itself or has no order was there, with another value each day.
  const texts = [...textsBelow(place.file('data'))];
  for (const { type, volatile } of CATALOG) {
    for (const path of [...volatile, ...Object.keys(SHUFFLED[type as (typeof TYPES)[number]] ?? {})]) {
      const values = texts
        .filter(([file]) => file.endsWith('.gz') && file.includes(`/${type.replaceAll('::', '-')}/`))
        .flatMap(([, text]) => text.split('\n').filter((line) => line !== ''))
        .map((line) => JSON.parse(line))
        .filter(({ region }) => region === 'us-east-1')
        .map(({ properties }) => JSON.stringify(properties[path]));
      expect(new Set(values).size, `${type} ${path}`).toBe(2);
    }
  }
});

/** Each with its changes in one text, in a fixed order. */
function keysOf(changes: readonly { resource_type: string; resource_id: string; changes?: unknown }[]): string[] {
  return changes
    .map(({ resource_type, resource_id, changes: values }) => JSON.stringify([resource_type, resource_id, values]))
    .sort();
}
