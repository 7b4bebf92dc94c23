import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildProgram } from '../scripts/build.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built program: `arv.mjs` and its chunks, and nothing else around it. */
    dist: string;
  }
}

/** The program as it is shipped, built once for all tests that run it, in a folder that has no `node_modules`. */
export default async function setup(project: TestProject): Promise<() => void> {
  const dist = join(mkdtempSync(join(tmpdir(), 'arv-dist-')), 'dist');
  await buildProgram(dist);
  project.provide('dist', dist);
  return () => rmSync(join(dist, '..'), { recursive: true, force: true });
}
