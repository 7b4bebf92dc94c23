import type { Config } from '../config/config.js';
import type { Damage, Snapshot } from '../core/snapshots.js';
import { abortable } from '../core/stop.js';
import { verifySnapshot } from '../core/verify.js';
import type { Store } from '../store/store.js';
import type { CommandResult, Host } from './host.js';
import { json } from './json.js';
import { type Nothing, tablesOf } from './snapshot-tables.js';

/** `arv snapshots verify`: exit code 1 when something is damaged. What lags is no damage, what has expired neither. */
export async function verify(
  store: Store,
  snapshots: readonly Snapshot[],
  none: Nothing,
  config: Config,
  host: Host,
): Promise<CommandResult> {
  const found = { damaged: [] as Damage[], lagging: [] as Damage[] };
  const counts = { snapshots: snapshots.length, files_checked: 0, expired: 0 };
  // A bucket has a lifecycle; nobody takes files out of a directory.
  const now = config.store.kind === 's3' ? host.clock.now() : null;
  for (const snapshot of snapshots) {
    for await (const finding of abortable(verifySnapshot(store, snapshot, now), host.signal)) {
      if (finding.kind === 'expired') counts.expired += 1;
      else counts.files_checked += 1;
      if (!('problem' in finding)) continue;
      const { kind, file, problem } = finding;
      found[kind].push({ date: snapshot.date, region: snapshot.scope.region, file, problem });
    }
  }
  const { damaged: damages, lagging } = found;
  const ok = damages.length === 0 && none.error === undefined;
  const exitCode = ok ? 0 : 1;
  if (config.output === 'json')
    return { exitCode, stdout: json({ ok, ...counts, damages, lagging, ...none }, host.stdoutIsTerminal) };
  const row = { ok: ok ? 'yes' : 'no', ...counts, damages: damages.length, lagging: lagging.length };
  return {
    exitCode,
    stdout: tablesOf([[row], damages.map((one) => ({ ...one })), lagging.map((one) => ({ ...one }))], none),
  };
}
