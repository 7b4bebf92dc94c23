import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DUCKDB, DUCKDB_VERSION } from '../version.js';

/** The package, as its types say. It is no part of the program, and of no image. */
export type DuckDb = typeof import('@duckdb/node-api');

/** Thrown where the package is missing or cannot be loaded, with one line that says why. */
export class DuckDbMissing extends Error {
  readonly install = `npm install ${DUCKDB}@${DUCKDB_VERSION}`;
}

/** Loads the package from where the program lies, else from the working directory. */
export function loadDuckDb(cwd: string): DuckDb {
  const problems: string[] = [];
  for (const from of [import.meta.url, join(cwd, 'package.json')]) {
    try {
      return createRequire(from)(DUCKDB);
    } catch (error) {
      problems.push(String(error instanceof Error ? error.message : error).split('\n')[0] ?? '');
    }
  }
  // Not there is what the first place says mostly; broken, of the second, is worth more.
  throw new DuckDbMissing(problems.find((problem) => !problem.startsWith('Cannot find module')) ?? problems[0]);
}
