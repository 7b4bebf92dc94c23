import { expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../../batch/contract/export-formats.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { exportRecords } from '../../batch/core/export-records.js';
import { normalize } from '../../batch/core/normalize.js';
import { CATALOG } from '../../batch/services/index.js';
import { each, parquetOf, recordsOf } from './parquet-bytes.js';

/** Names that mean something to an object, and one that comes twice: the last one counts. */
const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'length', '', 'key', 'value', '2', '10'];
const SENT = [...NAMES.map((Key) => ({ Key, Value: `of ${Key}` })), { Key: 'key', Value: 'again' }];

/** As a run makes it of what AWS sent, and as it lies in the unit file. */
function lineOf(id: string, Tags: readonly object[]): string {
  const row = CATALOG.find(({ type }) => type === 'AWS::EC2::Volume');
  if (row === undefined) throw new Error('no such type');
  const place = { accountId: '111122223333', arn: 'arn', partition: 'aws', region: 'us-east-1' };
  const context = { tenant: 't', place, runId: 'run', collectedAt: '2026-01-31T17:00:00.000Z' };
  const item = JSON.parse(JSON.stringify({ VolumeId: id, Tags }));
  return JSON.stringify(normalize({ resourceType: row, region: 'us-east-1' }, item, context));
}

/** A comparison of objects would not see a key `__proto__`; their texts show it. */
const LINES = [lineOf('vol-1', SENT), lineOf('vol-2', []), lineOf('vol-3', SENT.slice(0, 1))];
const records = LINES.map((line) => JSON.parse(line) as ResourceRecord);

it('tags are data, whatever they are called', () => {
  const tags = Object.entries(records[0]?.tags ?? {});
  expect(tags.sort()).toEqual(NAMES.map((name) => [name, name === 'key' ? 'again' : `of ${name}`]).sort());
});

it('a day that is read from its Parquet file has the very lines of the unit files', async () => {
  const unread = records.map((record) => ({ ...record, tags: null }));
  const planted = [...records, ...unread];
  const back = await recordsOf(await parquetOf(planted));
  expect(back.map((record) => JSON.stringify(record))).toEqual(planted.map((record) => JSON.stringify(record)));
});

it.each(EXPORT_FORMATS.filter((format) => format !== 'parquet'))('nor does %s lose any', async (format) => {
  let text = '';
  for await (const piece of exportRecords(each(records), format)) text += piece;
  const tags = records.map((record) => JSON.stringify(record.tags));
  expect(tags[0]).toContain('"__proto__":"of __proto__"');
  for (const shown of tags) expect(text).toContain(format === 'csv' ? shown.replaceAll('"', '""') : shown);
});
