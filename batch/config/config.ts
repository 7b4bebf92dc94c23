import { join } from 'node:path';
import type { CallPolicy } from '../aws/clients.js';
import type { Lang } from '../contract/text.js';
import type { LogLevel } from '../core/ports.js';
import type { RunConfig } from '../core/run-config.js';
import type { StorePlace } from '../store/place.js';

/** One invocation of `collect`, understood and checked. Read only; nothing else looks at argv or the environment. */
export interface Config {
  readonly run: Omit<RunConfig, 'runId' | 'region'>;
  /** null: neither given nor in the environment; the profile may have one. */
  readonly region: string | null;
  readonly lang: Lang;
  /** IANA name: of the target date, and of the local times that are shown. */
  readonly timeZone: string;
  readonly output: 'json' | 'table';
  readonly quiet: boolean;
  readonly dryRun: boolean;
  /** A directory. */
  readonly store: StorePlace;
  readonly endpointUrl: string | null;
  readonly calls: CallPolicy;
  readonly runType: 'local' | 'docker' | 'ecs';
  readonly lock: {
    /** DynamoDB table; null: lease files in the store. */
    readonly table: string | null;
    /** Where the table is: the region of the environment (on ECS the task's), not the one that is collected. */
    readonly region: string | null;
    readonly leaseSeconds: number;
  };
  /** URL of the SQS queue that gets a copy of each dead letter. */
  readonly deadLetterQueue: string | null;
  readonly log: {
    readonly dir: string;
    readonly filename: string;
    readonly level: LogLevel;
    /** Days that a rotated file is kept. */
    readonly keepDays: number;
  };
}

/** Where lease files lie: in the store when it is a directory, else beside the log. */
export function leaseRoot({ store, log }: Pick<Config, 'store' | 'log'>): string {
  return store.kind === 'directory' ? store.path : join(log.dir, 'leases');
}
