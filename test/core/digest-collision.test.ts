import { expect, it, vi } from 'vitest';
import { FormerState } from '../../batch/core/former-state.js';
import { diffUnits } from '../../batch/core/unit-diff.js';
import { MemoryStore } from './memory-store.js';
import { recordOf, unitOf } from './records.js';

// Every key has the same digest.
vi.mock('node:crypto', async (original) => ({ ...(await original<object>()), hash: () => 'x'.repeat(32) }));

const state = (id: string, state: string) => recordOf(id, { tags: {}, state, properties: {} });

it('a resource whose digest is that of another one is not taken for it', async () => {
  const former = new FormerState('salt', 2);
  former.add(state('i-1', 'a'));
  expect(former.stateOf(state('i-2', 'b'))).toBe('other');

  const store = new MemoryStore();
  store.putRecords('before', [state('i-1', 'a'), state('i-2', 'b'), state('i-3', 'c')]);
  store.putRecords('after', [state('i-4', 'd'), state('i-2', 'e'), state('i-3', 'c')]);
  const [from, to] = ['before', 'after'].map((file) => unitOf({ file, count: 3 }));
  const changes: unknown[] = [];
  const paths = { volatile: [], unordered: [] };
  for await (const { kind, record } of diffUnits(store.store, from as never, to as never, paths))
    changes.push([kind, record.resource_id]);
  // Only that i-1 is gone is hidden: it counts as met with whoever has its digest.
  expect(changes).toEqual([
    ['changed', 'i-2'],
    ['created', 'i-4'],
  ]);
});
