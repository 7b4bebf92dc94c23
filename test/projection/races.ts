import { expect } from 'vitest';
import { renderProjection } from '../../batch/core/projection.js';
import { type Store, VersionConflict } from '../../batch/store/store.js';
import { numbers } from '../lock/aftermath.js';
import { commit, DATE, NEVER, recordOf, SCOPE, tokenThere, writeUnit } from './days.js';

/** How often the same one goes on: another one then comes in the middle of it, and gets far. */
const GOES_ON = 0.9;

/** Lets one step of one actor go at a time; which one, chance says. */
class Turns {
  readonly #waiting: { readonly actor: number; readonly go: () => void }[] = [];
  #moving = 0;
  #last = 0;

  constructor(private readonly random: () => number) {}

  /** Waits to be picked. */
  turn(actor: number): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ actor, go });
      this.#moving -= 1;
      this.#next();
    });
  }

  async run(actors: readonly (() => Promise<void>)[]): Promise<void> {
    this.#moving = actors.length;
    const end = () => {
      this.#moving -= 1;
      this.#next();
    };
    await Promise.all(actors.map((actor, index) => this.turn(index).then(actor).finally(end)));
  }

  #next(): void {
    if (this.#moving > 0 || this.#waiting.length === 0) return;
    const same = this.#waiting.findIndex(({ actor }) => actor === this.#last);
    const stays = same >= 0 && this.random() < GOES_ON;
    const [picked] = this.#waiting.splice(stays ? same : Math.floor(this.random() * this.#waiting.length), 1);
    this.#moving += 1;
    this.#last = picked?.actor ?? 0;
    picked?.go();
  }
}

/** What happened in the races so far: a test whose races never collide shows nothing. */
export interface Seen {
  conflicts: number;
  replaced: number;
  killed: number;
}

/**
 * Runs that commit under growing tokens and render, step by step in any order; each may be killed after its commit.
 * Whenever a file is put there, it is of a token no lower than the one before.
 */
export async function race(store: Store, seed: number, seen: Seen): Promise<void> {
  const random = numbers(seed);
  const turns = new Turns(random);
  const fallen: string[] = [];
  let token = 0;
  const looked = async () => {
    const now = (await tokenThere(store)) ?? 0;
    if (now < token) fallen.push(`${now} over ${token}`);
    if (token > 0) seen.replaced += 1;
    token = now;
  };
  const slow = (actor: number, dies: boolean): Store => {
    const turn = () => turns.turn(actor);
    async function* slowly(body: AsyncIterable<Uint8Array>) {
      yield* body;
      await turn();
      if (dies) throw new Error('killed');
    }
    const conflict = (error: unknown) => {
      if (error instanceof VersionConflict) seen.conflicts += 1;
      throw error;
    };
    return {
      uri: (key) => store.uri(key),
      list: (key) => turn().then(() => store.list(key)),
      version: (key) => turn().then(() => store.version(key)),
      read: (key, range) => turn().then(() => store.read(key, range)),
      put: (key, body, replaces) => store.put(key, slowly(body), replaces).then(looked, conflict),
    };
  };
  const unit = await writeUnit(store, 'A', [recordOf('A', 'one')]);
  const runs = 2 + Math.floor(random() * 2);
  // Mostly there is a file already, and all of them are to replace the same one.
  const before = random() < 0.8 ? 1 : 0;
  if (before > 0) {
    await commit(store, before, [unit]);
    await renderProjection(store, { scope: SCOPE, date: DATE }, NEVER);
    token = before;
  }
  const actors = Array.from({ length: runs }, (_, actor) => async () => {
    // A later one begins when those before are in the middle of it, or through.
    for (let waits = actor * random() * 8; waits > 0; waits--) await turns.turn(actor);
    await commit(store, before + actor + 1, [unit]);
    const dies = random() < 0.2 && actor < runs - 1;
    if (dies) seen.killed += 1;
    await renderProjection(slow(actor, dies), { scope: SCOPE, date: DATE }, NEVER);
  });
  await turns.run(actors);
  expect(fallen, `seed ${seed}`).toEqual([]);
  // The last one lives: nothing lags in the end.
  expect(await tokenThere(store), `seed ${seed}`).toBe(before + runs);
}
