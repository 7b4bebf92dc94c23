/** Logs some lines and dies in the same tick: what a test runs to see that none of them is lost. */
import { createLogger } from '../../batch/logging/logger.js';
import { createRedactor } from '../../batch/logging/redaction.js';

export interface LoggerPlan {
  readonly dir: string;
  readonly lines: number;
}

const plan = JSON.parse(process.argv[2] ?? '') as LoggerPlan;
const logger = createLogger({
  runId: 'r',
  lang: 'en',
  level: 'info',
  file: { dir: plan.dir, filename: 'app.log', keepDays: 7 },
  console: process.stderr,
  terminal: true,
  quiet: true,
  redactor: createRedactor(),
  clock: { now: () => new Date() },
});
for (let n = 0; n < plan.lines; n += 1) logger.write('info', 'unit.started', { id: 'a', n });
process.kill(process.pid, 'SIGKILL');
