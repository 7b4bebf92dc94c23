import type { Config } from '../config/config.js';
import { createLogger, type Logger } from '../logging/logger.js';
import type { Redactor } from '../logging/redaction.js';
import type { Host } from './host.js';

/** The log of one invocation: to stderr, and to the file unless it runs in a container. */
export function openLog(config: Config, runId: string, host: Host, redactor: Redactor): Logger {
  return createLogger({
    runId,
    lang: config.lang,
    level: config.log.level,
    file: config.runType === 'local' ? config.log : null,
    console: host.stderr,
    terminal: host.stderrIsTerminal,
    quiet: config.quiet,
    redactor,
    clock: host.clock,
  });
}
