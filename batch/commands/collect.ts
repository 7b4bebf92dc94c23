import type { CallObserver } from '../aws/source.js';
import type { Config } from '../config/config.js';
import type { MetricName } from '../contract/metrics.js';
import { plan } from '../core/plan.js';
import type { RunOutcome } from '../core/result.js';
import { run } from '../core/run.js';
import { RunStopped } from '../core/stop.js';
import { embeddedMetrics, type MetricPoint } from '../logging/metrics.js';
import { CATALOG } from '../services/index.js';
import { compose } from './compose.js';
import { findRegion } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { failureOutcome, print } from './outcome.js';
import { newRunId } from './run-id.js';

/** `arv collect`: one run, its result as the one document on stdout. `observer` is for tests. */
export async function collectCommand(config: Config, host: Host, observer?: CallObserver): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const found = await findRegion(config);
  if ('code' in found) {
    const head = { services: config.run.services, region: null, run_id: runId };
    return print(failureOutcome(found.code, found.fields, config.lang, head), config, host);
  }
  const { region } = found;
  if (config.dryRun) return dryRun(config, region, host);
  const { deps, logger, close } = compose(config, region, runId, host, observer);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RunStopped('deadline')), config.run.timeoutSeconds * 1000);
  try {
    const signal = AbortSignal.any([host.signal, deadline.signal]);
    const outcome = await run(deps, { ...config.run, runId, region }, signal);
    if (config.runType === 'ecs') {
      for (const line of embeddedMetrics(metricPoints(outcome), host.clock.now(), runId))
        host.stderr.write(`${line}\n`);
    }
    return print(outcome, config, host);
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

function metricPoints({ document, exitCode, counts }: RunOutcome): MetricPoint[] {
  const point = (name: MetricName, value: number, service?: string): MetricPoint => ({
    name,
    value,
    ...(service === undefined ? {} : { service }),
  });
  const points = [
    point('RunSucceeded', document.success ? 1 : 0),
    point('RunDuration', document.duration_ms ?? 0),
    point('LockLost', document.error_code === 'LOCK_LOST' ? 1 : 0),
  ];
  if (counts === null || exitCode === 4) return points;
  points.push(
    point('UnitsFailed', counts.unitsFailed),
    point('ApiCalls', counts.apiCalls),
    point('Throttles', counts.throttles),
  );
  for (const [service, count] of Object.entries(counts.resourcesByService)) {
    points.push(point('ResourcesCollected', count, service));
  }
  return points;
}
