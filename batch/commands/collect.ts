import type { CallObserver } from '../aws/source.js';
import type { Config } from '../config/config.js';
import { plan } from '../core/plan.js';
import type { RunOutcome } from '../core/result.js';
import { run } from '../core/run.js';
import { RunStopped } from '../core/stop.js';
import { CATALOG } from '../services/index.js';
import { compose } from './compose.js';
import { findRegion } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { failureOutcome, print, usageOutcome } from './outcome.js';
import { newRunId } from './run-id.js';
import { writeMetrics } from './run-metrics.js';

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
    const { problems } = found;
    const none = problems.length === 0;
    return finish(
      none ? failureOutcome('NO_REGION', {}, config.lang, head) : usageOutcome(problems, config.lang, head),
    );
  }
  const { region } = found;
  if (config.dryRun) return dryRun(config, region, host);
  const { deps, logger, close } = compose(config, region, runId, host, observer);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RunStopped('deadline')), config.run.timeoutSeconds * 1000);
  try {
    const signal = AbortSignal.any([host.signal, deadline.signal]);
    const outcome = await run(deps, { ...config.run, runId, region }, signal);
    return await finish(outcome);
  } catch (error) {
    logger.write('error', 'run.failed', { error, error_code: 'INTERNAL' });
    throw error;
  } finally {
    clearTimeout(timer);
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
