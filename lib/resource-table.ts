import { Aws } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { RECORD_COLUMNS, RELATION_FIELDS, type RecordColumn } from '../batch/contract/record-columns.js';
import type { Text } from '../batch/contract/text.js';
import type { Settings } from './settings.js';

const DESCRIPTIONS = {
  database: {
    ja: 'AWS Resource Visualizer: AWS リソースの毎日のスナップショット',
    en: 'AWS Resource Visualizer: daily snapshots of AWS resources',
  },
  table: {
    ja: 'AWS Resource Visualizer: 1 行が 1 日の 1 リソース。year、month、day で日を指定する',
    en: 'AWS Resource Visualizer: a row is a resource of a day; choose the day by year, month and day',
  },
} as const satisfies Record<string, Text>;

const STRUCT = RELATION_FIELDS.map((field) => `${field}:string`).join(',');

/** The types of Hive for those of a record's columns. */
const HIVE_TYPES: Readonly<Record<RecordColumn['type'], string>> = {
  int: 'int',
  string: 'string',
  json: 'string',
  timestamp: 'timestamp',
  tags: 'map<string,string>',
  relations: `array<struct<${STRUCT}>>`,
};

/**
 * The days that there may be. Nobody has to add a partition: Athena works them out, as `year=2026/month=01/day=09` in
 * the way of Hive. It looks for each one that a query leaves in, and S3 bills every look, so the years are no more than
 * they need be, and queries should name their days. Not of the type `date`, which AWS says cannot be split over columns.
 */
const PARTITIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  year: { type: 'integer', range: '2025,2050' },
  month: { type: 'integer', range: '1,12', digits: '2' },
  day: { type: 'integer', range: '1,31', digits: '2' },
};

const HIVE_PARQUET = 'org.apache.hadoop.hive.ql.io.parquet';

interface ResourceTableProps {
  readonly snapshots: s3.IBucket;
  readonly settings: Settings;
}

/** The published Parquet files as a table of Glue's catalog: SQL over all days, where they lie. */
export class ResourceTable extends Construct {
  constructor(scope: Construct, id: string, { snapshots, settings }: ResourceTableProps) {
    super(scope, id);
    const { lang, tenantId } = settings;
    const database = new glue.CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: INFRASTRUCTURE.database, description: DESCRIPTIONS.database[lang] },
    });
    new glue.CfnTable(this, 'Table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: database.ref,
      tableInput: {
        name: INFRASTRUCTURE.table,
        description: DESCRIPTIONS.table[lang],
        tableType: 'EXTERNAL_TABLE',
        parameters: { EXTERNAL: 'TRUE', classification: 'parquet', ...projection() },
        partitionKeys: Object.keys(PARTITIONS).map((name) => ({ name, type: 'string' })),
        storageDescriptor: {
          location: `s3://${snapshots.bucketName}/${tenantId}/analytics/resources/`,
          columns: RECORD_COLUMNS.map(({ name, type }) => ({ name, type: HIVE_TYPES[type] })),
          inputFormat: `${HIVE_PARQUET}.MapredParquetInputFormat`,
          outputFormat: `${HIVE_PARQUET}.MapredParquetOutputFormat`,
          serdeInfo: { serializationLibrary: `${HIVE_PARQUET}.serde.ParquetHiveSerDe` },
        },
      },
    });
  }
}

/** Source: "Set up partition projection", Amazon Athena. */
function projection(): Record<string, string> {
  const properties = Object.entries(PARTITIONS).flatMap(([column, rows]) =>
    Object.entries(rows).map(([name, value]) => [`projection.${column}.${name}`, value]),
  );
  return { 'projection.enabled': 'true', ...Object.fromEntries(properties) };
}
