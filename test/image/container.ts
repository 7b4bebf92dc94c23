import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject, type TestContext } from 'vitest';
import { followProgram, type ProgramEnd, temporaryFolder } from '../program.js';
import type { Image } from './setup.js';

/**
 * In a mount and process namespace of its own, as root: the image read-only, but for /tmp and the folders mounted at
 * $4…; then the program as its user. $1: root, $2: user and group, $3: working directory.
 */
const ENTER = `set -e
root=$1 user=$2 folder=$3; shift 3
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
mount -o remount,ro,bind "$root"
exec chroot --userspec="$user" --groups= "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
`;

/**
 * Ends with whoever started it, and all inside with it: the first process of the outer namespace stays root, since a
 * process that becomes another user no longer gets the signal of its parent's death.
 */
const KILLED_WITH_US = ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child'];
const ALONE = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork'];

export interface Container {
  /** Of the program, as seen from outside; inside it is 1. */
  pid(): number;
  readonly ended: Promise<ProgramEnd>;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** Becomes /tmp: all that can be written. */
  readonly tmp: string;
  /** In place of the image's user, as with `docker run --user`. */
  readonly user?: string;
  /** Folders by the path at which they are mounted. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** A folder for /tmp, gone when the test has finished. */
export function writableFolder(test: TestContext): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o1777);
  test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function builtImage(): Image {
  const image = inject('image');
  if (image === null) throw new Error('No image was built');
  return image;
}

/** `docker run --read-only --tmpfs /tmp IMAGE ARGS` on the network of this machine, killed when the test has finished. */
export function startContainer(test: TestContext, args: readonly string[], options: Options): Container {
  const { config, root } = builtImage();
  const volumes = Object.entries({ ...options.volumes, '/tmp': options.tmp });
  const program = [...(config.Entrypoint ?? []), ...(args.length > 0 ? args : (config.Cmd ?? []))];
  const user = options.user ?? numbersOf(config.User ?? 'root');
  const enter = ['/bin/sh', '-c', ENTER, 'enter', root, user, config.WorkingDir ?? '/'];
  const mounts = volumes.flatMap(([path, folder]) => [folder, path]);
  const child = spawn('/usr/bin/setpriv', [...KILLED_WITH_US, ...ALONE, ...enter, ...mounts, '--', ...program], {
    env: { ...Object.fromEntries((config.Env ?? []).map((one) => one.split(/=(.*)/s))), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  test.onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    pid: () => childOf(childOf(child.pid)),
    ended: followProgram(child),
  };
}

function childOf(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

export function runContainer(...args: Parameters<typeof startContainer>): Promise<ProgramEnd> {
  return startContainer(...args).ended;
}

/** `appuser` → `10001:10001`, by the image's own list. */
function numbersOf(user: string): string {
  const line = passwd().find(([name]) => name === user);
  if (!line) throw new Error(`The image has no user ${user}`);
  return `${line[2]}:${line[3]}`;
}

/** Name, password, number, group, comment, home and shell of each user of the image. */
export function passwd(): string[][] {
  const lines = readFileSync(join(builtImage().root, 'etc/passwd'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(':'));
}
