#!/usr/bin/env node
// Only what is small is imported here, the program itself once the listeners are there: a signal that nobody listens to
// yet ends the process without a document, and process 1 of a container never hears of it.
import type { CommandResult, LongResult } from './commands/host.js';
import { json } from './commands/json.js';
import { newRunId } from './commands/run-id.js';
import { start } from './commands/start.js';
import { DEFAULT_LANG, detectLang } from './config/lang.js';
import {
  ERRORS,
  type ErrorCode,
  EXIT,
  EXIT_BY_SIGNAL,
  errorText,
  isStopSignal,
  type StopSignal,
} from './contract/errors.js';
import { EVENTS, type EventName } from './contract/events.js';
import { fill, type Lang } from './contract/text.js';
import { stopReason } from './core/stop.js';
import { createRedactor } from './logging/redaction.js';
import { keepHeapSmall } from './process/heap.js';
import { leave, leaveAtOnce } from './process/leave.js';
import { OutputFailed, writeOut } from './process/output.js';
import { listenForSignals } from './process/signals.js';

keepHeapSmall();
const argv = process.argv.slice(2);
const signal = listenForSignals(lastResort, atOnce);

/** stdout holds one document whatever happens; it and the last lines of stderr are taken before the process ends. */
let ended = false;
function end(stdout: (CommandResult | LongResult)['stdout'], exitCode: number): void {
  if (ended) return;
  ended = true;
  const done = (code: number) => process.stderr.write('', () => exit(code));
  const lost = (error: unknown) => {
    // What the pieces have thrown, they have told.
    if (error instanceof OutputFailed) tellLost(error);
    const stopped = stopSignal();
    done(stopped === null ? EXIT.failed : EXIT_BY_SIGNAL[stopped]);
  };
  writeOut(stdout).then(() => done(exitCode), lost);
}

function tellLost({ out, message: reason }: OutputFailed): void {
  const code = 'OUTPUT_FAILED';
  const error = errorText(code, { out, reason }, language());
  process.stderr.write(json(failure(code, error, newRunId(new Date())), false));
}

function exit(exitCode: number): void {
  leave(exitCode, stopSignal());
}

/** What the system told the process to end by; null: it has not. */
function stopSignal(): StopSignal | null {
  const stopped = stopReason(signal);
  return isStopSignal(stopped) ? stopped : null;
}

/** Ends with a document that knows nothing of the run: where the run itself could not tell. */
function endWith(code: ErrorCode, event: EventName, exitCode: number, fields: object, stack?: string): void {
  const lang = language();
  const error = errorText(code, { ...fields }, lang);
  const now = new Date();
  const run_id = newRunId(now);
  const text = fill(EVENTS[event][lang], { error, ...fields });
  const head = { timestamp: now.toISOString(), level: 'error', event, message: text, run_id };
  const line = { ...head, error_code: code, exit_code: exitCode, stack };
  process.stderr.write(`${JSON.stringify(line)}\n`);
  end(json(failure(code, error, run_id), process.stdout.isTTY === true), exitCode);
}

function failure(error_code: ErrorCode, error: string, run_id: string): object {
  return { success: false, error, error_code, services: [], region: null, run_id };
}

function language(): Lang {
  return detectLang(argv, process.env) ?? DEFAULT_LANG;
}

function crash(error: unknown): void {
  const redactor = createRedactor();
  const reason = redactor.text(error instanceof Error ? error.message : String(error));
  const stack = error instanceof Error ? redactor.text(error.stack ?? '') : undefined;
  endWith('INTERNAL', 'run.crashed', ERRORS.INTERNAL.exit, { reason, error: reason }, stack);
}

/** Nothing is waited for any more; the system takes what is short, such as the document, at once. */
function atOnce(name: StopSignal): void {
  endInterrupted(name);
  leaveAtOnce(EXIT_BY_SIGNAL[name], name);
}

function endInterrupted(name: StopSignal): void {
  if (!ended) endWith('INTERRUPTED', 'run.failed', EXIT_BY_SIGNAL[name], { signal: name });
}

/** The run has not ended in time, or nobody takes its document. */
function lastResort(name: StopSignal): void {
  endInterrupted(name);
  setTimeout(() => leaveAtOnce(EXIT_BY_SIGNAL[name], name), 200);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
// Told in `end`.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
// Node and the SDK print their warnings as loose text between the JSON lines of the log.
process.removeAllListeners('warning');
process.on('warning', () => {});

start(argv, signal).then(({ stdout, exitCode }) => end(stdout, exitCode), crash);
