import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Moto {
  readonly url: string;
  close(): Promise<void>;
}

/** Why there is no moto here; empty when there is. */
export const MOTO_MISSING = missing('moto_server');

/** Why a program cannot be used here; empty when it can. */
export function missing(program: string): string {
  const found = (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ? '' : `no ${program} on PATH`;
}

/** The pipe on descriptor 3 is never written: it ends when these tests do, however they do, and takes the server along. */
const SCRIPT = 'moto_server -H 127.0.0.1 -p 0 & server=$!; { cat <&3; kill 0; } >/dev/null & wait $server';

/** An AWS of its own, empty, on a port that the system picks. */
export async function startMoto(): Promise<Moto> {
  const child = spawn('sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A thousand public images, and a snapshot for each, would cost seconds and show nothing new.
    env: { ...process.env, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
  });
  // Comes when nobody holds the error output any more, a grandchild neither.
  const gone = once(child, 'close');
  const close = async () => {
    process.kill(-(child.pid as number), 'SIGKILL');
    await gone;
  };
  try {
    return { url: await listening(child), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its address, told once it listens: the system takes connections from then on. */
function listening(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`moto_server ended before it listened:\n${said.join('\n')}`)));
    // Read to the end, the requests that it prints too: it would stand still once the pipe is full.
    createInterface(child.stderr as Readable).on('line', (line) => {
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
      if (said.length < 50) said.push(line);
    });
  });
}
