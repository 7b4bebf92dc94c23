/**
 * What a test runs in another process: it replaces a file of a directory store. The plan comes as JSON in argv.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { openDirectoryStore } from '../../batch/store/directory.js';
import { VersionConflict } from '../../batch/store/store.js';

export interface Plan {
  readonly dir: string;
  readonly key: string;
  /** Adds one to the number in the file so often; else it is replaced once, by `content`. */
  readonly increments?: number;
  readonly content?: string;
  /** Stands still right before the rename that would replace the file. */
  readonly stopsAtRename?: boolean;
}

const plan = JSON.parse(process.argv[2] ?? '') as Plan;

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

if (plan.stopsAtRename === true) {
  const { rename } = fs;
  fs.rename = async (from, to) => {
    if (String(to).endsWith(plan.key)) process.kill(process.pid, 'SIGSTOP');
    return rename(from, to);
  };
  syncBuiltinESMExports();
}

/** How often another one was faster. */
let conflicts = 0;

async function replace(change: (text: string) => string): Promise<boolean> {
  const store = await openDirectoryStore(plan.dir);
  const version = await store.version(plan.key);
  let text = '';
  for await (const chunk of (await store.read(plan.key)) ?? []) text += Buffer.from(chunk).toString();
  try {
    await store.put(plan.key, bytes(change(text)), version);
    return true;
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    conflicts += 1;
    return false;
  }
}

async function run(): Promise<string> {
  if (plan.increments === undefined) return (await replace(() => plan.content ?? '')) ? 'replaced' : 'conflict';
  for (let done = 0; done < plan.increments; ) if (await replace((text) => String(Number(text) + 1))) done += 1;
  return `${conflicts} conflicts`;
}

process.stdout.write(await run());
