import type { StatsFs } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How full the file system of a folder is. */
export interface DiskUse {
  readonly folder: string;
  /** Of its bytes or of its files, whichever has less room left: either one ends in `ENOSPC`. */
  readonly percent: number;
  readonly freeBytes: number;
  /** null: the file system has no fixed number of files. */
  readonly freeFiles: number | null;
}

/** One entry for each file system that these folders are on; those that cannot be asked are left out. */
export async function disksOf(folders: readonly string[]): Promise<DiskUse[]> {
  const found = new Map<number, DiskUse>();
  for (const folder of folders) {
    const asked = await ask(folder);
    const use = asked === null ? null : diskUse(folder, asked.stats);
    if (asked !== null && use !== null && !found.has(asked.device)) found.set(asked.device, use);
  }
  return [...found.values()];
}

/** As `df` counts: what is kept for root is neither used nor free. null: the file system tells no size. */
export function diskUse(folder: string, stats: StatsFs): DiskUse | null {
  const { bsize, blocks, bfree, bavail, files, ffree } = stats;
  const used = blocks - bfree;
  if (used + bavail <= 0) return null;
  const counted = files > 0 ? { percent: ((files - ffree) / files) * 100, free: ffree } : null;
  return {
    folder,
    percent: Math.max((used / (used + bavail)) * 100, counted?.percent ?? 0),
    freeBytes: bavail * bsize,
    freeFiles: counted?.free ?? null,
  };
}

/** A folder that is yet to be made will be on the file system of the one above it. */
async function ask(folder: string): Promise<{ readonly device: number; readonly stats: StatsFs } | null> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const [{ dev }, stats] = await Promise.all([stat(path), statfs(path)]);
      return { device: dev, stats };
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!missing || dirname(path) === path) return null;
    }
  }
}
