import type { TestContext } from 'vitest';
import { openPlace, type Ran } from '../cli/place.js';

/** One event of the log group. */
export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

export interface RealRuns {
  /** One unit denied, one failed for good, everything else read. */
  readonly partial: Ran;
  /** Everything read. */
  readonly complete: Ran;
  readonly withoutCredentials: Ran;
  readonly wrongUsage: Ran;
  /** All that the container would have written: log and metrics (stderr) and the result (stdout). */
  readonly lines: readonly LogEvent[];
}

const ECS = { BATCH_RUN_TYPE: 'ecs' };

/** Runs of the built program as the container starts it, with what they wrote. */
export async function realRuns(test: TestContext): Promise<RealRuns> {
  const place = await openPlace(test);
  const repair = [
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' }),
    place.sandbox.fault({ match: 'lambda:ListEventSourceMappings', does: 'cut' }),
  ];
  const partial = await place.collect(['--max-retries', '0'], ECS);
  for (const done of repair) done();
  const complete = await place.collect(['--clear-cache'], ECS);
  const withoutCredentials = await place.collect([], { ...ECS, AWS_ACCESS_KEY_ID: undefined });
  const wrongUsage = await place.run(['--concurrency', '0'], ECS);
  const runs = { partial, complete, withoutCredentials, wrongUsage };
  return { ...runs, lines: Object.values(runs).flatMap(eventsOf) };
}

function eventsOf({ stdout, stderr }: Ran): LogEvent[] {
  let timestamp = Date.now();
  return `${stderr}${stdout}`
    .split('\n')
    .filter((line) => line !== '')
    .map((message) => {
      const line = JSON.parse(message);
      // What carries no time arrives with what came before it.
      timestamp = line._aws?.Timestamp ?? (line.timestamp === undefined ? timestamp : Date.parse(line.timestamp));
      return { timestamp, message };
    });
}
