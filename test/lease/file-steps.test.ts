import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fileLeaseTable } from '../../batch/lease/file.js';
import type { LeaseRow } from '../../batch/lease/lease.js';
import type { LeaseTable } from '../../batch/lease/lease-table.js';

/** A process of which every file operation waits until it is told to go on. */
class Stepper {
  #next: (() => void) | null = null;
  readonly #running: Promise<unknown>;
  ended = false;

  constructor(work: () => Promise<unknown>) {
    this.#running = steppers.run(this, work).finally(() => {
      this.ended = true;
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }

  /** Goes on for so many operations, or to its end. */
  async step(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      while (this.#next === null && !this.ended) await turn();
      if (this.ended) return this.#running.then(() => {});
      const go = this.#next;
      this.#next = null;
      go?.();
    }
  }
}

/** Which process an operation belongs to. */
const { steppers } = await vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  return { steppers: new AsyncLocalStorage<{ turn(): Promise<void> }>() };
});

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const stepped = (['link', 'lstat', 'mkdir', 'open', 'readdir', 'readFile', 'unlink'] as const).map((name) => {
    const operation = real[name] as (...args: unknown[]) => Promise<unknown>;
    return [
      name,
      async (...args: unknown[]) => {
        await steppers.getStore()?.turn();
        return operation(...args);
      },
    ];
  });
  return { ...real, ...Object.fromEntries(stepped) };
});

const RUNS = Math.ceil(Number(process.env.ARV_INTERLEAVINGS ?? 1000) / 100);
const KEY = 'lease';
const signal = new AbortController().signal;

interface Swap {
  readonly row: LeaseRow;
  readonly over: LeaseRow | null;
}

/** Takes the row over and renews it thrice, again and again; notes each swap that it was told has gone through. */
async function contend(table: LeaseTable, name: string, rounds: number, swaps: Swap[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    let { row: over } = await table.read(KEY, signal);
    const runId = `${name}-${round}`;
    let row: LeaseRow = { key: KEY, token: (over?.token ?? 0) + 1, owner: name, runId, ...times(0) };
    for (let n = 1; n <= 4 && (await table.swap(row, over, signal)); n++) {
      swaps.push({ row, over });
      [over, row] = [row, { ...row, ...times(n) }];
    }
  }
}

function times(n: number): Pick<LeaseRow, 'acquiredAt' | 'expiresAt'> {
  return { acquiredAt: '2025-01-31T23:00:00.000Z', expiresAt: new Date(Date.UTC(2025, 0, 31, 23, 1, n)).toISOString() };
}

const id = (row: LeaseRow | null) => (row === null ? 'none' : `${row.token} ${row.runId} ${row.expiresAt}`);

describe('files, stopped between any two operations', () => {
  let folder: string;
  let made = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'arv-lease-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test(`of all who replace one row, one succeeds: ${RUNS} interleavings`, { timeout: 600_000 }, async () => {
    const schedule = fc.array(
      fc.tuple(fc.nat({ max: 2 }), fc.oneof(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 150 }))),
      {
        ...{ minLength: 10, maxLength: 40, size: 'max' },
      },
    );
    const property = fc.asyncProperty(schedule, fc.boolean(), async (turns, someDie) => {
      made += 1;
      const own = join(folder, String(made));
      const table = fileLeaseTable(() => own);
      const swaps: Swap[] = [];
      const processes = ['a', 'b', 'c'].map((name) => new Stepper(() => contend(table, name, 5, swaps)));
      for (const [who, steps] of turns) await processes[who]?.step(steps);
      // Those who die leave what they had begun; the others go on to their end.
      for (const one of someDie ? processes.slice(1) : processes) await one.step(Number.POSITIVE_INFINITY);

      const replaced = swaps.map(({ over }) => id(over));
      expect(new Set(replaced).size, 'a row was replaced twice').toBe(replaced.length);
      const { row: over } = await table.read(KEY, signal);
      const heir: LeaseRow = { key: KEY, token: (over?.token ?? 0) + 1, owner: 'd', runId: 'heir', ...times(0) };
      for (const { row } of swaps) expect(row.token).toBeLessThan(heir.token);
      expect(await table.swap(heir, over, signal)).toBe(true);
      const names = readdirSync(own);
      expect(names.filter((name) => !/^\d{20}\.json$/.test(name))).toEqual([]);
      expect(names.length).toBeLessThanOrEqual(20);
    });
    const seed = process.env.ARV_SEED === undefined ? {} : { seed: Number(process.env.ARV_SEED) };
    await fc.assert(property, { numRuns: RUNS, ...seed, endOnFailure: true });
  });
});
