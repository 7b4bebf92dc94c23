import { readFileSync } from 'node:fs';

declare const ARV_VERSION: string | undefined;

/** From package.json: the build puts it in, from the sources it is read. */
export const VERSION: string =
  typeof ARV_VERSION === 'string'
    ? ARV_VERSION
    : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
