import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from '../cli/ledger.js';
import { openPlace, type Place, type Ran } from '../cli/place.js';
import { MOTO_MISSING, type Moto, startMoto } from '../integration/moto.js';
import { collectHere } from './here.js';
import { killOnce } from './kills.js';
import { collectingCalls, gate, openLock, standing, tokensOf, untilLetIn } from './locks.js';
import { openStoreOnS3 } from './stores.js';

const FIRST = Number(process.env.ARV_SEED ?? Date.now() % 1_000_000);
const SEEDS = [FIRST, FIRST + 1];
const BOTH = ['--services', 'RDS', 'Lambda', '--clear-cache'];
const SHORT = { LOCK_LEASE_SECONDS: '2' };
const LONG = { LOCK_LEASE_SECONDS: '600' };

describe.skipIf(MOTO_MISSING !== '' && process.env.ARV_REQUIRE_MOTO === undefined)(
  `leases and snapshots with the store on S3 and leases in DynamoDB ${MOTO_MISSING}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto.close());

    /** A place with both, and what a run's environment needs. */
    async function open(test: Parameters<typeof openStoreOnS3>[0] & Parameters<typeof openPlace>[0]) {
      const place = await openPlace(test);
      const store = await openStoreOnS3(test, place, moto.url);
      return { place, store, env: { ...(await openLock(place, 'DynamoDB')), ...store.env } };
    }

    it.concurrent.for(SEEDS)('a run killed at a random instant (ARV_SEED=%i)', (seed, test) =>
      killOnce(test, seed, { services: ['RDS', 'S3', 'Lambda'], buckets: 2, s3: moto.url }),
    );

    it.concurrent('a task that was killed is continued by one of another host, which reads what is missing', async (test) => {
      const { place, store, env } = await open(test);
      const args = ['--services', 'Lambda'];
      const first = await standing(place, test, 'lambda:ListLayers', { args, env: { ...env, ...SHORT } });
      first.child.kill('SIGKILL');
      await first.ended.catch(() => {});
      const called = place.calls().length;
      const settings = { ...env, ...LONG, AWS_RESOURCE_VISUALIZER_LOG_DIR: place.file('logs of another host') };
      const flags = { services: ['Lambda'], store: store.front.store };
      // Its lease is waited for: nobody there can tell that the process is gone.
      const second = await untilLetIn(() => collectHere(place, { flags, env: settings }));
      expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
      const lists = collectingCalls(place, called).filter((call) => /List(Functions|Layers|EventSource)/.test(call));
      expect(lists.sort()).toEqual(['lambda:ListEventSourceMappings', 'lambda:ListLayers']);
      await store.mirror();
      const ledger = readLedger(place);
      expectWhole(place, ledger, typesOf('Lambda'));
      expect(
        Object.values(ledger)
          .map(({ origin }) => origin)
          .sort(),
      ).toEqual(['fetched', 'fetched', 'reused']);
    });

    it.concurrent('one that stood still past its lease commits nothing', async (test) => {
      const { place, store, env } = await open(test);
      const first = await standing(place, test, 'rds:DescribeDBInstances', { args: BOTH, env: { ...env, ...SHORT } });
      first.child.kill('SIGSTOP');
      const second = await untilLetIn(() => place.collect(BOTH, { ...env, ...LONG }));
      expect([second.code, tokensOf(second)], second.stderr).toEqual([0, { 'us-east-1': 2 }]);
      first.child.kill('SIGCONT');
      expectLost(await first.ended);
      await store.mirror();
      expectTruth(place, second, 2);
    });

    it.concurrent('one whose commit was on its way while another one took over does not say that it published', async (test) => {
      const { place, store, env } = await open(test);
      const { until, open: letGo } = gate(test);
      store.front.hold(/\/manifests\//, until);
      const first = place.startCollect(BOTH, { ...env, ...LONG, CALL_TIMEOUT_SECONDS: '60' });
      first.ended.catch(() => {});
      await store.front.held;
      // Its own commit, too, is held until it is let go.
      const second = await standing(place, test, 'rds:DescribeDBInstances', {
        args: [...BOTH, '--force'],
        env: { ...env, ...LONG },
      });
      letGo();
      expectLost(await first.ended);
      second.open();
      const ran = await second.ended;
      expect([ran.code, tokensOf(ran)], ran.stderr).toEqual([0, { 'us-east-1': 2 }]);
      await store.mirror();
      // The zombie's is there, whole, and outranked.
      expectTruth(place, ran, 1, 2);
    });
  },
);

function expectLost(ran: Ran): void {
  expect([ran.code, ran.doc.error_code, ran.doc.snapshot], ran.stderr).toEqual([1, 'LOCK_LOST', undefined]);
  expect(ran.log.filter(({ event }) => event === 'snapshot.published')).toEqual([]);
}

function expectTruth(place: Place, { doc }: Ran, ...tokens: number[]): void {
  expect(manifestNames(place)).toEqual(tokens.map((token) => `${String(token).padStart(20, '0')}.json`));
  const ledger = readLedger(place);
  expectWhole(place, ledger, typesOf('RDS', 'Lambda'));
  for (const unit of Object.values(ledger)) expect(unit).toMatchObject({ origin: 'fetched', run_id: doc.run_id });
}
