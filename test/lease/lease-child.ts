/**
 * What a test runs in another process: one acquisition on lease files, with the real clock. The plan comes as JSON in
 * argv; the process asks for the word before it begins, tells what came of it, and does what it is told.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileLeaseTable } from '../../batch/lease/file.js';
import { type Lease, LeaseRefused } from '../../batch/lease/lease.js';
import { createLeases } from '../../batch/lease/leases.js';
import { isGoneHere, thisProcess } from '../../batch/process/identity.js';

export interface Plan {
  readonly folder: string;
  readonly runId: string;
  readonly leaseMs: number;
  readonly waitMs: number;
  /** Passes for another host: nothing is known of its processes, nor of it elsewhere. */
  readonly host: string | null;
}

export type Word =
  | 'ready'
  | 'refused'
  | 'released'
  | 'confirmed'
  | 'not confirmed'
  | `token ${number}`
  | `error ${string}`;

const tell = (word: Word) => process.send?.(word);
const told = (): Promise<unknown> => new Promise((resolve) => process.once('message', resolve));

async function acquire(plan: Plan): Promise<Lease> {
  const leases = createLeases({
    table: fileLeaseTable((key) => join(plan.folder, key)),
    clock: {
      now: () => new Date(),
      monotonic: () => performance.now(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    },
    log: { write: () => {} },
    leaseMs: plan.leaseMs,
    owner: plan.host ?? thisProcess(),
    isGone: (owner) => plan.host === null && isGoneHere(owner),
  });
  const scope = { tenant: 'acme', accountId: '000000000000', region: 'us-east-1' };
  const { runId, waitMs } = plan;
  return leases.acquire(scope, { runId, publishedToken: 0, force: false, waitMs }, new AbortController().signal);
}

async function run(plan: Plan): Promise<void> {
  tell('ready');
  await told();
  const lease = await acquire(plan);
  tell(`token ${lease.token}`);
  for (;;) {
    if ((await told()) === 'release') {
      await lease.release();
      tell('released');
      return;
    }
    tell((await lease.confirm()) ? 'confirmed' : 'not confirmed');
  }
}

run(JSON.parse(process.argv[2] ?? '') as Plan)
  .catch((error: unknown) => tell(error instanceof LeaseRefused ? 'refused' : `error ${error}`))
  .finally(() => process.disconnect());
