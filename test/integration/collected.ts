import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ProgramEnd, temporaryFolder } from '../program.js';
import { collect, type Endpoint, type OpenEndpoint } from './endpoints.js';
import { BOTO3_MISSING, type Listing, listWithBoto3 } from './listing.js';
import { contentOf, type ManifestFile, type Rec, readUnitFile, type UnitFile } from './snapshot.js';

/** An account that the program has collected, and what another reader found in it. */
export interface Collected {
  readonly endpoint: OpenEndpoint;
  /** null: boto3 is not here. */
  readonly listing: Listing | null;
  readonly end: ProgramEnd;
  /** What the program ran in: the store is `data` in it, the log in `logs`. */
  readonly cwd: string;
  readonly store: string;
  readonly manifests: readonly ManifestFile[];
  readonly files: ReadonlyMap<string, UnitFile>;
  recordsOf(type: string): readonly Rec[];
}

/** Before all tests of the suite that calls it: fills or starts the account, has it listed, has it collected. */
export function collected({ region, open }: Endpoint): () => Collected {
  let cwd = '';
  let endpoint: OpenEndpoint | undefined;
  let given: Collected | undefined;
  beforeAll(async () => {
    cwd = temporaryFolder();
    endpoint = await open();
    const [listing, end] = await Promise.all([
      BOTO3_MISSING === '' ? listWithBoto3(endpoint.url, region) : null,
      collect(endpoint.url, region, cwd),
    ]);
    given = { endpoint, listing, end, cwd, ...readStore(join(cwd, 'data'), end) };
  });
  afterAll(async () => {
    await endpoint?.close();
    rmSync(cwd, { recursive: true, force: true });
  });
  return () => {
    if (given === undefined) throw new Error('the account was not collected');
    return given;
  };
}

/** What the result points to. Nothing is checked here: a run that went wrong is to be told by the tests. */
function readStore(store: string, end: ProgramEnd) {
  const paths: readonly string[] = end.json.snapshot ?? [];
  const manifests: ManifestFile[] = paths.map((path) => JSON.parse(contentOf(path)));
  const stored = manifests.flatMap(({ units }) => units).filter((unit) => unit.file !== null);
  const files = new Map(stored.map((unit) => [unit.resource_type, readUnitFile(join(store, unit.file))]));
  return { store, manifests, files, recordsOf: (type: string) => files.get(type)?.records ?? [] };
}
