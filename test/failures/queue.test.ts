import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWhole, readLedger, typesOf as typesOfServices } from '../cli/ledger.js';
import { DAY } from '../cli/place.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { BUCKETS, CLUSTERS, listed, makeFail, redrive, typesOf, VOLUMES } from './failing.js';
import { openQueuePlace } from './queue.js';

if (MOTO_MISSING !== '') console.warn(`the queue of dead letters: skipped, ${MOTO_MISSING}`);
const FROM_QUEUE = ['--from-queue'];

describe.skipIf(MOTO_MISSING !== '')('the queue of dead letters', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.close());

  it('three units fail, are listed, analyzed and redriven: the day is whole, the queue empty', async (test) => {
    const { place, front, queue, env } = await openQueuePlace(test, moto.url);
    const causes = makeFail(place);
    const failed = await place.collect([], env);
    expect([failed.code, failed.doc.warnings]).toEqual([3, []]);
    expect(failed.log).toContainEqual(expect.objectContaining({ event: 'queue.sent', count: 3 }));
    const letters = await listed(place);
    expect(typesOf(letters)).toEqual([VOLUMES, CLUSTERS, BUCKETS].sort());
    // One call for all; what the queue has is what the ledger says.
    expect(front.calls.map(({ operation }) => operation)).toEqual(['SendMessageBatch']);
    const { Entries } = front.calls[0]?.input ?? {};
    const sent = Entries.map(({ MessageBody }: { MessageBody: string }) => JSON.parse(MessageBody));
    expect(sent).toEqual(expect.arrayContaining(letters));
    expect(sent).toHaveLength(3);
    expect(await queue.counts()).toEqual({ visible: 3, hidden: 0 });

    const { doc: analysis } = await place.run(['failures', 'analyze']);
    expect(analysis).toMatchObject({ failures: 3, by_day: { [DAY]: 3 }, by_service: { EC2: 1, RDS: 1, S3: 1 } });
    const found = analysis.causes.map(({ cause }: { cause: string }) => cause);
    expect(found.sort()).toEqual(['ACCESS_DENIED', 'SERVER_ERROR', 'THROTTLED']);

    for (const end of Object.values(causes)) end();
    const { code, doc } = await redrive(place, FROM_QUEUE, env);
    expect([code, doc.errors, doc.warnings, doc.notes]).toEqual([0, {}, [], []]);
    expect(doc.redriven).toEqual([VOLUMES, CLUSTERS, BUCKETS]);
    expect(doc.queue).toMatchObject({ received: 3, own: 3, deleted: 3, elsewhere: 0, malformed: 0, limited: false });
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
    expectWhole(place, readLedger(place), typesOfServices('EC2', 'RDS', 'Lambda'));
    expectWhole(place, readLedger(place, 'global'), typesOfServices('S3'));
    expect(await listed(place)).toEqual([]);
    const again = await redrive(place, FROM_QUEUE, env);
    expect([again.code, again.doc.success, again.doc.queue.received]).toEqual([0, true, 0]);
    expect(again.doc.notes).toEqual([expect.stringContaining('nothing to redrive')]);
  });

  it('what fails again keeps its one message; the others go', async (test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    const { clusters, volumes, buckets } = makeFail(place);
    await place.collect([], env);
    volumes();
    buckets();
    const partly = await redrive(place, FROM_QUEUE, env);
    expect([partly.code, Object.keys(partly.doc.errors)]).toEqual([3, ['RDS']]);
    expect(partly.doc.queue).toMatchObject({ received: 3, own: 3, deleted: 2 });
    expect(await queue.counts()).toEqual({ visible: 1, hidden: 0 });
    clusters();
    const rest = await redrive(place, FROM_QUEUE, env);
    expect([rest.code, rest.doc.redriven]).toEqual([0, [CLUSTERS]]);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });

  it('a unit that failed in several runs has a message of each, and all go together', async (test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    const { clusters } = makeFail(place);
    const runs = [
      await place.collect(['--services', 'RDS'], env),
      await redrive(place, [], env),
      // Carried on, but no failure of this run: no message.
      await place.collect(['--services', 'Lambda'], env),
    ];
    expect(runs.map(({ code }) => code)).toEqual([3, 3, 0]);
    expect(await queue.counts()).toEqual({ visible: 2, hidden: 0 });
    clusters();
    const { code, doc } = await redrive(place, FROM_QUEUE, env);
    expect([code, doc.redriven, doc.queue.deleted]).toEqual([0, [CLUSTERS], 2]);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });

  it('what is malformed or of others is told and left alone', async (test) => {
    const { place, front, queue, env } = await openQueuePlace(test, moto.url);
    const { clusters } = makeFail(place);
    await place.collect(['--services', 'RDS'], env);
    clusters();
    const [letter] = await listed(place);
    const changed = (own: object) => JSON.stringify({ ...letter, ...own });
    const malformed = [
      ...['no JSON: planted-secret', '[]', changed({ attempts: 'planted-secret' }), changed({ schema_version: 2 })],
      ...[changed({ resource_type: 'AWS::RDS::Planted' }), changed({ region: 'global' })],
    ];
    const others = [
      ...[changed({ account_id: '1'.repeat(12) }), changed({ region: 'eu-west-1' }), changed({ tenant: 'other' })],
    ];
    for (const body of [...malformed, ...others]) await queue.send(body);
    const { code, doc, log } = await redrive(place, FROM_QUEUE, env);
    expect([code, doc.redriven]).toEqual([0, [CLUSTERS]]);
    const counts = { received: 10, own: 1, deleted: 1, elsewhere: 3, malformed: 6 };
    expect(doc.queue).toMatchObject(counts);
    const reasons = doc.queue.malformed_messages.map(({ reason }: { reason: string }) => reason);
    expect(reasons.sort()).toEqual([
      expect.stringMatching(/^: Invalid input/),
      expect.stringMatching(/^attempts: Invalid input/),
      'no JSON',
      ...Array(2).fill('resource_type and region name no unit'),
      expect.stringMatching(/^schema_version: Invalid input/),
    ]);
    expect(log.filter(({ event }) => event === 'queue.malformed')).toHaveLength(6);
    // Nothing of what they hold is repeated.
    expect(JSON.stringify([doc, log])).not.toMatch(/planted/i);
    expect(await queue.counts()).toEqual({ visible: 9, hidden: 0 });
    const bodies = await queue.bodies();
    expect(bodies.sort()).toEqual([...malformed, ...others].sort());
    expect(front.calls.some(({ operation }) => operation === 'DeleteMessageBatch')).toBe(true);
  });

  it('while one region is redriven, the messages of another are there for its redrive', async (test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    const { clusters } = makeFail(place);
    const there = ['--region', 'eu-west-1'];
    await place.collect(['--services', 'RDS'], env);
    await place.collect(['--services', 'RDS', ...there], env);
    clusters();
    place.sandbox.fault({ match: 'rds:DescribeDBClusters', region: 'us-east-1', does: 'hang' });
    const here = place.start(['failures', 'redrive', ...FROM_QUEUE], env);
    await place.sandbox.waitFor('rds:DescribeDBClusters', 3);
    expect(await queue.counts()).toEqual({ visible: 1, hidden: 1 });
    const { code, doc } = await redrive(place, [...FROM_QUEUE, ...there], env);
    expect([code, doc.redriven, doc.queue.deleted]).toEqual([0, [CLUSTERS], 1]);
    here.child.kill('SIGTERM');
    expect((await here.ended).code).toBe(143);
    expect(await queue.counts()).toEqual({ visible: 1, hidden: 0 });
  });

  it('a gap that is accepted by now is worked off: its message would raise an alarm', async (test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    makeFail(place);
    await place.collect(['--services', 'RDS'], env);
    const ACCEPTED_GAPS = JSON.stringify([{ resource_type: CLUSTERS, status: 'denied' }]);
    const { code, doc } = await redrive(place, FROM_QUEUE, { ...env, ACCEPTED_GAPS });
    expect([code, doc.redriven, doc.queue.deleted]).toEqual([0, [CLUSTERS], 1]);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });

  it('what could not be deleted is put back: nobody is to wait for it', async (test) => {
    const { place, front, queue, env } = await openQueuePlace(test, moto.url);
    const causes = makeFail(place);
    await place.collect([], env);
    for (const end of Object.values(causes)) end();
    front.behind = { url: moto.url, refuses: 'DeleteMessageBatch' };
    const { code, doc } = await redrive(place, FROM_QUEUE, env);
    expect([code, doc.queue.deleted]).toEqual([0, 0]);
    expect(doc.warnings).toMatchObject([{ code: 'QUEUE_UNAVAILABLE' }]);
    expect(await queue.counts()).toEqual({ visible: 3, hidden: 0 });
    front.behind = { url: moto.url };
    const again = await redrive(place, FROM_QUEUE, env);
    expect([again.code, again.doc.cached, again.doc.queue.deleted]).toEqual([0, ['EC2', 'RDS', 'S3'], 3]);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });

  it('a message of another day is worked off under the day of the run, and that is said', async (test) => {
    const { place, queue, env } = await openQueuePlace(test, moto.url);
    const causes = makeFail(place);
    await place.collect(['--services', 'RDS', 'S3'], env);
    for (const end of Object.values(causes)) end();
    const before = place.calls('rds:*').length;
    const { code, doc } = await place.run(['failures', 'redrive', ...FROM_QUEUE], env);
    expect([code, doc.redriven, doc.queue.deleted]).toEqual([0, [CLUSTERS, BUCKETS], 2]);
    expect(doc.target_date).not.toBe(DAY);
    expect(doc.notes).toEqual([expect.stringMatching(/^2 messages are of another day\. .* falsify history\.$/)]);
    expect(place.calls('rds:*').slice(before)).toHaveLength(1);
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
    // The old day is as it was.
    expect(typesOf(await listed(place, '--date', DAY))).toEqual([CLUSTERS, BUCKETS].sort());
  });

  it('as many as there are units: all of them in calls of ten', async (test) => {
    const { place, front, queue, env } = await openQueuePlace(test, moto.url);
    const end = place.sandbox.fault({ match: /^(ec2|rds|s3|lambda):/, does: 'deny' });
    const { code } = await place.collect([], env);
    expect(code).toBe(1);
    const batches = front.calls.map(({ input }) => input.Entries.length);
    expect(batches).toEqual([10, 10, 7]);
    expect(await queue.counts()).toEqual({ visible: 27, hidden: 0 });
    end();
    const { doc } = await redrive(place, FROM_QUEUE, env);
    expect(doc).toMatchObject({ success_count: 4, total_count: 4, queue: { received: 27, deleted: 27 } });
    expect(await queue.counts()).toEqual({ visible: 0, hidden: 0 });
  });

  it.for([
    ['locked out', 4],
    ['told to end', 143],
  ] as const)('a redrive that is %s leaves the queue as it was', async ([way, exit], test) => {
    const { place, front, queue, env } = await openQueuePlace(test, moto.url);
    const causes = makeFail(place);
    await place.collect([], env);
    for (const end of Object.values(causes)) end();
    place.sandbox.fault({ match: 'lambda:ListFunctions', does: 'hang' });
    place.sandbox.fault({ match: 'ec2:DescribeVolumes', does: 'hang' });
    const busy = way === 'locked out' ? ['collect', '--services', 'Lambda', '--clear-cache'] : null;
    const args = ['failures', 'redrive', ...FROM_QUEUE];
    const first = place.start(busy ?? args, env);
    await place.sandbox.waitFor(busy === null ? 'ec2:DescribeVolumes' : 'lambda:ListFunctions', busy === null ? 3 : 2);
    if (busy === null) expect(await queue.counts()).toEqual({ visible: 0, hidden: 3 });
    const second = busy === null ? first.ended : place.run(args, env);
    if (busy === null) first.child.kill('SIGTERM');
    const { code, doc } = await second;
    expect([code, doc.redriven, doc.notes]).toEqual([exit, [], []]);
    first.child.kill('SIGTERM');
    await first.ended;
    expect(await queue.counts()).toEqual({ visible: 3, hidden: 0 });
    expect(front.calls.map(({ operation }) => operation)).not.toContain('DeleteMessageBatch');
  });
});
