import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** buildah with a storage of its own in a temporary folder, which is gone with all that was made there. */
export class Buildah {
  readonly folder = mkdtempSync(join(tmpdir(), 'arv-image-'));
  #running: ChildProcess | undefined;

  constructor() {
    mkdirSync(join(this.folder, 'tmp'));
    // Also when the tests are interrupted.
    process.once('exit', this.remove);
  }

  /** stdout of one command, without the end of its last line. */
  run(...args: readonly string[]): Promise<string> {
    const [root, state] = [join(this.folder, 'root'), join(this.folder, 'run')];
    const storage = ['--storage-driver', 'vfs', '--root', root, '--runroot', state];
    const options = { env: { ...process.env, TMPDIR: join(this.folder, 'tmp') }, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve, reject) => {
      this.#running = execFile('buildah', [...storage, ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trimEnd());
        else reject(new Error(`buildah ${args.join(' ')}\n${stdout}${stderr || error.message}`));
      });
    });
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    // What it runs ends with it; only a signal that it cannot catch does that.
    this.#running?.kill('SIGKILL');
    // A mount that is left would be emptied with the folder: npm's cache, for one.
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const left = mounts.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${this.folder}/`));
    for (const path of left.toReversed()) execFileSync('umount', [path]);
    removeFolder(this.folder);
  };
}

/** Also while something that is being killed still writes to it. */
function removeFolder(folder: string, tries = 50): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw error;
    execFileSync('sleep', ['0.1']);
    removeFolder(folder, tries - 1);
  }
}
