import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah.js';

/** Programs that the build stage needs, a shell first of all; npm's commands begin with `env`. */
const TOOLS = ['sh', 'env', 'mkdir', 'cat'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Begins with a program's name or is for node: as in the official image, to see that ours does not go through it. */
const ENTRYPOINT = `#!/bin/sh
if [ "\${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then set -- node "$@"; fi
exec "$@"
`;

/**
 * Where no registry of images can be reached: an image under the name of the official one and laid out like it, made of
 * the same version of Node from npm's registry, and of this machine's npm, shell and shared libraries.
 */
export async function makeStandIn(buildah: Buildah, name: string): Promise<void> {
  const version = /^node:(\d+\.\d+\.\d+)-/.exec(name)?.[1];
  if (version === undefined) throw new Error(`${name} does not say which Node it has`);
  const root = join(buildah.folder, 'stand-in');
  layOut(root);
  const programs = [nodeOf(version), ...TOOLS.map(which)];
  for (const [index, program] of programs.entries()) {
    const path = index === 0 ? 'usr/local/bin/node' : `usr/bin/${TOOLS[index - 1]}`;
    copyFileSync(program, join(root, path));
    for (const library of librariesOf(program)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
  }
  const npm = dirname(dirname(realpathSync(which('npm'))));
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));

  const container = await buildah.run('from', 'scratch');
  await buildah.run('copy', '--quiet', container, root, '/');
  const env = ['--env', `PATH=${PATH}`, '--env', `NODE_VERSION=${version}`];
  const start = ['--entrypoint', '["docker-entrypoint.sh"]', '--cmd', 'node'];
  await buildah.run('config', ...env, ...start, container);
  await buildah.run('commit', '--quiet', '--rm', '--disable-compression', container, name);
}

function layOut(root: string): void {
  for (const folder of ['usr/bin', 'usr/local/bin', 'etc', 'proc', 'sys', 'dev', 'root', 'home/node', 'tmp'])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  symlinkSync('usr/bin', join(root, 'bin'));
  const users = ['root:x:0:0:root:/root:/bin/bash', 'node:x:1000:1000::/home/node:/bin/bash'];
  writeFileSync(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  writeFileSync(join(root, 'usr/local/bin/docker-entrypoint.sh'), ENTRYPOINT, { mode: 0o755 });
}

/** The binary of this version, kept outside the tree for the next time, where .ci/run keeps it too. */
function nodeOf(version: string): string {
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'arv-ci', `node-${version}`);
  const name = `node-linux-${process.arch}`;
  const binary = join(home, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', home, `${name}@${version}`]);
  }
  return binary;
}

function which(program: string): string {
  return execFileSync('/bin/sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).trim();
}

/** As the loader will look for them: `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...lines.matchAll(/(?:^\s+|=> )(\/\S+) \(/gm)].map(([, path = '']) => path);
}

/** For a build: npm with the settings that it has outside (registry, certificates, credentials) and its cache. */
export function npmAsOutside(buildah: Buildah): string[] {
  const settings = JSON.parse(execFileSync('npm', ['config', 'list', '--json'], { encoding: 'utf8' }));
  const files = [settings.globalconfig, settings.userconfig].filter((path) => existsSync(path));
  const certificates = settings.cafile ?? process.env.NODE_EXTRA_CA_CERTS;
  const npmrc = [
    ...files.map((path) => readFileSync(path, 'utf8')),
    `registry=${settings.registry}`,
    ...(certificates ? ['cafile=/root/certificates.pem'] : []),
  ];
  const path = join(buildah.folder, 'npmrc');
  writeFileSync(path, `${npmrc.join('\n')}\n`, { mode: 0o600 });
  mkdirSync(settings.cache, { recursive: true });
  const mounts = [`${path}:/root/.npmrc:ro`, `${settings.cache}:/root/.npm`];
  if (certificates) mounts.push(`${realpathSync(certificates)}:/root/certificates.pem:ro`);
  return mounts.flatMap((mount) => ['--volume', mount]);
}
