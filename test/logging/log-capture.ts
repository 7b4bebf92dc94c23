import { PassThrough } from 'node:stream';
import { createLogger, type Logger, type LoggerOptions } from '../../batch/logging/logger.js';
import { createRedactor } from '../../batch/logging/redaction.js';

/** A logger with a console that remembers. The clock stands at 03:04:05.678 UTC of 10 May 2024. */
export function captured(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: () => string[] } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const logger = createLogger({
    runId: 'run-1',
    lang: 'en',
    level: 'debug',
    file: null,
    console: stream,
    terminal: false,
    quiet: false,
    redactor: createRedactor(),
    clock: { now: () => new Date('2024-05-10T03:04:05.678Z') },
    ...options,
  });
  return { logger, lines: () => chunks.join('').split('\n').slice(0, -1) };
}
