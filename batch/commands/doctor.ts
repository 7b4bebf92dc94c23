import { createAwsSource } from '../aws/source.js';
import type { Config } from '../config/config.js';
import { describeProblem, type Problem } from '../config/problems.js';
import { ERRORS, EXIT, exitCodeOf } from '../contract/errors.js';
import type { Identity } from '../core/model.js';
import { RunStopped, stopReason } from '../core/stop.js';
import { examineActions, untriedActions } from '../doctor/actions.js';
import { bad, type Check, type CheckContext, good, sayIn, untried } from '../doctor/check.js';
import { checkTable } from '../doctor/check-table.js';
import { credentialsName, examineIdentity, STS } from '../doctor/identity.js';
import { examineLease } from '../doctor/lease.js';
import { examineLog, examineStore } from '../doctor/places.js';
import { type Observed, probeClients } from '../doctor/probe-clients.js';
import { compose } from './compose.js';
import { findRegion } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { failureOutcome, print } from './outcome.js';
import { newRunId } from './run-id.js';

interface Examined {
  readonly region: string | null;
  readonly identity: Identity | null;
  readonly checks: readonly Check[];
}

/** `arv doctor`: whether a run would get what it needs, in the order in which it would need it. Changes nothing. */
export async function doctorCommand(config: Config, host: Host): Promise<CommandResult> {
  const context: CheckContext = { config, clock: host.clock, signal: host.signal, say: sayIn(config.lang) };
  try {
    const found = await findRegion(config);
    const examined =
      'region' in found ? await examine(context, found.region, host) : await withoutRegion(context, found.problems);
    host.signal.throwIfAborted();
    return report(examined, config, host);
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    return interrupted(context, host);
  }
}

async function examine(context: CheckContext, region: string, host: Host): Promise<Examined> {
  const { config, say } = context;
  // As in a container, the log goes to the console only: the doctor leaves no file.
  const { deps, clients, circuits, leaseTable, openExistingStore, redact, close } = compose(
    { ...config, runType: 'docker' },
    region,
    newRunId(host.clock.now()),
    host,
  );
  try {
    const observed: Observed = { sent: false, aheadMs: null };
    const probing = probeClients(clients, host.clock, observed);
    const sourceOf = (where: string) => createAwsSource({ clients: probing, circuits, region: where, redact });
    const { identity, obstacle, checks } = await examineIdentity(context, sourceOf, region, observed);
    const scope = identity === null ? null : { tenant: config.run.tenant, accountId: identity.accountId, region };
    const actions =
      identity === null || obstacle !== null
        ? untriedActions(config.run.services, say('seeCheck', { check: obstacle }))
        : await examineActions(context, { source: sourceOf(region), identity, region });
    const { classify } = deps.source;
    const subject = scope === null || identity === null ? null : { scope, identity, leaseTable, classify };
    const all = [
      good('region', region, say(config.region === null ? 'regionOfProfile' : 'regionGiven')),
      ...[...checks, ...actions, ...(await examineLease(context, subject, obstacle))],
      ...[await examineStore(context, scope, openExistingStore), await examineLog(context)],
    ];
    return { region, identity, checks: all.map((check) => ({ ...check, detail: redact(check.detail) })) };
  } finally {
    await close();
  }
}

/** Whom to ask is not known: what is left are the folders. `problems`: the profile has a region, but it is none. */
async function withoutRegion(context: CheckContext, problems: readonly Problem[]): Promise<Examined> {
  const { config, say } = context;
  const { lang, run } = config;
  const see = say('seeCheck', { check: 'region' });
  const [problem] = problems;
  const region =
    problem === undefined
      ? bad('region', '-', say('regionMissing'), ERRORS.NO_REGION.text[lang])
      : bad('region', String(problem.value), describeProblem(problem, lang), say('regionOfProfileWrong'));
  const checks = [
    region,
    untried('credentials', credentialsName(run.profile), see),
    untried('identity', STS, see),
    untried('region_enabled', region.target, see),
    untried('clock', 'STS', see),
    ...untriedActions(run.services, see),
    ...(await examineLease(context, null, 'region')),
    await examineStore(context, null, null),
    await examineLog(context),
  ];
  return { region: null, identity: null, checks };
}

function report({ region, identity, checks }: Examined, config: Config, host: Host): CommandResult {
  const ok = checks.every(({ status }) => status !== 'NG');
  const exitCode = ok ? EXIT.complete : EXIT.failed;
  if (config.output === 'table') return { exitCode, stdout: checkTable(checks) };
  const document = { ok, region, account_id: identity?.accountId ?? null, identity: identity?.arn ?? null, checks };
  return { exitCode, stdout: json(document, host.stdoutIsTerminal) };
}

/** Nothing was begun that another try could go on with: the message of a run would promise too much. */
function interrupted({ config, say }: CheckContext, host: Host): Promise<CommandResult> {
  const signal = stopReason(host.signal);
  const head = { services: [], region: config.region, run_id: newRunId(host.clock.now()) };
  const { document, counts } = failureOutcome('INTERRUPTED', { signal }, config.lang, head);
  const exitCode = exitCodeOf('INTERRUPTED', { signal });
  return print({ exitCode, document: { ...document, error: say('interrupted', { signal }) }, counts }, config, host);
}
