import type { CallObserver } from '../aws/source.js';
import type { Config } from '../config/config.js';
import { plan } from '../core/plan.js';
import type { RunOutcome } from '../core/result.js';
import { run } from '../core/run.js';
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

/** `arv collect`: one run, its result as the one document on stdout. `observer` is for tests. */
export async function collectCommand(config: Config, host: Host, observer?: CallObserver): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const finish = (outcome: RunOutcome) => {
    writeMetrics(outcome, config.runType, host);
    return print(outcome, config, host);
  };
  const found = await findRegion(config);
  if ('problems' in found) {
    const head = { services: config.run.services, region: null, run_id: runId };
    return finish(regionOutcome(found.problems, config.lang, head));
  }
  const { region } = found;
  if (config.dryRun) return dryRun(config, region, host);
  const composed = compose(config, region, runId, host, observer);
  const { deps, logger, close } = composed;
  const deadline = startDeadline(config.run.timeoutSeconds, host.signal);
  try {
    const end = await run(deps, { ...config.run, runId, region }, deadline.signal);
    return await finish(await sendDeadLetters(end, composed, host.signal));
  } catch (error) {
    logger.write('error', 'run.failed', { error, error_code: 'INTERNAL' });
    throw error;
  } finally {
    deadline.end();
    await close();
  }
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
