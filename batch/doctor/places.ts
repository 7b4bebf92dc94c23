import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { manifestFolder, unitFolder } from '../core/layout.js';
import type { Scope } from '../core/model.js';
import { type Store, VersionConflict } from '../store/store.js';
import { bad, type Check, type CheckContext, good, untried } from './check.js';
import { codeOf, freeSpace, messageOf, NoExclusiveLink, probeFolder } from './probe-folder.js';

const GIB = 2 ** 30;
/** In the form of an S3 version (ETag); no object has this one. */
const NO_VERSION = '"00000000000000000000000000000000"';

/** The store can be written where a run would: a file on its way, linked to where units and manifests lie. */
export async function examineStore(
  context: CheckContext,
  scope: Scope | null,
  openRemote: (() => Promise<Store>) | null,
): Promise<Check> {
  const { store } = context.config;
  return store.kind === 'directory'
    ? examineDirectory(context, resolve(store.path), scope)
    : examineBucket(context, `s3://${store.bucket}/${store.prefix}`, openRemote);
}

/** Opening lists the prefix. Writing is tried with an upload that has to be refused, and so leaves nothing behind. */
async function examineBucket(
  { config, say, signal }: CheckContext,
  target: string,
  open: (() => Promise<Store>) | null,
): Promise<Check> {
  if (open === null) return untried('store', target, say('seeCheck', { check: 'region' }));
  try {
    const store = await open();
    await replaceNothing(store, `${config.run.tenant}/doctor`);
    return good('store', target, say('bucketWritable'));
  } catch (error) {
    signal.throwIfAborted();
    return bad('store', target, messageOf(error), say('remedyBucket'));
  }
}

/** Puts a file in the place of a version that never was: S3 looks at the permission before it looks at that. */
async function replaceNothing(store: Store, key: string): Promise<void> {
  try {
    await store.put(key, Readable.from([]), NO_VERSION);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
  }
}

async function examineDirectory({ config, say }: CheckContext, root: string, scope: Scope | null): Promise<Check> {
  const { tenant, targetDate } = config.run;
  const folders =
    scope === null
      ? [`${tenant}/units/${targetDate}`, `${tenant}/manifests/${targetDate}`]
      : [unitFolder(scope, targetDate, ''), manifestFolder(scope, targetDate)];
  try {
    const below = folders.map((folder) => join(root, folder));
    await probeFolder(join(root, '.tmp'), below);
    const free = ((await freeSpace(root)) / GIB).toFixed(1);
    return good('store', root, say('storeWritable', { free }));
  } catch (error) {
    const remedy = error instanceof NoExclusiveLink ? say('remedyLink') : say('remedyStore');
    return bad('store', root, messageOf(error), remedy);
  }
}

/** The log file can be written; on a container the log goes to the console. */
export async function examineLog({ config, say }: CheckContext): Promise<Check> {
  const file = resolve(config.log.dir, config.log.filename);
  if (config.runType !== 'local') return untried('log', 'console', say('logOnConsole', { type: config.runType }));
  try {
    await probeFolder(resolve(config.log.dir));
    await checkLogFile(file);
    return good('log', file, say('writable'));
  } catch (error) {
    return bad('log', file, say('logUnwritable', { reason: messageOf(error) }), say('remedyLog'));
  }
}

async function checkLogFile(file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return;
  // The logger refuses anything else: a link may lead elsewhere, a pipe would block.
  if (!found.isFile()) throw new Error(`not a regular file: ${file}`);
  await access(file, constants.R_OK | constants.W_OK);
}
