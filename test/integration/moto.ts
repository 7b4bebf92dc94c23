import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Moto {
  readonly url: string;
  close(): Promise<void>;
}

/** Why there is no moto here; empty when there is. */
export const MOTO_MISSING = onPath('moto_server') ? '' : 'no moto_server on PATH';

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** An AWS of its own, empty, on a port that the system picks. */
export async function startMoto(): Promise<Moto> {
  // A process group of its own: the program on PATH may be a wrapper around the server.
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Python holds back what it writes to a pipe.
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const ended = once(child, 'close');
  ended.catch(() => {});
  const end = () => process.kill(-(child.pid as number), 'SIGKILL');
  process.once('exit', end);
  const close = async () => {
    process.removeListener('exit', end);
    if (child.exitCode === null && child.signalCode === null) end();
    await ended;
  };
  const url = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    child.once('error', reject);
    child.once('close', () => reject(new Error(`moto_server ended before it listened:\n${said.join('\n')}`)));
    // Read to the end, the requests that it prints too: it would stand still once the pipe is full.
    createInterface(child.stderr).on('line', (line) => {
      // Printed once it listens: the system takes connections from then on.
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
      if (said.length < 20) said.push(line);
    });
  }).catch((error: unknown) => {
    process.removeListener('exit', end);
    throw error;
  });
  return { url, close };
}
