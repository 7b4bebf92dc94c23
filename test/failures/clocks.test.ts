import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunStopped } from '../../batch/core/stop.js';
import { readLedger } from '../cli/ledger.js';
import { openPlace } from '../cli/place.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { collectHere, redriveHere, skewed } from '../lock/here.js';
import { BUCKETS, CLUSTERS, listed, makeFail, operations, SOON, standingAtSecond, VOLUMES } from './failing.js';
import { openQueuePlace } from './queue.js';

// Hosts whose clocks are minutes apart: which of two readings is the later one, the fencing tokens say.
const FAST = skewed(8);
const FASTER = skewed(9);
const SLOW = skewed(-8);

describe('what has been read since a failure, where clocks differ', () => {
  it.concurrent('not what was read before it, by a clock that is fast', async (test) => {
    const place = await openPlace(test);
    expect((await collectHere(place, { clock: FAST })).code).toBe(0);
    const causes = makeFail(place);
    expect((await place.collect(['--clear-cache'], SOON)).code).toBe(3);
    for (const end of Object.values(causes)) end();
    const { code, doc } = await redriveHere(place, { clock: FASTER });
    expect([code, doc.cached, doc.redriven]).toEqual([0, [], [VOLUMES, CLUSTERS, BUCKETS]]);
    const { run_id } = doc;
    const ledger = { ...readLedger(place), ...readLedger(place, 'global') };
    for (const type of doc.redriven) expect(ledger[type], type).toMatchObject({ origin: 'fetched', run_id });
    expect(await listed(place)).toEqual([]);
  });

  it.concurrent('what a redrive had finished that was ended, by a clock that is slow', async (test) => {
    const place = await openPlace(test);
    const { hangs, standing } = await standingAtSecond(place);
    const ending = new AbortController();
    const first = redriveHere(place, { clock: SLOW, signal: ending.signal });
    await standing();
    ending.abort(new RunStopped('SIGTERM'));
    const ended = await first;
    expect([ended.code, ended.doc.redriven]).toEqual([143, []]);
    hangs();
    const from = place.calls().length;
    const { code, doc } = await redriveHere(place);
    expect([code, doc.redriven]).toEqual([0, [VOLUMES, 'AWS::EC2::Snapshot']]);
    expect(operations(place, from)).toEqual(['sts:GetCallerIdentity', 'ec2:DescribeSnapshots']);
  });
});

if (MOTO_MISSING !== '') console.warn(`the queue of dead letters, where clocks differ: skipped, ${MOTO_MISSING}`);
describe.skipIf(MOTO_MISSING !== '')('the queue, where clocks differ', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.close());

  it.for([
    ['read before it, by a clock that is fast', FAST, null, 1],
    ['read since, by a clock that is slow', null, SLOW, 0],
  ] as const)('a message whose unit was %s', async ([, earlier, later, calls], test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    place.sandbox.estate.buckets.splice(1);
    const flags = { services: ['RDS', 'S3'] };
    // The region's tokens are ahead of the account's.
    await collectHere(place, { flags: { services: ['Lambda'] } });
    await collectHere(place, { flags: { services: ['Lambda'] } });
    if (earlier !== null) await collectHere(place, { clock: earlier, flags });
    const { clusters, buckets } = makeFail(place);
    expect((await place.collect(['--services', ...flags.services, '--clear-cache'], env)).code).toBe(3);
    clusters();
    buckets();
    if (later !== null) await collectHere(place, { clock: later, flags });
    expect(await queue.counts()).toEqual({ visible: 2, hidden: 0 });
    const from = place.calls().length;
    const { code, doc } = await redriveHere(place, { clock: FASTER, env, fromQueue: true });
    expect([code, doc.redriven, doc.queue.deleted]).toEqual([0, [CLUSTERS, BUCKETS], 2]);
    const asked = operations(place, from);
    const times = (name: string) => asked.filter((operation) => operation === name).length;
    expect([times('rds:DescribeDBClusters'), times('s3:ListBuckets')]).toEqual([calls, calls]);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });
});
