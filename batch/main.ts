#!/usr/bin/env node
import { dispatch } from './commands/dispatch.js';
import { type Host, systemClock } from './commands/host.js';
import { json } from './commands/json.js';
import { newRunId } from './commands/run-id.js';
import { DEFAULT_LANG, detectLang } from './config/lang.js';
import { ERRORS, EXIT } from './contract/errors.js';
import { EVENTS, type EventName } from './contract/events.js';
import { fill } from './contract/text.js';
import { RunStopped } from './core/stop.js';
import { VERSION } from './version.js';

const argv = process.argv.slice(2);

/** The first signal asks the run to end; a second one does not wait for it. */
function listenForSignals(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(name === 'SIGINT' ? EXIT.sigint : EXIT.sigterm);
      stop.abort(new RunStopped(name));
    });
  }
  return stop.signal;
}

/** stdout holds one document whatever happens; it is written whole before the process ends. */
let ended = false;
function end(stdout: string, exitCode: number): void {
  if (ended) return;
  ended = true;
  process.stdout.write(stdout, () => process.exit(exitCode));
}

function crash(error: unknown): void {
  const lang = detectLang(argv, process.env) ?? DEFAULT_LANG;
  const reason = error instanceof Error ? error.message : String(error);
  const message = fill(ERRORS.INTERNAL.text[lang], { reason });
  const stack = error instanceof Error ? error.stack : undefined;
  const run_id = newRunId(systemClock.now());
  const event: EventName = 'run.crashed';
  const text = fill(EVENTS[event][lang], { error: reason });
  const timestamp = systemClock.now().toISOString();
  const line = { timestamp, level: 'error', event, message: text, run_id, error_code: 'INTERNAL', stack };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  const document = { success: false, error: message, error_code: 'INTERNAL', services: [], region: null, run_id };
  end(json(document, process.stdout.isTTY === true), ERRORS.INTERNAL.exit);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
// A reader that goes away (`| head`) is no fault of the run.
process.stdout.on('error', () => process.exit(EXIT.failed));
process.stderr.on('error', () => {});
// Node and the SDK print their warnings as loose text between the JSON lines of the log.
process.removeAllListeners('warning');
process.on('warning', () => {});

const host: Host = {
  env: process.env,
  clock: systemClock,
  random: Math.random,
  stderr: process.stderr,
  stdoutIsTerminal: process.stdout.isTTY === true,
  stderrIsTerminal: process.stderr.isTTY === true,
  signal: listenForSignals(),
};

dispatch(argv, VERSION, host).then(({ stdout, exitCode }) => end(stdout, exitCode), crash);
