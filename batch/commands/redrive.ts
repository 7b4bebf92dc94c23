import type { Config } from '../config/config.js';
import { fill, type Text } from '../contract/text.js';
import { deadLettersOf } from '../core/dead-letters.js';
import { latestManifest } from '../core/ledger.js';
import { GLOBAL_REGION } from '../core/model.js';
import type { RunOutcome } from '../core/result.js';
import { identify } from '../core/run.js';
import { asFailure, failed } from '../core/run-outcome.js';
import { compose } from './compose.js';
import { startDeadline } from './deadline.js';
import { findRegion, regionOutcome } from './find-region.js';
import type { CommandResult, Host } from './host.js';
import { print } from './outcome.js';
import { redriveQueue } from './redrive-queue.js';
import { nothing, type Redrive, redriveUnits, unitsOf } from './redrive-units.js';
import { newRunId } from './run-id.js';
import { sendDeadLetters } from './send-dead-letters.js';

const WORDS = {
  noSnapshot: {
    ja: '{date} のスナップショットがありません ({account_id}、{region})。再実行するものはありません。',
    en: 'There is no snapshot of {date} ({account_id}, {region}), so there is nothing to redrive.',
  },
  noFailures: {
    ja: '{date} のデッドレターはありません ({account_id}、{region})。再実行するものはありません。',
    en: 'There are no dead letters of {date} ({account_id}, {region}): nothing to redrive.',
  },
} as const satisfies Record<string, Text>;

/** `arv failures redrive`: one run of exactly the units that are dead letters, by the ledger or by the queue. */
export async function redriveCommand(config: Config, fromQueue: boolean, host: Host): Promise<CommandResult> {
  const runId = newRunId(host.clock.now());
  const head = { services: [], region: config.region, run_id: runId };
  const found = await findRegion(config);
  if ('problems' in found) return print(regionOutcome(found.problems, config.lang, head), config, host);
  const { region } = found;
  const composed = compose(config, region, runId, host);
  const deadline = startDeadline(config.run.timeoutSeconds, host.signal);
  const { signal } = deadline;
  composed.watch.start();
  try {
    const identity = await identify(composed.deps, signal);
    const redrive = { config, composed, identity, runId, region, signal, stop: host.signal };
    const outcome = fromQueue ? await redriveQueue(redrive) : await redriveLedger(redrive);
    return await print(outcome, config, host);
  } catch (error) {
    const failure = asFailure(error, config.run, signal);
    const { tenant, targetDate } = config.run;
    const known = { ...head, region, tenant, target_date: targetDate, redriven: [] };
    return await print(failed(composed.deps, failure, known, await composed.deps.peaks()), config, host);
  } finally {
    deadline.end();
    await composed.close();
  }
}

/** The day's dead letters of the region and of the account. */
async function redriveLedger(redrive: Redrive): Promise<RunOutcome> {
  const { config, composed, identity, region, stop } = redrive;
  const { tenant, targetDate } = config.run;
  // A mistyped store has no dead letters either: it must be there.
  const store = await composed.openExistingStore();
  const scopes = [region, GLOBAL_REGION].map((where) => ({ tenant, accountId: identity.accountId, region: where }));
  const manifests = await Promise.all(scopes.map((scope) => latestManifest(store, scope, targetDate)));
  const letters = manifests.flatMap((manifest) => (manifest === null ? [] : deadLettersOf(manifest)));
  if (unitsOf(letters, region).length === 0) {
    const words = manifests.every((manifest) => manifest === null) ? WORDS.noSnapshot : WORDS.noFailures;
    return nothing(redrive, fill(words[config.lang], { date: targetDate, account_id: identity.accountId, region }));
  }
  return sendDeadLetters(await redriveUnits(redrive, letters), composed, stop);
}
