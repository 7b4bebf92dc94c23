import { describe, expect, test } from 'vitest';
import { AlreadyExists, type Store } from '../../batch/store/store.js';

async function* bytes(...parts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function text(store: Store, key: string): Promise<string | null> {
  const content = await store.read(key);
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
      await store.create('a/b/c.json', bytes('one ', 'two ', '三 🗾'));
      expect(await text(store, 'a/b/c.json')).toBe('one two 三 🗾');
      expect(await text(await reopen(), 'a/b/c.json')).toBe('one two 三 🗾');
    });

    test('an empty file and a large one are whole', async () => {
      const { store } = await open();
      const large = Buffer.alloc(5_000_000, 'x');
      await store.create('empty', bytes());
      await store.create('large', bytes(large.subarray(0, 3), large.subarray(3)));
      expect(await text(store, 'empty')).toBe('');
      expect((await text(store, 'large'))?.length).toBe(large.length);
    });

    test('a key is created once: the first stays as it is', async () => {
      const { store } = await open();
      await store.create('k', bytes('first'));
      await expect(store.create('k', bytes('second'))).rejects.toBeInstanceOf(AlreadyExists);
      expect(await text(store, 'k')).toBe('first');
    });

    test('of many creators of one key exactly one succeeds, and its content is whole', async () => {
      const { store } = await open();
      const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
      const results = await Promise.allSettled(contents.map((content) => store.create('race', bytes(content))));
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await text(store, 'race')).toBe(contents[winners[0] ?? -1]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AlreadyExists);
      }
    });

    test('a body that fails leaves nothing, and its own error passes', async () => {
      const { store } = await open();
      const failing = (async function* () {
        yield Buffer.from('half');
        throw new RangeError('the source broke');
      })();
      await expect(store.create('x/half', failing)).rejects.toThrow(new RangeError('the source broke'));
      expect(await store.read('x/half')).toBeNull();
      expect(await store.list('x')).toEqual([]);
      await store.create('x/half', bytes('whole'));
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
      const creating = store.create('d/slow', slow);
      expect(await store.read('d/slow')).toBeNull();
      expect(await store.list('d')).toEqual([]);
      gate.release();
      await creating;
      expect(await text(store, 'd/slow')).toBe('begin end');
    });

    test('a missing key is null, a missing folder is empty', async () => {
      const { store } = await open();
      expect(await store.read('no/such/key')).toBeNull();
      expect(await store.list('no/such')).toEqual([]);
    });

    test('a listing has the names directly below, sorted', async () => {
      const { store } = await open();
      for (const key of ['f/b.json', 'f/a.json', 'f/sub/c.json', 'g/d.json']) await store.create(key, bytes('1'));
      expect(await store.list('f')).toEqual(['a.json', 'b.json', 'sub']);
    });

    test('uri names the key and differs between keys', async () => {
      const { store } = await open();
      expect(store.uri('a/b.json')).toMatch(/a\/b\.json$/);
      expect(store.uri('a/b.json')).not.toBe(store.uri('a/c.json'));
    });
  });
}
