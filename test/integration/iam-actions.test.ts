import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectCommand } from '../../batch/commands/collect.js';
import { type Host, systemClock } from '../../batch/commands/host.js';
import { parseConfig } from '../../batch/config/parse-config.js';
import { CATALOG } from '../../batch/services/index.js';
import { temporaryFolder } from '../program.js';
import { actionOf } from '../sandbox/iam.js';
import { startSandbox } from '../sandbox/sandbox.js';
import { startWithoutBucketRegions } from './endpoints.js';

/** Asked only where ListBuckets does not tell the region. */
const ONLY_WITHOUT_REGION = 's3:GetBucketLocation';

let folder: string;
const host: Host = {
  env: {},
  clock: systemClock,
  random: Math.random,
  stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
  stdoutIsTerminal: false,
  stderrIsTerminal: false,
  signal: new AbortController().signal,
  owner: 'test',
  ask: null,
};

/** Collects the account and gives the actions that each resource type took. */
async function actionsTaken(url: string, name: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const flags = { region: 'us-east-1', 'endpoint-url': url, store: join(folder, name), 'log-level': 'error' };
  const env = { AWS_RESOURCE_VISUALIZER_LOG_DIR: join(folder, 'logs') };
  const parsed = parseConfig({ flags, env, now: new Date(), lang: 'en' });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const taken = new Map<string, readonly string[]>();
  const result = await collectCommand(parsed.config, host, ({ resourceType }, operations) => {
    const names = [...operations].map((operation) => `${resourceType.service.toLowerCase()}:${operation}`);
    taken.set(resourceType.type, names.flatMap((operation) => actionOf(operation) ?? []).sort());
  });
  expect(result.exitCode).toBe(0);
  return taken;
}

async function collectFrom(start: typeof startSandbox, name: string) {
  const sandbox = await start();
  try {
    return await actionsTaken(sandbox.url, name);
  } finally {
    await sandbox.close();
  }
}

let usual: ReadonlyMap<string, readonly string[]>;
let regionless: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  folder = temporaryFolder();
  usual = await collectFrom(startSandbox, 'usual');
  regionless = await collectFrom(startWithoutBucketRegions, 'regionless');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what a row calls is what its actions name', () => {
  test.each(CATALOG.map((row) => [row.type, row] as const))('%s', (type, row) => {
    expect(regionless.get(type)).toEqual([...row.actions].sort());
  });

  test.each(CATALOG.map((row) => [row.type, row] as const))(
    '%s, where AWS tells the regions of buckets',
    (type, row) => {
      expect(usual.get(type)).toEqual(row.actions.filter((action) => action !== ONLY_WITHOUT_REGION).sort());
    },
  );
});
