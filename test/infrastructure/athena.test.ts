import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { athenaSql } from '../../batch/contract/athena-queries.js';
import { NAMED_QUERIES, type QueryName } from '../../batch/contract/named-queries.js';
import type { ResourceRecord } from '../../batch/contract/record.js';
import { projectionKey } from '../../batch/core/layout.js';
import { toParquet } from '../../batch/core/parquet.js';
import { resolved } from './resolved.js';
import { ACCOUNT, type Json, onlyOf, READY, REGION, resourcesOf, synthesize, workFolder } from './templates.js';

const { template } = synthesize(READY);
const english = synthesize({
  ...{ ...READY, lang: 'en', tenantId: 'team-a', removalPolicy: 'destroy', targetDateOffset: -7 },
}).template;
const BUCKET = `aws-resource-visualizer-${ACCOUNT}-${REGION}`;
const propertiesOf = (of: Json, type: string) => resolved(of, onlyOf(of, type)[1]);

describe('the table', () => {
  const [databaseId] = onlyOf(template, 'AWS::Glue::Database');
  const { DatabaseName, TableInput } = onlyOf(template, 'AWS::Glue::Table')[1];
  const { Parameters, PartitionKeys, StorageDescriptor } = TableInput;

  test("lies over the tenant's published files, as Parquet", () => {
    expect(propertiesOf(template, 'AWS::Glue::Database').DatabaseInput.Name).toBe('aws_resource_visualizer');
    expect(DatabaseName).toEqual({ Ref: databaseId });
    expect(TableInput).toMatchObject({ Name: 'resources', TableType: 'EXTERNAL_TABLE' });
    const locationIn = (of: Json) => propertiesOf(of, 'AWS::Glue::Table').TableInput.StorageDescriptor.Location;
    expect(locationIn(template)).toBe(`s3://${BUCKET}/default_tenant/analytics/resources/`);
    expect(locationIn(english)).toBe(`s3://${BUCKET}/team-a/analytics/resources/`);
    expect(StorageDescriptor).toMatchObject({
      InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
      OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
      SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
    });
  });

  test('has the columns that a reader finds in the file, in their order and with their types', async () => {
    const columns: Json[] = StorageDescriptor.Columns;
    expect(columns.map(({ Name, Type }) => [Name, Type])).toEqual(await columnsOfAFile());
    expect(columns.length).toBeGreaterThan(10);
  });

  test('has a partition for each day, in the words of its folder', () => {
    expect(PartitionKeys).toEqual(['year', 'month', 'day'].map((Name) => ({ Name, Type: 'string' })));
    const projected = PartitionKeys.map(({ Name }: Json) => valuesOf(Name, Parameters));
    const [years] = projected;
    expect(years.slice(0, 2)).toEqual(['2025', '2026']);
    const scope = { tenant: 'default_tenant', accountId: ACCOUNT, region: REGION };
    for (let day = Date.UTC(2025, 0, 1); day < Date.UTC(2029, 0, 1); day += 86_400_000) {
      const key = projectionKey(scope, new Date(day).toISOString().slice(0, 10));
      const folder = /^default_tenant\/analytics\/resources\/year=(.+)\/month=(.+)\/day=(.+)\/[^/]+\.parquet$/.exec(
        key,
      );
      for (const [index, part] of folder?.slice(1).entries() ?? []) expect(projected[index], key).toContain(part);
      expect(folder, key).not.toBeNull();
    }
    // Without a template of its own, Athena puts them together in just that way.
    expect(Object.keys(Parameters).filter((name) => !/^(EXTERNAL|classification|projection\.)/.test(name))).toEqual([]);
  });

  test('a query that names no day looks for no more than ten thousand', () => {
    const counts = PartitionKeys.map(({ Name }: Json) => valuesOf(Name, Parameters).length);
    expect(counts.reduce((product: number, count: number) => product * count, 1)).toBeLessThan(10_000);
  });
});

/** Source: "Supported types for partition projection", Amazon Athena; of the type `integer` alone. */
function valuesOf(column: string, parameters: Json): string[] {
  const { type, range, digits, ...more } = Object.fromEntries(
    Object.entries<string>(parameters)
      .filter(([name]) => name.startsWith(`projection.${column}.`))
      .map(([name, value]) => [name.split('.')[2], value]),
  ) as Record<string, string>;
  expect([parameters['projection.enabled'], type, more]).toEqual(['true', 'integer', {}]);
  const [from = 0, to = 0] = (range ?? '').split(',').map(Number);
  return Array.from({ length: to - from + 1 }, (_, n) => String(from + n).padStart(Number(digits ?? 1), '0'));
}

const RECORD: ResourceRecord = {
  ...{ schema_version: 1, tenant: 't', account_id: ACCOUNT, region: REGION, service: 'EC2', run_id: 'r' },
  ...{ resource_type: 'AWS::EC2::Instance', resource_id: 'i-1', arn: null, name: null, state: null },
  ...{ created_at: null, collected_at: '2026-01-31T17:00:00.000Z', tags: { a: 'b' }, content_hash: '0' },
  relations: [{ kind: 'in', resource_type: 'AWS::EC2::Subnet', resource_id: 'subnet-1' }],
  properties: {},
};

/** Name and type, in Hive's words, of what DuckDB finds in a file that the program has written. */
async function columnsOfAFile(): Promise<[name: string, type: string][]> {
  const file = join(workFolder(), 'one.parquet');
  const pieces: Uint8Array[] = [];
  for await (const piece of toParquet(toStream(RECORD), {})) pieces.push(piece);
  writeFileSync(file, Buffer.concat(pieces));
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  const found = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet('${file}')`);
  const rows = found.getRowObjectsJson();
  connection.closeSync();
  return rows.map(({ column_name, column_type }) => [String(column_name), hiveType(String(column_type))]);
}

async function* toStream(record: ResourceRecord): AsyncIterable<ResourceRecord> {
  yield record;
}

function hiveType(type: string): string {
  const plain: Readonly<Record<string, string>> = {
    ...{ INTEGER: 'int', VARCHAR: 'string', 'TIMESTAMP WITH TIME ZONE': 'timestamp' },
    'MAP(VARCHAR, VARCHAR)': 'map<string,string>',
  };
  const [, fields] = /^STRUCT\((.*)\)\[\]$/.exec(type) ?? [];
  if (fields === undefined) return plain[type] ?? type;
  const parts = fields.split(', ').map((field) => field.split(' '));
  return `array<struct<${parts.map(([name, of = '']) => `${name?.replaceAll('"', '')}:${hiveType(of)}`).join(',')}>>`;
}

describe('the workgroup', () => {
  test('is enforced: engine 3, a limit, encrypted results in a folder of their own, metrics', () => {
    const { Tags: _, ...group } = propertiesOf(template, 'AWS::Athena::WorkGroup');
    expect(group).toEqual({
      ...{ Name: 'AwsResourceVisualizer', Description: expect.stringMatching(/AWS Resource Visualizer: .*クエリ/) },
      RecursiveDeleteOption: false,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
        BytesScannedCutoffPerQuery: 10 * 1024 ** 3,
        ...{ PublishCloudWatchMetricsEnabled: true, RequesterPaysEnabled: false },
        ResultConfiguration: {
          OutputLocation: `s3://${BUCKET}/athena.results/`,
          EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
          ExpectedBucketOwner: ACCOUNT,
        },
      },
    });
    // With `destroy` it goes, with what people saved in it.
    expect(propertiesOf(english, 'AWS::Athena::WorkGroup').RecursiveDeleteOption).toBe(true);
  });

  test.each([
    ['ja', 0, template],
    ['en', -7, english],
  ] as const)(
    'has every named query of `arv query`, described in %s, of days filed %i days from today',
    (lang, offset, of) => {
      const saved = Object.values(resourcesOf(of, 'AWS::Athena::NamedQuery')).map(({ Properties }) => Properties);
      const names = Object.keys(NAMED_QUERIES) as QueryName[];
      const [group] = onlyOf(of, 'AWS::Athena::WorkGroup');
      expect(saved).toEqual(
        names.map((Name) => ({
          ...{ Name, Description: NAMED_QUERIES[Name].description[lang], QueryString: athenaSql(Name, offset) },
          ...{ Database: 'aws_resource_visualizer', WorkGroup: { Ref: group } },
        })),
      );
    },
  );
});

test('no ARN of what is queried names a partition, an account or a region', () => {
  const types = ['AWS::Glue::', 'AWS::Athena::', 'AWS::IAM::ManagedPolicy'];
  const found = Object.values<Json>(template.Resources).filter(({ Type }) =>
    types.some((start) => Type.startsWith(start)),
  );
  expect(found.length).toBeGreaterThan(10);
  expect(JSON.stringify(found)).not.toMatch(/arn:aws|us-east-1|\d{12}/);
});
