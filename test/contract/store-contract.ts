import { describe, expect, test } from 'vitest';
import { type ByteRange, type Store, VersionConflict } from '../../batch/store/store.js';

async function* bytes(...parts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

const create = (store: Store, key: string, body: AsyncIterable<Uint8Array>) => store.put(key, body, null);

async function text(store: Store, key: string, range?: ByteRange): Promise<string | null> {
  const content = await store.read(key, range);
  if (content === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What every adapter of the store's port must do. `open` gives an empty store; it may be opened again. */
export function storeContract(name: string, open: () => Promise<{ store: Store; reopen(): Promise<Store> }>): void {
  describe(`store contract: ${name}`, () => {
    test('what was created is read back, also after opening again', async () => {
      const { store, reopen } = await open();
      await create(store, 'a/b/c.json', bytes('one ', 'two ', '三 🗾'));
      expect(await text(store, 'a/b/c.json')).toBe('one two 三 🗾');
      expect(await text(await reopen(), 'a/b/c.json')).toBe('one two 三 🗾');
    });

    test('an empty file and a large one are whole', async () => {
      const { store } = await open();
      const large = Buffer.alloc(5_000_000, 'x');
      await create(store, 'empty', bytes());
      await create(store, 'large', bytes(large.subarray(0, 3), large.subarray(3)));
      expect(await text(store, 'empty')).toBe('');
      expect((await text(store, 'large'))?.length).toBe(large.length);
    });

    test('a key is created once: the first stays as it is', async () => {
      const { store } = await open();
      await create(store, 'k', bytes('first'));
      await expect(create(store, 'k', bytes('second'))).rejects.toBeInstanceOf(VersionConflict);
      expect(await text(store, 'k')).toBe('first');
    });

    test('of many creators of one key exactly one succeeds, and its content is whole', async () => {
      const { store } = await open();
      const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
      const results = await Promise.allSettled(contents.map((content) => create(store, 'race', bytes(content))));
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await text(store, 'race')).toBe(contents[winners[0] ?? -1]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VersionConflict);
      }
    });

    test('a body that fails leaves nothing, and its own error passes', async () => {
      const { store } = await open();
      const failing = (async function* () {
        yield Buffer.from('half');
        throw new RangeError('the source broke');
      })();
      await expect(create(store, 'x/half', failing)).rejects.toThrow(new RangeError('the source broke'));
      expect(await store.read('x/half')).toBeNull();
      expect(await store.list('x')).toEqual([]);
      await create(store, 'x/half', bytes('whole'));
      expect(await text(store, 'x/half')).toBe('whole');
    });

    test('what is on its way is not seen', async () => {
      const { store } = await open();
      const gate: { release: () => void } = { release: () => {} };
      const held = new Promise<void>((resolve) => {
        gate.release = resolve;
      });
      const slow = (async function* () {
        yield Buffer.from('begin');
        await held;
        yield Buffer.from(' end');
      })();
      const creating = create(store, 'd/slow', slow);
      expect(await store.read('d/slow')).toBeNull();
      expect(await store.list('d')).toEqual([]);
      gate.release();
      await creating;
      expect(await text(store, 'd/slow')).toBe('begin end');
    });

    test('a part is read: from the front, from the end, more than there is', async () => {
      const { store } = await open();
      await create(store, 'p', bytes('0123456789'));
      const parts: [ByteRange, string][] = [
        [{ start: 0, end: 1 }, '0'],
        [{ start: 3, end: 7 }, '3456'],
        [{ start: 8 }, '89'],
        [{ start: 8, end: 100 }, '89'],
        [{ start: -4 }, '6789'],
        [{ start: -100 }, '0123456789'],
      ];
      for (const [range, part] of parts) expect([range, await text(store, 'p', range)]).toEqual([range, part]);
      await create(store, 'none', bytes());
      expect(await text(store, 'none', { start: -4 })).toBe('');
      expect(await store.read('missing', { start: -4 })).toBeNull();
    });

    test('exactly the version that was looked at is replaced', async () => {
      const { store, reopen } = await open();
      expect([await store.version('v/k'), await store.version('v')]).toEqual([null, null]);
      await create(store, 'v/k', bytes('one'));
      const first = (await store.version('v/k')) ?? '';
      expect([first, await (await reopen()).version('v/k')]).toEqual([expect.stringMatching(/./), first]);
      await store.put('v/k', bytes('two'), first);
      expect([await text(store, 'v/k'), await store.version('v/k')]).toEqual(['two', expect.not.stringMatching(first)]);
      for (const [body, replaces] of [
        ['three', first],
        ['three', null],
        ['three', 'no version'],
      ] as const)
        await expect(store.put('v/k', bytes(body), replaces)).rejects.toBeInstanceOf(VersionConflict);
      await expect(store.put('v/none', bytes('x'), first)).rejects.toBeInstanceOf(VersionConflict);
      expect([await text(store, 'v/k'), await store.list('v')]).toEqual(['two', ['k']]);
    });

    test('of many who replace one version exactly one succeeds, and its content is whole', async () => {
      const { store } = await open();
      await create(store, 'race', bytes('before'));
      const version = await store.version('race');
      const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
      const results = await Promise.allSettled(contents.map((content) => store.put('race', bytes(content), version)));
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await text(store, 'race')).toBe(contents[winners[0] ?? -1]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VersionConflict);
      }
    });

    test('a replacement whose body fails changes nothing; until it is whole, the old content is read', async () => {
      const { store } = await open();
      await create(store, 'r', bytes('old'));
      const version = await store.version('r');
      const failing = (async function* () {
        yield Buffer.from('half');
        expect([await text(store, 'r'), await store.version('r')]).toEqual(['old', version]);
        throw new RangeError('the source broke');
      })();
      await expect(store.put('r', failing, version)).rejects.toThrow(new RangeError('the source broke'));
      expect([await text(store, 'r'), await store.version('r')]).toEqual(['old', version]);
    });

    test('a missing key is null, a missing folder is empty', async () => {
      const { store } = await open();
      expect(await store.read('no/such/key')).toBeNull();
      expect(await store.list('no/such')).toEqual([]);
    });

    test('a listing has the names directly below, sorted', async () => {
      const { store } = await open();
      for (const key of ['f/b.json', 'f/a.json', 'f/sub/c.json', 'g/d.json']) await create(store, key, bytes('1'));
      expect(await store.list('f')).toEqual(['a.json', 'b.json', 'sub']);
    });

    test('uri names the key and differs between keys', async () => {
      const { store } = await open();
      expect(store.uri('a/b.json')).toMatch(/a\/b\.json$/);
      expect(store.uri('a/b.json')).not.toBe(store.uri('a/c.json'));
    });
  });
}
