import type { Config } from '../config/config.js';
import { EXIT, EXIT_BY_SIGNAL, isStopSignal } from '../contract/errors.js';
import { stopReason } from '../core/stop.js';
import { createRedactor } from '../logging/redaction.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { openLog } from './open-log.js';
import { newRunId } from './run-id.js';

const MINUTE_MS = 60_000;

/** `arv idle`: does nothing for so long, or until it is asked to end. No call to AWS, no lease. */
export async function idleCommand(config: Config, minutes: number, host: Host): Promise<CommandResult> {
  const started = host.clock.now();
  const runId = newRunId(started);
  const until = new Date(started.getTime() + minutes * MINUTE_MS).toISOString();
  const logger = openLog(config, runId, host, createRedactor());
  logger.write('info', 'idle.started', { minutes, until });
  await host.clock.sleep(minutes * MINUTE_MS, host.signal).catch((error: unknown) => {
    if (!host.signal.aborted) throw error;
  });
  const signal = stopReason(host.signal);
  const ended = { ended_by: signal ?? 'time', duration_ms: host.clock.now().getTime() - started.getTime() };
  logger.write('info', 'idle.ended', ended);
  await logger.close();
  const document = { run_id: runId, minutes, started_at: started.toISOString(), ...ended };
  const exitCode = isStopSignal(signal) ? EXIT_BY_SIGNAL[signal] : EXIT.complete;
  return { exitCode, stdout: json(document, host.stdoutIsTerminal) };
}
