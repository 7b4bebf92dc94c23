import winston from 'winston';
import type { EventName } from '../contract/events.js';
import type { Lang } from '../contract/text.js';
import type { Clock, Log, LogFields, LogLevel } from '../core/ports.js';
import { ConsoleOutput } from './console-output.js';
import { type Entry, entryOf } from './entry.js';
import { jsonLine, terminalLine } from './line.js';
import type { Redactor } from './redaction.js';
import { RotatedFile } from './rotation.js';

export interface LoggerOptions {
  readonly runId: string;
  readonly lang: Lang;
  readonly level: LogLevel;
  /** null: console only. The directory is made when it is missing. */
  readonly file: { readonly dir: string; readonly filename: string; readonly keepDays: number } | null;
  /** Where lines go besides the file: stderr. */
  readonly console: NodeJS.WritableStream;
  /** Readable coloured lines on the console instead of JSON. */
  readonly terminal: boolean;
  /** On a terminal, the console shows only warnings and errors. The file always has all. */
  readonly quiet: boolean;
  readonly redactor: Redactor;
  readonly clock: Pick<Clock, 'now'>;
}

export interface Logger extends Log {
  /** Resolves when everything is on disk and the console has taken it. Later lines are dropped; never rejects. */
  close(): Promise<void>;
}

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

interface TransportOptions {
  readonly level: LogLevel;
  log(info: { readonly entry: Entry }, next: () => void): void;
}
type LineTransport = winston.Logger['transports'][number];

// The type definitions have this class under another name, as a namespace that cannot be constructed.
const { Transport } = winston as unknown as { Transport: new (options: TransportOptions) => LineTransport };

/** The log of one run, to the console and, unless it is null, a file. Nothing that it does throws into the run. */
export function createLogger(options: LoggerOptions): Logger {
  return new RunLogger(options);
}

class RunLogger implements Logger {
  readonly #options: LoggerOptions;
  readonly #console: ConsoleOutput;
  readonly #root: winston.Logger;
  #file: RotatedFile | null;
  #fileError: unknown = null;
  #closed = false;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#console = new ConsoleOutput(options.console);
    this.#file = options.file === null ? null : new RotatedFile(options.file);
    this.#root = winston.createLogger({
      levels: { ...LEVELS },
      level: options.level,
      format: winston.format((info) => info)(),
      transports: [this.#fileTransport(), this.#consoleTransport()],
    });
  }

  write(level: LogLevel, event: EventName, fields: LogFields = {}): void {
    if (this.#closed || !this.#root.isLevelEnabled(level)) return;
    try {
      this.#emit(level, event, fields);
      if (this.#fileError !== null) this.#giveUpFile();
    } catch {
      // Whatever a field did: a log line is not worth a run.
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#file?.close();
    } catch {
      // The lines are written; only the last sync failed, and there is nobody left to tell.
    }
    await this.#console.close();
    this.#root.close();
  }

  #emit(level: LogLevel, event: EventName, fields: LogFields): void {
    const entry = entryOf({ ...this.#options, at: this.#options.clock.now() }, level, event, fields);
    // Delivered before it returns, as long as the transports take every line at once: a crash must lose none.
    this.#root.log({ level, message: entry.message, entry });
  }

  #giveUpFile(): void {
    const error = this.#fileError;
    this.#fileError = null;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    this.#emit('warn', 'log.unwritable', {
      reason: error instanceof Error ? error.message : String(error),
      error_code: code,
      dir: this.#options.file?.dir,
    });
  }

  #fileTransport(): LineTransport {
    return new Transport({
      level: this.#options.level,
      log: ({ entry }, next) => {
        try {
          this.#file?.write(jsonLine(entry), entry.at);
        } catch (error) {
          // Once: from here on, console only.
          this.#fileError = error;
          this.#closeFile();
        }
        next();
      },
    });
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = null;
    try {
      file?.close();
    } catch {
      // It is given up already.
    }
  }

  #consoleTransport(): LineTransport {
    const { level, terminal, quiet } = this.#options;
    return new Transport({
      level: terminal && quiet && LEVELS[level] > LEVELS.warn ? 'warn' : level,
      log: ({ entry }, next) => {
        this.#console.write(terminal ? terminalLine(entry) : jsonLine(entry));
        next();
      },
    });
  }
}
