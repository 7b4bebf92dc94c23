import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { systemClock } from '../../batch/commands/host.js';
import type { Deps } from '../../batch/core/deps.js';
import { manifestFolder, manifestKey, unitFolder } from '../../batch/core/layout.js';
import { latestManifest } from '../../batch/core/ledger.js';
import type { LedgerUnit, Manifest, ResourceType, Source } from '../../batch/core/model.js';
import type { RunConfig } from '../../batch/core/run-config.js';
import { collectAndCommit } from '../../batch/core/scope-run.js';
import { RunStopped } from '../../batch/core/stop.js';
import type { Receipt } from '../../batch/core/summarize.js';
import { writeJson } from '../../batch/core/unit-file.js';
import { openDirectoryStore } from '../../batch/store/directory.js';
import type { Store } from '../../batch/store/store.js';
import { temporaryFolder } from '../program.js';

const scope = { tenant: 't', accountId: '1'.repeat(12), region: 'us-east-1' };
const date = '2026-01-31';
const unit = { resourceType: { type: 'A', service: 'EC2' } as ResourceType, region: scope.region };
const LOST = new RunStopped('lease', 'it was not renewed in time');

/** A manifest of another run, with one unit that is known to be empty. */
function manifestOf(token: number): Manifest {
  const at = '2026-01-31T00:00:00.000Z';
  const row: LedgerUnit = {
    ...{ resource_type: `B${token}`, status: 'unsupported', origin: 'fetched', run_id: `other-${token}`, count: 0 },
    ...{ bytes: null, file: null, sha256: null, api_calls: 1, started_at: at, finished_at: at },
    ...{ error: null, unread: [], accepted: false },
  };
  return {
    ...{ schema_version: 1, tenant: 't', account_id: scope.accountId, region: scope.region, date },
    ...{ fencing_token: token, run_id: `other-${token}`, committed_at: at, units: [row] },
  };
}

interface Scene {
  readonly token?: number;
  /** What the lock says when it is asked for the n-th time, from 1, and what happens then. */
  readonly confirm?: (n: number, publish: (token: number) => Promise<void>) => Promise<boolean>;
  /** The lease is lost when a file of this name has been written. */
  readonly lostAfter?: RegExp;
}

/** One scope of one empty unit, read and committed. */
async function commit({ token = 9, confirm = async () => true, lostAfter }: Scene) {
  const store = await openDirectoryStore(temporaryFolder());
  const lost = new AbortController();
  const watched: Store = {
    ...store,
    put: async (key, body, replaces) => {
      await store.put(key, body, replaces);
      if (lostAfter?.test(key)) lost.abort(LOST);
    },
  };
  const events: string[] = [];
  const source: Pick<Source, 'read'> = {
    read: () => ({ pages: async function* () {}, calls: () => ({ sent: 1, throttled: 0 }) }),
  };
  const deps = { source, clock: systemClock, log: { write: (_: string, event: string) => events.push(event) } };
  const config = { runId: 'mine', targetDate: date, clearCache: true, acceptedGaps: [] } as unknown as RunConfig;
  const receipts: Receipt[] = [];
  let asked = 0;
  const publish = (other: number) => writeJson(store, manifestKey(scope, date, other), manifestOf(other));
  const lease = {
    token,
    lost: lost.signal,
    confirm: async () => {
      asked += 1;
      const held = await confirm(asked, publish);
      if (!held) lost.abort(LOST);
      return held;
    },
  };
  const identity = { accountId: scope.accountId, arn: 'arn', partition: 'aws' };
  const context = {
    ...{ deps: deps as unknown as Deps, config, identity, store: watched, limit: pLimit(1), receipts },
    ...{ signal: new AbortController().signal, interrupted: new AbortController().signal },
    endsAt: systemClock.monotonic() + 60_000,
  };
  const ended = await collectAndCommit(context, scope, [unit], lease).then(
    () => null,
    (error: unknown) => error,
  );
  const truth = await latestManifest(store, scope, date);
  const files = await store.list(unitFolder(scope, date, 'A'));
  return { ended, receipts, truth, events, files, manifests: await store.list(manifestFolder(scope, date)) };
}

const typesIn = (manifest: Manifest | null) => manifest?.units.map((row) => [row.resource_type, row.origin]);

it('a ledger is created under the token of the lease, once', async () => {
  const { ended, receipts, truth, files } = await commit({});
  expect([ended, receipts.length, truth?.fencing_token, truth?.run_id]).toEqual([null, 1, 9, 'mine']);
  // The token is the manifest's and the seal's.
  expect(receipts[0]?.manifest.units[0]).not.toHaveProperty('fencing_token');
  expect([typesIn(truth), files]).toEqual([[['A', 'fetched']], ['mine.json', 'mine.ndjson.gz']]);
});

it('a manifest that appears after the merge is merged too', async () => {
  const confirm: Scene['confirm'] = async (n, publish) => {
    if (n <= 2) await publish(n);
    return true;
  };
  const { ended, receipts, truth, events } = await commit({ confirm });
  expect([ended, receipts.map(({ manifest }) => manifest)]).toEqual([null, [truth]]);
  // The second one builds on the first, as far as it knew it: here not at all.
  expect(typesIn(truth)).toEqual([
    ['A', 'fetched'],
    ['B2', 'carried'],
  ]);
  expect(events.filter((event) => event === 'unit.carried')).toHaveLength(1);
});

it('where others appear without end, the run gives up', async () => {
  const confirm: Scene['confirm'] = async (n, publish) => {
    await publish(n);
    return true;
  };
  const { ended, receipts, truth, events } = await commit({ token: 1000, confirm });
  expect(ended).toMatchObject({ code: 'LOCK_LOST', fields: { reason: 'other manifests keep appearing' } });
  expect([receipts, truth?.run_id]).toEqual([[], expect.stringMatching(/^other-\d$/)]);
  expect(events.filter((event) => event === 'lock.lost')).toHaveLength(1);
});

it.for([9, 10])('a manifest of token %i that appears meanwhile: this run was overtaken', async (other) => {
  const confirm: Scene['confirm'] = async (n, publish) => {
    if (n === 1) await publish(other);
    return true;
  };
  const { ended, receipts, manifests, events } = await commit({ confirm });
  expect(ended).toMatchObject({ code: 'LOCK_LOST', fields: { reason: expect.stringContaining('higher token') } });
  expect([receipts, manifests.length]).toEqual([[], 1]);
  expect(events.filter((event) => event === 'lock.lost')).toHaveLength(1);
});

it.for([1, 2])(
  'a lease that is over when it is asked for the %i. time: nothing is said to be published',
  async (over) => {
    const { ended, receipts, truth, events } = await commit({ confirm: async (n) => n < over });
    expect([ended, receipts]).toEqual([LOST, []]);
    // Asked after the commit, the manifest is there: whoever took over has a higher token.
    expect(truth?.run_id).toBe(over === 1 ? undefined : 'mine');
    expect(events).not.toContain('snapshot.published');
  },
);

it('a unit whose lease was lost while it was written is not sealed', async () => {
  const { ended, files, truth } = await commit({ lostAfter: /\.ndjson\.gz$/ });
  expect([ended, files, truth]).toEqual([LOST, ['mine.ndjson.gz'], null]);
});
