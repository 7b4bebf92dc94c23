import { setTimeout as pause } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Env, Place, Ran, Running } from '../cli/place.js';
import { clients } from '../sandbox/clients.js';

/** Both locks keep the same promises. */
export const LOCKS = ['lease files', 'DynamoDB'] as const;
export type LockName = (typeof LOCKS)[number];

const TABLE = 'leases';
/** The services that a run collects from. STS and DynamoDB are asked before. */
const COLLECTING = /^(ec2|rds|s3|lambda):/;

/** Makes the lock ready; gives back what a run's environment needs to use it. */
export async function openLock(place: Place, lock: LockName, table = TABLE): Promise<Env> {
  if (lock === 'lease files') return {};
  const { dynamodb, destroy } = clients(place.sandbox.url, 'us-east-1');
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'lock_key', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'lock_key', AttributeType: 'S' }],
      }),
    );
    const ready = async () => {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
      return Table?.TableStatus === 'ACTIVE';
    };
    while (!(await ready())) await pause(5);
  } finally {
    destroy();
  }
  return { LOCK_TABLE_NAME: table };
}

/** A promise and what resolves it: until then, a call that is held stays so. */
export function gate(test: { onTestFinished(done: () => void): void }): { until: Promise<void>; open: () => void } {
  let open = () => {};
  const until = new Promise<void>((resolve) => {
    open = resolve;
  });
  test.onTestFinished(() => open());
  return { until, open: () => open() };
}

/** A run of `collect` that stands at its first call of `operation` until it is let go on. */
export async function standing(
  place: Place,
  test: Parameters<typeof gate>[0],
  operation: string,
  {
    args,
    env = {},
    region = 'us-east-1',
  }: { readonly args: readonly string[]; readonly env?: Env; readonly region?: string },
): Promise<Running & { open: () => void }> {
  const { until, open } = gate(test);
  const count = place.calls(operation).length;
  place.sandbox.fault({ match: operation, region, times: 1, does: { kind: 'hold', until } });
  const running = place.startCollect([...args, '--region', region], env);
  // Where the test ends before it does, nobody asks how.
  running.ended.catch(() => {});
  await place.sandbox.waitFor(operation, count + 1);
  return { ...running, open };
}

/** Runs again and again until the lock lets one in; gives back that one. */
export async function untilLetIn(attempt: () => Promise<Ran>): Promise<Ran> {
  for (;;) {
    const ran = await attempt();
    if (ran.code !== 4) return ran;
  }
}

/** What was asked of the collected services. */
export function collectingCalls(place: Place, since = 0): string[] {
  return place.sandbox.calls
    .slice(since)
    .map(({ operation }) => operation)
    .filter((operation) => COLLECTING.test(operation));
}

/** The fencing tokens that a run took, by the key's region. */
export function tokensOf({ log }: Ran): Record<string, number> {
  const lines = log.filter(({ event }) => event === 'lock.acquired');
  return Object.fromEntries(lines.map((line) => [String(line.lock_key).split('/').at(-1), line.fencing_token]));
}
