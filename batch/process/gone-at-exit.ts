import { rmSync } from 'node:fs';

const paths = new Set<string>();

/**
 * Removes the file or folder `path` should the process exit before the function that this returns is called: a run that
 * is told to end does not wait for a slow disk, and nobody is left then to clean up. SIGKILL asks nobody.
 */
export function goneAtExit(path: string): () => void {
  // One listener for all: many files may be on their way at once.
  if (!process.listeners('exit').includes(removeAll)) process.on('exit', removeAll);
  paths.add(path);
  return () => paths.delete(path);
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The next run sweeps it.
    }
  }
}
