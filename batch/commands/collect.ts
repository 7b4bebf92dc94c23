import type { CallObserver } from '../aws/source.js';
import type { Config } from '../config/config.js';
import type { Deps } from '../core/deps.js';
import { plan } from '../core/plan.js';
import type { RunEnd, RunOutcome } from '../core/result.js';
import { run } from '../core/run.js';
import type { RunConfig } from '../core/run-config.js';
import { asFailure, failed } from '../core/run-outcome.js';
import { CATALOG } from '../services/index.js';
import { compose } from './compose.js';
import { startDeadline } from './deadline.js';
import { findRegion, regionOutcome } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { print } from './outcome.js';
import { newRunId } from './run-id.js';
import { writeMetrics } from './run-metrics.js';
import { sendDeadLetters } from './send-dead-letters.js';

/** How long a run may take to end after a signal: lease, log and document have to fit into five seconds. Milliseconds. */
const OVERDUE_MS = 3_500;

/** `arv collect`: one run, its result as the one document on stdout. `observer` is for tests. */
export async function collectCommand(config: Config, host: Host, observer?: CallObserver): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const refuse = (outcome: RunOutcome) => {
    writeMetrics(outcome, config.runType, host);
    return print(outcome, config, host);
  };
  const found = await findRegion(config);
  if ('problems' in found) {
    const head = { services: config.run.services, region: null, run_id: runId };
    return refuse(regionOutcome(found.problems, config.lang, head));
  }
  const { region } = found;
  if (config.dryRun) return dryRun(config, region, host);
  const composed = compose(config, region, runId, host, observer);
  const { deps, logger, watch, close } = composed;
  const deadline = startDeadline(config.run.timeoutSeconds, host.signal);
  const done = new AbortController();
  watch.start();
  try {
    const runConfig = { ...config.run, runId, region };
    const late = overdue(deps, runConfig, host.signal, done.signal);
    const end = await Promise.race([run(deps, runConfig, deadline), late]);
    const outcome = await sendDeadLetters(end, composed, host.signal);
    writeMetrics(outcome, config.runType, host, watch.metrics());
    return await print(outcome, config, host);
  } catch (error) {
    logger.write('error', 'run.failed', { error, error_code: 'INTERNAL' });
    throw error;
  } finally {
    deadline.end();
    done.abort();
    await close();
  }
}

/** How a run ends that was told to and still waits, for a file system that hangs perhaps: it is left as it is. */
function overdue(deps: Deps, config: RunConfig, signal: AbortSignal, done: AbortSignal): Promise<RunEnd> {
  return new Promise((resolve) => {
    const giveUp = () => {
      const head = { services: config.services, region: config.region, run_id: config.runId };
      resolve({ ...failed(deps, asFailure(signal.reason, config, signal), head, {}), committed: [] });
    };
    const wait = () => {
      const timer = setTimeout(giveUp, OVERDUE_MS);
      done.addEventListener('abort', () => clearTimeout(timer));
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true, signal: done });
  });
}

/** What a run would read and call. No lease, no call, no write. */
function dryRun(config: Config, region: string, host: Host): CommandResult {
  const units = plan(CATALOG, config.run.services, region).map(({ resourceType, region: where }) => ({
    resource_type: resourceType.type,
    region: where,
    actions: resourceType.actions,
    // At least: one page, and so many more for each resource that is there.
    expected_calls: 1,
    expected_calls_per_resource: resourceType.callsPerResource,
  }));
  const document = { dry_run: true, services: config.run.services, region, target_date: config.run.targetDate, units };
  return { exitCode: 0, stdout: json(document, host.stdoutIsTerminal) };
}
