import { expect } from 'vitest';
import type { DeadLetter } from '../../batch/contract/dead-letter.js';
import { DAY, type Env, type Place, type Ran } from '../cli/place.js';

export const CLUSTERS = 'AWS::RDS::DBCluster';
export const VOLUMES = 'AWS::EC2::Volume';
export const BUCKETS = 'AWS::S3::Bucket';

/** Three units of three services and two scopes fail for three reasons. Gives back what makes the causes go away. */
export function makeFail({ sandbox }: Place): Record<'clusters' | 'volumes' | 'buckets', () => void> {
  return {
    clusters: sandbox.fault({ match: 'rds:DescribeDBClusters', does: 'deny' }),
    volumes: sandbox.fault({ match: 'ec2:DescribeVolumes', does: 'throttle' }),
    buckets: sandbox.fault({
      match: 's3:ListBuckets',
      does: { kind: 'error', status: 500, code: 'InternalError', message: 'We encountered an internal error.' },
    }),
  };
}

/** Few tries: a unit that fails for good is to do so soon. */
export const SOON = { MAX_RETRIES: '1' };

export function redrive(place: Place, args: readonly string[] = [], env: Env = {}): Promise<Ran> {
  return place.run(['failures', 'redrive', '--date', DAY, '--backfill', ...args], { ...SOON, ...env });
}

export async function listed(place: Place, ...args: string[]): Promise<DeadLetter[]> {
  const { code, doc } = await place.run(['failures', 'list', ...args]);
  expect(code).toBe(0);
  expect(doc.count).toBe(doc.dead_letters.length);
  return doc.dead_letters;
}

export const typesOf = (letters: readonly { readonly resource_type: string }[]) =>
  letters.map(({ resource_type }) => resource_type).sort();

/** What was asked of the sandbox since then. */
export function operations(place: Place, from: number): string[] {
  return place
    .calls()
    .slice(from)
    .map(({ operation }) => operation);
}

/**
 * Two units have failed, volumes and snapshots. A redrive reads the first and then stands still at the other: `standing`
 * resolves once it does, `hangs` ends the cause.
 */
export async function standingAtSecond(place: Place): Promise<{ hangs: () => void; standing: () => Promise<void> }> {
  const match = 'ec2:DescribeSnapshots';
  const snapshots = place.sandbox.fault({ match, does: 'throttle' });
  const { volumes } = makeFail(place);
  await place.collect(['--services', 'EC2'], SOON);
  volumes();
  snapshots();
  const before = place.calls(match).length;
  const hangs = place.sandbox.fault({ match, does: 'hang' });
  return { hangs, standing: () => place.sandbox.waitFor(match, before + 1) };
}
