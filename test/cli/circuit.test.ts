import { describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/sandbox.js';
import { expectWhole, readLedger, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const unavailable: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'Try later' };
const EC2 = typesOf('EC2');
/** The first units that are read, in the order of the catalog. */
const FIRST = ['Instance', 'Volume', 'Snapshot', 'Image'].map((name) => `AWS::EC2::${name}`);
/** The host's clock, an hour back as soon as the service counts as down. */
const SET_BACK = `
  const { now } = Date;
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  stderr.write = (text, ...rest) => {
    if (String(text).includes('circuit.opened')) Date.now = () => now() - 3_600_000;
    return write(text, ...rest);
  };`;
const events = (log: readonly { readonly event: string }[], name: string) => log.filter(({ event }) => event === name);

describe('a service that is down', () => {
  it.concurrent('costs three calls with all their tries, then one try a unit; another service is read', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'ec2:*', does: unavailable });
    const { code, doc, log } = await place.collect(['--services', 'EC2', 'RDS', '--max-retries', '2']);
    expect([code, doc.success_count, doc.results]).toEqual([3, 1, { EC2: null, RDS: 4 }]);
    expect(place.calls('ec2:*')).toHaveLength(3 * 3 + (EC2.length - 3));
    expect(doc.errors.EC2.map((error: { code: string }) => error.code)).toEqual(EC2.map(() => 'ServiceUnavailable'));
    expectWhole(place, readLedger(place), typesOf('RDS'));
    // Said once, however often it is asked whether it is back.
    expect(events(log, 'circuit.opened')).toMatchObject([{ level: 'warn', service: 'EC2', region: 'us-east-1' }]);
    expect(events(log, 'circuit.closed')).toEqual([]);
  });

  it.concurrent('back again: everything that comes after is read whole, with all its tries', async (test) => {
    const place = await openPlace(test);
    // Three units fail for good; of the fourth the probe does.
    place.sandbox.fault({ match: 'ec2:*', times: 2 * 3 + 1, does: unavailable });
    place.sandbox.fault({ match: 'ec2:DescribeSubnets', times: 1, does: 'reset' });
    const { code, doc, log } = await place.collect(['--services', 'EC2', '--max-retries', '1']);
    expect(code).toBe(3);
    expect(doc.errors.EC2.map((error: { resource_type: string }) => error.resource_type)).toEqual(FIRST);
    expectWhole(
      place,
      readLedger(place),
      EC2.filter((type) => !FIRST.includes(type)),
    );
    expect(events(log, 'circuit.closed')).toHaveLength(1);
  });

  it.concurrent('single calls that always fail: all other units are read', async (test) => {
    const place = await openPlace(test);
    const broken = ['AWS::EC2::Volume', 'AWS::EC2::Snapshot', 'AWS::EC2::Image', 'AWS::EC2::KeyPair'];
    for (const operation of ['Volumes', 'Snapshots', 'Images', 'KeyPairs']) {
      place.sandbox.fault({ match: `ec2:Describe${operation}`, does: unavailable });
    }
    const { code, doc } = await place.collect(['--services', 'EC2', '--max-retries', '1']);
    expect(code).toBe(3);
    expect(doc.errors.EC2.map((error: { resource_type: string }) => error.resource_type)).toEqual(broken);
    expectWhole(
      place,
      readLedger(place),
      EC2.filter((type) => !broken.includes(type)),
    );
  });

  it.concurrent('in the details: no call is made any more, and the ledger says why', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /^s3:Get/, region: 'eu-west-1', does: unavailable });
    const { code, doc } = await place.collect(['--services', 'S3', '--max-retries', '1']);
    expect([code, doc.errors.S3]).toMatchObject([3, [{ class: 'transient' }]]);
    const { unread = [] } = readLedger(place, 'global')['AWS::S3::Bucket'] ?? {};
    expect(new Set(unread.map((part) => part.code))).toEqual(new Set(['ServiceUnavailable', 'CIRCUIT_OPEN']));
    // Buckets of other regions are none the worse for it.
    const far = new Set(unread.flatMap((part) => part.resource_ids));
    expect(far).toEqual(new Set(['sakura-dublin-archive']));
  });

  it.concurrent('in the details alone: the list goes on to its last page, and all its records are kept', async (test) => {
    const place = await openPlace(test, { pageSize: 3 });
    place.sandbox.fault({ match: 'lambda:ListTags', does: unavailable });
    const { code, doc } = await place.collect(['--services', 'Lambda', '--max-retries', '1']);
    expect([code, doc.results]).toEqual([3, { Lambda: 5 }]);
    const { status, unread = [] } = readLedger(place)['AWS::Lambda::Function'] ?? {};
    expect([status, unread.flatMap((part) => part.resource_ids).length]).toEqual(['partial', 5]);
    // Details of one page at a time are tried, with all their tries at first.
    expect(place.calls('lambda:ListTags').length).toBeLessThanOrEqual(2 * 8);
  });

  it.concurrent('throttled or denied it is not down', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: /^ec2:Describe[I-N]/, does: 'throttle' });
    place.sandbox.fault({ match: /^ec2:Describe[O-V]/, does: 'deny' });
    const { log } = await place.collect(['--services', 'EC2', '--max-retries', '0']);
    expect(events(log, 'unit.failed').length).toBeGreaterThan(3);
    expect(events(log, 'circuit.opened')).toEqual([]);
  });

  it.concurrent('and the clock of the host is set back: it is asked again all the same', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'ec2:*', times: 3, does: unavailable });
    const preload = ['--import', `data:text/javascript;base64,${Buffer.from(SET_BACK).toString('base64')}`];
    const { code, doc, log } = await place.startCollect(['--services', 'EC2', '--max-retries', '0'], {}, preload).ended;
    expect([code, doc.errors.EC2.length]).toEqual([3, 3]);
    expect(place.calls('ec2:*')).toHaveLength(EC2.length);
    expect(events(log, 'circuit.closed')).toHaveLength(1);
  });

  it.concurrent('and the run ends while it is asked: nobody says that it is back', async (test) => {
    const place = await openPlace(test);
    place.sandbox.fault({ match: 'ec2:*', times: 3, does: unavailable });
    place.sandbox.fault({ match: 'ec2:*', does: 'hang' });
    const { ended, child } = place.startCollect(['--services', 'EC2', '--max-retries', '0'], {});
    await place.sandbox.waitFor('ec2:*', 4);
    child.kill('SIGTERM');
    const { code, log } = await ended;
    expect(code).toBe(143);
    expect(events(log, 'circuit.opened')).toHaveLength(1);
    expect(events(log, 'circuit.closed')).toEqual([]);
  });
});
