import { expect, type TestContext } from 'vitest';
import { manifestNames } from '../cli/ledger.js';
import type { Env, Place, Ran } from '../cli/place.js';
import { gate, tokensOf } from './locks.js';

const MESSAGES = {
  ja: '同じ条件でバッチが実行中です。--forceオプションで強制実行できます。',
  en: 'A batch with the same conditions is already running. Use --force to run anyway.',
};

/** A quarter of the processes each: Japanese, English, and the two ways to ask for a quiet end. */
const WAYS: readonly { readonly args: readonly string[]; readonly env: Env }[] = [
  { args: ['--lang', 'ja'], env: {} },
  { args: ['--lang', 'en'], env: {} },
  { args: ['--if-locked', 'skip'], env: {} },
  { args: [], env: { IF_LOCKED: 'skip' } },
];

/** The winner's first call is held for longer than a call usually lasts. */
const PATIENT = { CALL_TIMEOUT_SECONDS: '900' };

export interface Round {
  readonly processes: number;
  /** Processes that are alive at the same time, the winner among them. */
  readonly width: number;
  readonly token: number;
  /** Done while the winner stands at its first call and all others have ended. */
  readonly meanwhile?: () => Promise<void>;
}

/** So many processes on one key: one is held at its first call until all others have ended, and alone commits. */
export async function compete(test: TestContext, place: Place, lock: Env, round: Round): Promise<void> {
  const { until, open } = gate(test);
  const before = place.calls('lambda:*').length;
  const earlier = manifestNames(place).length;
  const free = place.sandbox.fault({ match: 'lambda:*', region: 'us-east-1', does: { kind: 'hold', until } });
  const ends = new Map<number, Ran>();
  const all: Promise<Ran>[] = [];
  const losers = new Promise<void>((resolve, reject) => {
    const start = () => {
      const index = all.length;
      const { args, env } = WAYS[index % WAYS.length] ?? { args: [], env: {} };
      const running = place.startCollect(['--services', 'Lambda', '--clear-cache', ...args], {
        ...PATIENT,
        ...lock,
        ...env,
      });
      all.push(running.ended);
      running.ended.then((ran) => {
        ends.set(index, ran);
        if (all.length < round.processes) start();
        if (ends.size === round.processes - 1) resolve();
      }, reject);
    };
    while (all.length < Math.min(round.width, round.processes)) start();
  });
  const second = place.sandbox.waitFor('lambda:*', before + 2).then(() => {
    if (ends.size < round.processes - 1) throw new Error('a second run reads while the first one does');
  });
  await Promise.race([losers, second.then(() => losers)]);

  for (const [index, ran] of ends) expectRefused(ran, index);
  // Few others may all have ended before the winner, which has its lease, has made its first call.
  await place.sandbox.waitFor('lambda:*', before + 1);
  expect(place.calls('lambda:*')).toHaveLength(before + 1);
  expect(manifestNames(place)).toHaveLength(earlier);
  await round.meanwhile?.();
  const held = all.find((_, index) => !ends.has(index)) as Promise<Ran>;
  open();
  const winner = await held;
  free();
  expect([winner.code, winner.doc.results], winner.stderr).toEqual([0, { Lambda: 5 }]);
  expect(tokensOf(winner)).toEqual({ 'us-east-1': round.token });
  expect(manifestNames(place)).toHaveLength(earlier + 1);
  expect(manifestNames(place).at(-1)).toBe(`${String(round.token).padStart(20, '0')}.json`);
}

function expectRefused({ code, doc, log, stderr }: Ran, index: number): void {
  const skips = index % WAYS.length >= 2;
  const lang = index % WAYS.length === 0 ? 'ja' : 'en';
  const facts = { error_code: 'LOCKED', services: ['Lambda'], region: 'us-east-1', account_id: '482915730164' };
  if (skips) expect(doc, stderr).toMatchObject({ success: true, skipped: true, results: {}, ...facts });
  else expect(doc, stderr).toMatchObject({ success: false, error: MESSAGES[lang], ...facts });
  expect([code, 'error' in doc]).toEqual(skips ? [0, false] : [4, true]);
  expect(log.filter(({ event }) => event === 'lock.refused')).toHaveLength(1);
}
