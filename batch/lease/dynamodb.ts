import type { AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import { type LeaseRow, LockUnavailable } from './lease.js';
import type { LeaseReading, LeaseTable } from './lease-table.js';

/** The `Date` of a reply has whole seconds: the clock was somewhere in that second. */
const DATE_RESOLUTION_MS = 1000;

/**
 * Leases as items of a DynamoDB table with partition key `lock_key`. The lock's clock is the `Date` of DynamoDB's own
 * replies. `describe` says what an error of the SDK means, `isRefused` whether it refuses the credentials for good.
 */
export function dynamoLeaseTable(options: {
  readonly table: string;
  /** Loaded and made once, when the lease is first asked for. */
  readonly client: () => Promise<DynamoDBClient>;
  readonly describe: (error: unknown) => string;
  readonly isRefused: (error: unknown) => boolean;
}): LeaseTable {
  const { table, describe, isRefused } = options;
  let opened: Promise<DynamoDBClient> | null = null;
  const open = () => {
    opened ??= options.client();
    return opened;
  };
  const usable = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      const missing = error instanceof Error && error.name === 'ResourceNotFoundException';
      const reason = missing ? 'there is no such table in this account and region' : describe(error);
      throw new LockUnavailable(`DynamoDB table ${table}: ${reason}`, { cause: error, refused: isRefused(error) });
    });

  async function read(key: string, abortSignal: AbortSignal): Promise<LeaseReading> {
    const { GetItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await open();
    const command = new GetItemCommand({ TableName: table, Key: { lock_key: { S: key } }, ConsistentRead: true });
    const date = watchDate(command);
    const { Item } = await client.send(command, { abortSignal });
    const now = date();
    return { row: Item === undefined ? null : rowOf(Item), notBefore: now, notAfter: now + DATE_RESOLUTION_MS };
  }

  async function swap(row: LeaseRow, over: LeaseRow | null, abortSignal: AbortSignal): Promise<boolean> {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await open();
    try {
      await client.send(new PutItemCommand({ TableName: table, Item: itemOf(row), ...conditionOf(over) }), {
        abortSignal,
      });
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  return {
    read: (key, signal) => usable(read(key, signal)),
    swap: (row, over, signal) => usable(swap(row, over, signal)),
  };
}

function conditionOf(over: LeaseRow | null) {
  if (over === null) return { ConditionExpression: 'attribute_not_exists(lock_key)' };
  return {
    ConditionExpression: 'fencing_token = :token AND run_id = :run AND lease_expires_at = :end',
    ExpressionAttributeValues: {
      ':token': { N: String(over.token) },
      ':run': { S: over.runId },
      ':end': { S: over.expiresAt },
    },
  };
}

/** The `Date` of this command's own reply: another's, made earlier, may arrive later. */
function watchDate(command: GetItemCommand): () => number {
  let date = Number.NaN;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (HttpResponse.isInstance(result.response)) date = Date.parse(result.response.headers.date ?? '');
      return result;
    },
    { name: 'lockClock', step: 'deserialize', priority: 'low' },
  );
  return () => {
    if (Number.isNaN(date)) throw new Error('the answer has no Date');
    return date;
  };
}

function itemOf(row: LeaseRow): Record<string, AttributeValue> {
  return {
    lock_key: { S: row.key },
    owner: { S: row.owner },
    run_id: { S: row.runId },
    fencing_token: { N: String(row.token) },
    acquired_at: { S: row.acquiredAt },
    lease_expires_at: { S: row.expiresAt },
  };
}

function rowOf(item: Record<string, AttributeValue>): LeaseRow {
  const text = (name: string) => {
    const value = item[name]?.S;
    if (value === undefined) throw new Error(`the item has no ${name}`);
    return value;
  };
  const time = (name: string) => {
    const value = text(name);
    if (Number.isNaN(Date.parse(value))) throw new Error(`${name} of the item is not a time: ${value}`);
    return value;
  };
  const token = Number(item.fencing_token?.N);
  if (!Number.isSafeInteger(token)) throw new Error('the item has no fencing_token');
  return {
    key: text('lock_key'),
    token,
    owner: text('owner'),
    runId: text('run_id'),
    acquiredAt: time('acquired_at'),
    expiresAt: time('lease_expires_at'),
  };
}
