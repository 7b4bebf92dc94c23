/**
 * What a test runs in another process: lines into the rotated file, at times that the test says. The plan comes as
 * JSON in argv; the process tells when its first line is written and waits for the word to go on.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { RotatedFile } from '../../batch/logging/rotation.js';
import { takeClaim } from '../../batch/logging/rotation-claim.js';

export interface Plan {
  readonly dir: string;
  readonly id: string;
  /** Epoch milliseconds of the lines, in order; the first is written before the word to go on. */
  readonly times: readonly number[];
  readonly umask?: number;
  /** Dies by SIGKILL at the n-th call that changes the file system, counted from 1. */
  readonly dieAt?: number;
  /** Takes the claim and tells; keeps it until it is told to let go (or killed). */
  readonly holdClaim?: boolean;
}

const CHANGES = [
  'openSync',
  'writeFileSync',
  'writeSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'fchmodSync',
] as const;

function dieAtCall(limit: number): void {
  let calls = 0;
  for (const name of CHANGES) {
    const original = fs[name] as (...args: unknown[]) => unknown;
    Object.assign(fs, {
      [name]: (...args: unknown[]) => {
        calls += 1;
        if (calls === limit) process.kill(process.pid, 'SIGKILL');
        return original(...args);
      },
    });
  }
  syncBuiltinESMExports();
}

const told = (): Promise<unknown> => new Promise((resolve) => process.once('message', resolve));

async function run(plan: Plan): Promise<void> {
  if (plan.umask !== undefined) process.umask(plan.umask);
  if (plan.holdClaim === true) {
    const claim = takeClaim(plan.dir, 'app.log');
    process.send?.(claim === null ? 'refused' : 'claimed');
    await told();
    claim?.release();
    return;
  }
  if (plan.dieAt !== undefined) dieAtCall(plan.dieAt);
  const file = new RotatedFile({ dir: plan.dir, filename: 'app.log', keepDays: 7 });
  for (const [index, time] of plan.times.entries()) {
    const at = new Date(time);
    file.write(JSON.stringify({ timestamp: at.toISOString(), id: plan.id, n: index }), at);
    if (index > 0) continue;
    process.send?.('ready');
    await told();
  }
  file.close();
}

void run(JSON.parse(process.argv[2] ?? '') as Plan).finally(() => process.disconnect());
