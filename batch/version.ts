import { readFileSync } from 'node:fs';

declare const ARV_VERSION: string | undefined;
declare const ARV_DUCKDB: string | undefined;

interface Manifest {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
}

/** From package.json: the build puts it in, from the sources it is read. */
export const VERSION: string = typeof ARV_VERSION === 'string' ? ARV_VERSION : manifest().version;

/** The package that `arv query` needs and the program does not bring. */
export const DUCKDB = '@duckdb/node-api';

/** The version that the program was tested with. */
export const DUCKDB_VERSION: string =
  typeof ARV_DUCKDB === 'string' ? ARV_DUCKDB : String(manifest().optionalDependencies[DUCKDB]);
