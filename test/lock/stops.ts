import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import { EXIT_BY_SIGNAL, type StopSignal } from '../../batch/contract/errors.js';
import { manifestNames } from '../cli/ledger.js';
import { openPlace, type Place, type Ran, type Running } from '../cli/place.js';
import type { FaultRule } from '../sandbox/faults.js';
import { expectContinued, numbers } from './aftermath.js';
import { openLock } from './locks.js';

/** What the contract gives a run to end, whatever hangs. Milliseconds. */
export const TO_END_MS = 5_000;

export interface Stopped {
  /** null: it was gone before its first line of code, or was told nothing. */
  readonly ran: Ran | null;
  readonly tookMs: number;
}

/** Sends the signal; how the run ended, and how long that took from the signal on. */
export async function stop({ child, ended }: Running, signal: StopSignal): Promise<Stopped> {
  const gone = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
  const sent = performance.now();
  child.kill(signal);
  await gone;
  const tookMs = performance.now() - sent;
  // Node itself takes some time to start. Until then the system ends it, and there is nobody to write a document.
  if (child.signalCode === signal) {
    await ended.catch(() => {});
    return { ran: null, tookMs };
  }
  return { ran: await ended, tookMs };
}

/** One call that never answers. */
function hangOf(random: () => number): FaultRule {
  const match = pick(random, [
    ...['sts:*', 'dynamodb:*', 'rds:Describe*', 'rds:ListTagsForResource', 's3:ListBuckets', 's3:GetBucket*'],
    ...['lambda:List*', 'lambda:ListTags'],
  ]);
  const skip = match === 'sts:*' ? 0 : Math.floor(random() * 4);
  return { match, skip, does: 'hang' };
}

function pick<T>(random: () => number, of: readonly T[]): T {
  return of[Math.floor(random() * of.length)] as T;
}

/**
 * Ends a run by a signal at a random instant: so much later than its start, or than so many of its calls, or than the
 * call that hangs. Then looks at what it left. The milliseconds that it took to end.
 */
export async function stopOnce(
  test: TestContext,
  seed: number,
  { services, buckets }: { readonly services: readonly string[]; readonly buckets: number },
): Promise<number> {
  const random = numbers(seed);
  const place = await openPlace(test);
  place.sandbox.estate.buckets.splice(buckets);
  const env = await openLock(place, pick(random, ['lease files', 'DynamoDB'] as const));
  const hang = random() < 0.5 ? hangOf(random) : null;
  const repair = hang === null ? () => {} : place.sandbox.fault(hang);
  const signal = pick(random, ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const);
  const running = place.startCollect(['--services', ...services], env);
  running.ended.catch(() => {});
  await instant(place, running, hang, random, (services.includes('EC2') ? 39 : 22) + 6 * buckets);
  const { ran, tookMs } = await stop(running, signal);
  expect(tookMs, JSON.stringify({ hang, signal, stderr: ran?.stderr })).toBeLessThan(TO_END_MS);
  if (ran !== null) expectStopped(place, ran, signal);
  repair();
  // A table that hangs takes nothing back. Whoever runs on the same host next knows that the owner is gone.
  if (hang?.match !== 'dynamodb:*') await expectFree(place, env);
  await expectContinued(place, services, env);
  return tookMs;
}

async function instant(
  place: Place,
  { ended }: Running,
  hang: FaultRule | null,
  random: () => number,
  calls: number,
): Promise<void> {
  // One in four: by time alone, from before the first line of code on.
  if (random() < 0.25) return pause(random() * 500);
  const before = place.calls('dynamodb:*').length;
  const reached = [place.sandbox.waitFor('*', before + 1 + Math.floor(random() * calls))];
  if (hang !== null) reached.push(place.sandbox.waitFor(String(hang.match), (hang.skip ?? 0) + 1));
  const gone = ended.then(
    () => {},
    () => {},
  );
  await Promise.race([...reached, gone]);
  await pause(random() * 40);
}

function expectStopped(place: Place, { code, doc, log, stderr }: Ran, signal: StopSignal): void {
  // The signal may come when everything is done.
  if (code === 0) {
    expect(manifestNames(place).length + manifestNames(place, 'global').length).toBeGreaterThan(0);
    return;
  }
  expect([code, doc.success, doc.error_code], stderr).toEqual([EXIT_BY_SIGNAL[signal], false, 'INTERRUPTED']);
  expect(log.at(-1)).toMatchObject({ level: 'error', event: 'run.failed', error_code: 'INTERRUPTED', exit_code: code });
  if (existsSync(place.file('data/.tmp'))) expect(readdirSync(place.file('data/.tmp'))).toEqual([]);
}

/** Nobody holds the lease of the region or of the account. */
export async function expectFree(place: Place, env: Parameters<Place['run']>[1]): Promise<void> {
  // Where the store was not made yet there is nothing to hold, and nothing to show.
  if (!existsSync(place.file('data'))) return;
  const { doc, stderr } = await place.run(['lock', 'status'], env);
  expect(
    doc.locks?.map(({ held }: { held: boolean }) => held),
    stderr,
  ).toEqual([false, false]);
}
