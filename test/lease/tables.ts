import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { classify } from '../../batch/aws/classify.js';
import { dynamoLeaseTable } from '../../batch/lease/dynamodb.js';
import { fileLeaseTable } from '../../batch/lease/file.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { ModelTable } from './model-table.js';

export interface OpenTable {
  readonly table: LeaseTable;
  /** A table of the same kind that cannot be used. */
  readonly unusable: LeaseTable;
  close(): Promise<void>;
}

export const TABLES: Readonly<Record<'model' | 'file' | 'dynamodb', () => Promise<OpenTable>>> = {
  model: async () => {
    const clock = () => ({ notBefore: Date.now(), notAfter: Date.now() + 1 });
    const unusable = new ModelTable(clock);
    unusable.broken = true;
    return { table: new ModelTable(clock), unusable, close: async () => {} };
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'arv-lease-'));
    await writeFile(join(folder, 'occupied'), '');
    return {
      table: fileLeaseTable((key) => join(folder, key)),
      unusable: fileLeaseTable((key) => join(folder, 'occupied', key)),
      close: () => rm(folder, { recursive: true }),
    };
  },
  dynamodb: async () => {
    const { client, close } = await openDynamo();
    return { table: tableOf(client), unusable: tableOf(client, 'nowhere'), close };
  },
};

export function tableOf(client: DynamoDBClient, table = 'leases'): LeaseTable {
  const describe = (error: unknown) => {
    const { code, message } = classify(error);
    return `${code}: ${message}`;
  };
  return dynamoLeaseTable({ table, client: async () => client, describe, isRefused: () => false });
}

/** DynamoDB with an empty table; a client that tries thrice, without pauses. */
export async function openDynamo(): Promise<{ sandbox: Sandbox; client: DynamoDBClient; close(): Promise<void> }> {
  const sandbox = await startSandbox();
  const client = new DynamoDBClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    retryStrategy: new ConfiguredRetryStrategy(3, 0),
  });
  await client.send(
    new CreateTableCommand({
      TableName: 'leases',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'lock_key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'lock_key', AttributeType: 'S' }],
    }),
  );
  const status = async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'leases' }));
    return Table?.TableStatus;
  };
  while ((await status()) !== 'ACTIVE');
  const close = async () => {
    client.destroy();
    await sandbox.close();
  };
  return { sandbox, client, close };
}
