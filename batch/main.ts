#!/usr/bin/env node
import { dispatch } from './commands/dispatch.js';
import { type Host, systemClock } from './commands/host.js';
import { json } from './commands/json.js';
import { newRunId } from './commands/run-id.js';
import { DEFAULT_LANG, detectLang } from './config/lang.js';
import { ENV } from './contract/environment.js';
import { ERRORS, EXIT } from './contract/errors.js';
import { EVENTS, type EventName } from './contract/events.js';
import { fill } from './contract/text.js';
import { RunStopped } from './core/stop.js';
import { createRedactor } from './logging/redaction.js';
import { taskArn } from './process/ecs-task.js';
import { thisProcess } from './process/identity.js';
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
  // A reader that went away (`| head`) is no fault of the run; a document that could not be written is.
  process.stdout.write(stdout, (error) => {
    const lost = error !== null && error !== undefined && (error as NodeJS.ErrnoException).code !== 'EPIPE';
    process.exit(lost ? EXIT.failed : exitCode);
  });
}

/** The question goes to stderr: stdout is for the document. */
async function askOnTerminal(question: string): Promise<string | null> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // While it reads, Ctrl+C is a key like any other.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  try {
    return await Promise.race([terminal.question(question, { signal }), closed]);
  } finally {
    terminal.close();
  }
}

function crash(error: unknown): void {
  const lang = detectLang(argv, process.env) ?? DEFAULT_LANG;
  const redactor = createRedactor();
  const reason = redactor.text(error instanceof Error ? error.message : String(error));
  const message = fill(ERRORS.INTERNAL.text[lang], { reason });
  const stack = error instanceof Error ? redactor.text(error.stack ?? '') : undefined;
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
// Told in `end`.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
// Node and the SDK print their warnings as loose text between the JSON lines of the log.
process.removeAllListeners('warning');
process.on('warning', () => {});

const signal = listenForSignals();
const owner = (await taskArn(process.env[ENV.ecsMetadata])) ?? thisProcess();
const host: Host = {
  env: process.env,
  clock: systemClock,
  random: Math.random,
  owner,
  ask: process.stdin.isTTY === true ? askOnTerminal : null,
  stderr: process.stderr,
  stdoutIsTerminal: process.stdout.isTTY === true,
  stderrIsTerminal: process.stderr.isTTY === true,
  signal,
};

dispatch(argv, VERSION, host).then(({ stdout, exitCode }) => end(stdout, exitCode), crash);
