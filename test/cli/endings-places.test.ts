import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectWhole, manifestNames, readLedger, typesOf } from './ledger.js';
import { openPlace } from './place.js';

const LAMBDA = ['--services', 'Lambda'];

describe('a store that cannot be written', () => {
  // biome-ignore format: a table
  it.concurrent.for<[name: string, store: string, lang: string, text: RegExp]>([
    ['a file in its place', 'taken', 'en', /^The store is not available: (EEXIST|ENOTDIR).*\. Check the place given by --store, its write permission and free space\.$/],
    ['a folder below a file', 'taken/below', 'ja', /^保存先を利用できません: ENOTDIR.*。--store の場所と書き込み権限、空き容量を確認してください。$/],
    ['a name that is too long', 'x'.repeat(300), 'en', /^The store is not available: ENAMETOOLONG/],
  ])('%s', async ([, store, ARV_LANG, text], test) => {
    const place = await openPlace(test);
    place.file('taken', 'mine');
    const { code, doc, log } = await place.collect(['--store', store], { ARV_LANG });
    expect(doc).toMatchObject({ success: false, error_code: 'STORE_UNAVAILABLE', error: expect.stringMatching(text) });
    expect(code).toBe(1);
    // Identity comes before it, reads come after it.
    expect(place.calls().map(({ operation }) => operation)).toEqual(['sts:GetCallerIdentity']);
    expect(log.at(-1)).toMatchObject({ level: 'error', event: 'run.failed', error_code: 'STORE_UNAVAILABLE' });
    expect(place.names()).toEqual(['logs', 'taken']);
  });

  it.concurrent('that goes away on the way: told, and nothing is published', async (test) => {
    const place = await openPlace(test);
    let goOn = () => {};
    const until = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    place.sandbox.fault({ match: 'lambda:ListLayers', does: { kind: 'hold', until } });
    const { ended } = place.startCollect(LAMBDA);
    await place.sandbox.waitFor('lambda:ListLayers');
    renameSync(place.file('data'), place.file('moved'));
    writeFileSync(place.file('data'), 'in the way');
    goOn();
    const { code, doc } = await ended;
    expect([code, doc.success, doc.error_code]).toEqual([1, false, 'STORE_UNAVAILABLE']);
    expect(existsSync(place.file('moved/default_tenant/manifests'))).toBe(false);
  });

  it.concurrent('a store elsewhere, made with the folders above it', async (test) => {
    const place = await openPlace(test);
    const { code, doc } = await place.collect(LAMBDA, { SNAPSHOT_STORE: './a/b c/日本' });
    expect(code).toBe(0);
    expect(doc.snapshot[0]).toContain(place.file('a/b c/日本/default_tenant/manifests'));
    expect(place.has('data')).toBe(false);
  });
});

describe('a log directory that cannot be written', () => {
  it.concurrent.for([
    ['en', 'Logs go to the console only.'],
    ['ja', 'ログはコンソールにのみ出力します。'],
  ])('is a warning, and the run goes on: %s', async ([ARV_LANG = '', text], test) => {
    const place = await openPlace(test);
    place.file('taken', 'mine');
    const env = { ARV_LANG, AWS_RESOURCE_VISUALIZER_LOG_DIR: './taken/logs' };
    const { code, doc, log } = await place.collect(LAMBDA, env);
    expect([code, doc.results]).toEqual([0, { Lambda: 5 }]);
    const warnings = log.filter(({ event }) => event === 'log.unwritable');
    expect(warnings).toMatchObject([{ level: 'warn', error_code: 'ENOTDIR' }]);
    expect(warnings[0].message).toContain(text);
    expect(log.map(({ event }) => event)).toContain('run.completed');
    expectWhole(place, readLedger(place), typesOf('Lambda'));
    expect(place.names()).toEqual(['data', 'taken']);
  });
});

describe('a reader that goes away', () => {
  it.concurrent.for(['stdout', 'stderr'] as const)('from %s: the run is what it was', async (stream, test) => {
    const place = await openPlace(test);
    let goOn = () => {};
    const until = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    place.sandbox.fault({ match: 'lambda:ListLayers', does: { kind: 'hold', until } });
    const { child, ended } = place.startCollect(LAMBDA);
    const gone = ended.catch(() => {});
    await place.sandbox.waitFor('lambda:ListLayers');
    let errors = '';
    child.stderr?.on('data', (text: string) => {
      errors += text;
    });
    // What `| head -c 10` does once it has enough.
    child[stream]?.destroy();
    goOn();
    await gone;
    expect(manifestNames(place)).toHaveLength(1);
    expectWhole(place, readLedger(place), typesOf('Lambda'));
    expect(errors).not.toMatch(/crash|EPIPE/);
    // Everything is complete and published: 1 would say that nothing is.
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  });
});
