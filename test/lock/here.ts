import { Writable } from 'node:stream';
import { collectCommand } from '../../batch/commands/collect.js';
import { type CommandResult, type Host, systemClock } from '../../batch/commands/host.js';
import { redriveCommand } from '../../batch/commands/redrive.js';
import type { Config } from '../../batch/config/config.js';
import { parseConfig } from '../../batch/config/parse-config.js';
import type { Lang } from '../../batch/contract/text.js';
import type { Clock } from '../../batch/core/ports.js';
import { DAY, type Env, type Place, type Ran } from '../cli/place.js';

/** A clock of the host that is wrong by so many minutes. */
export function skewed(minutes: number): Clock {
  return { ...systemClock, now: () => new Date(Date.now() + minutes * 60_000) };
}

/** A clock on which waiting passes so many times as fast; the time of day is right. */
export function fast(times: number): Clock {
  return {
    now: () => new Date(),
    monotonic: () => performance.now() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}

/** The clock of a process that is as good as dead: whoever sleeps on it, to renew a lease above all, never wakes up. */
export function stuck(clock: Clock): Clock {
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  return { ...clock, sleep };
}

/** How a command is run in this process: on a clock of its own. */
interface Here {
  readonly clock?: Clock;
  readonly flags?: object;
  readonly env?: Env;
  readonly lang?: Lang;
  readonly signal?: AbortSignal;
}

/** One run of `collect` for `DAY` in this process, on a clock of its own. The owner is a process of another host. */
export function collectHere(place: Place, here: Here = {}): Promise<Ran> {
  return runHere(place, here, collectCommand);
}

/** The same of a redrive of what failed on `DAY`. */
export function redriveHere(place: Place, here: Here & { readonly fromQueue?: boolean } = {}): Promise<Ran> {
  return runHere(place, here, (config, host) => redriveCommand(config, here.fromQueue === true, host));
}

async function runHere(
  place: Place,
  { clock = systemClock, flags = {}, env = {}, lang = 'en', signal = new AbortController().signal }: Here,
  command: (config: Config, host: Host) => Promise<CommandResult>,
): Promise<Ran> {
  let stderr = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      stderr += chunk;
      done();
    },
  });
  const all = {
    AWS_ENDPOINT_URL: place.sandbox.url,
    AWS_RESOURCE_VISUALIZER_LOG_DIR: place.file('logs'),
    INITIAL_RETRY_DELAY: '0.01',
    ...env,
  };
  const parsed = parseConfig({
    flags: { region: 'us-east-1', 'target-date': DAY, backfill: true, store: place.file('data'), ...flags },
    env: all,
    now: clock.now(),
    lang,
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { exitCode, stdout } = await command(parsed.config, {
    ...{ env: all, clock, random: Math.random, stderr: sink, owner: 'another host', ask: null },
    ...{ stdoutIsTerminal: false, stderrIsTerminal: false, signal },
  });
  const log = stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { code: exitCode, doc: JSON.parse(stdout), log, metrics: [], stdout, stderr };
}
