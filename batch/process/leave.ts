import { closeSync, fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Requests that a thread of Node's pool works on. */
const POOLED = /^(GetAddrInfo|GetNameInfo|FSReq|FileHandle)/;
/** How long such work may take to finish by itself. Milliseconds. */
const PATIENCE_MS = 200;
const LOOK_EVERY_MS = 10;

/** Node 22.15 and newer. */
type Execve = (file: string, args: readonly string[]) => never;

/**
 * Ends the process. `process.exit` waits for the threads of the pool, and one of them may sit in a name lookup or on a
 * file system that does not answer: then another way is taken.
 *
 * @param signal what the process was told to end by; null: it ends by itself
 */
export function leave(exitCode: number, signal: NodeJS.Signals | null): void {
  const started = performance.now();
  const look = () => {
    if (!isStuck()) exit(exitCode);
    if (performance.now() - started > PATIENCE_MS) return leaveHard(exitCode, signal);
    setTimeout(look, LOOK_EVERY_MS);
  };
  look();
}

/** Without waiting for anything. */
export function leaveAtOnce(exitCode: number, signal: NodeJS.Signals): void {
  if (isStuck()) leaveHard(exitCode, signal);
  exit(exitCode);
}

function exit(exitCode: number): never {
  for (const fd of [0, 1, 2]) letGoOfDead(fd);
  process.exit(exitCode);
}

/** Node 20 sets terminals back as it exits, and aborts where one was closed: all but those that the program has closed. */
function letGoOfDead(fd: number): void {
  try {
    // Of a closed terminal nobody can tell that it was one; /dev/null, which looks the same, is no loss.
    if (fstatSync(fd).isCharacterDevice() && !isatty(fd)) closeSync(fd);
  } catch {
    // It is closed.
  }
}

function isStuck(): boolean {
  return process.getActiveResourcesInfo().some((resource) => POOLED.test(resource));
}

/**
 * A new program in this one's place has no such threads. Where Node cannot do that, the signal itself ends the process:
 * a shell sees the same exit code. Else, and as process 1, which ignores it, there is nothing but to wait.
 */
function leaveHard(exitCode: number, signal: NodeJS.Signals | null): void {
  // Neither way tells those who clean up.
  process.emit('exit', exitCode);
  const { execve } = process as unknown as { readonly execve?: Execve };
  try {
    execve?.(process.execPath, [process.execPath, '-e', `process.exit(${exitCode})`]);
  } catch {
    // Not permitted: as where it is missing.
  }
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  exit(exitCode);
}
