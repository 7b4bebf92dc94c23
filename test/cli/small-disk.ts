import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

const PAGE = Buffer.alloc(4096, 'x');
/** A tmpfs gives out whole pages. */
const PAGES = 64;

/** Skips the test, and says why, where mounting is not permitted. */
function mount(test: TestContext, ...args: string[]): void {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status === 0) return;
  test.skip(`a disk of its own cannot be mounted here: ${error?.message ?? stderr.trim()}`);
}

/** A disk of so many pages, mounted on a folder until the test has finished. */
export class SmallDisk {
  readonly #filler: string;

  constructor(
    test: TestContext,
    folder: string,
    private readonly pages = PAGES,
  ) {
    mkdirSync(folder, { recursive: true });
    mount(test, '-t', 'tmpfs', '-o', `size=${pages * PAGE.length},mode=755`, 'tmpfs', folder);
    this.#filler = join(folder, 'filler');
    // Lazily: a process that was killed may still stand in it.
    test.onTestFinished(() => {
      spawnSync('umount', ['--lazy', folder]);
    });
  }

  /** Takes all that is free but so many pages. */
  fill(leave = 0): void {
    const written = this.#write();
    this.empty();
    this.#write(written - leave);
  }

  empty(): void {
    rmSync(this.#filler, { force: true });
  }

  /** How many pages could be written. */
  #write(pages = this.pages): number {
    const fd = openSync(this.#filler, 'w');
    try {
      for (let done = 0; done < pages; done++) {
        try {
          writeSync(fd, PAGE);
        } catch {
          return done;
        }
      }
      return pages;
    } finally {
      closeSync(fd);
    }
  }
}

/** From now on nothing can be written below the folder, not even by who has files open in it; until it is called. */
export function readOnly(test: TestContext, folder: string): () => void {
  let over = false;
  const end = () => {
    if (!over) spawnSync('umount', ['--lazy', folder]);
    over = true;
  };
  mount(test, '--bind', folder, folder);
  test.onTestFinished(end);
  mount(test, '-o', 'remount,bind,ro', folder);
  return end;
}
