import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { dockerfileStages, PROJECT } from '../dockerfile.js';
import { Buildah } from './buildah.js';
import { makeStandIn, npmAsOutside } from './stand-in.js';

export interface Image {
  /** Of the OCI image: `User`, `Env`, `Entrypoint`, … */
  readonly config: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>>;
  };
  /** The archives of what it has beyond its base. */
  readonly layers: readonly string[];
  /** Folder with all its files. */
  readonly root: string;
  readonly buildSeconds: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where none can be built. */
    image: Image | null;
  }
}

/** The image of the real Dockerfile, built once for all tests of it. */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const missing = whatIsMissing();
  if (missing !== null) {
    if (process.env.ARV_REQUIRE_IMAGE === '1') throw new Error(`The image cannot be built: ${missing}.`);
    console.log(`The tests of the image are skipped: ${missing}.`);
    project.provide('image', null);
    return undefined;
  }
  const buildah = new Buildah();
  try {
    project.provide('image', await buildImage(buildah));
  } catch (error) {
    buildah.remove();
    throw error;
  }
  return buildah.remove;
}

function whatIsMissing(): string | null {
  if (process.platform !== 'linux') return 'that needs Linux';
  if (process.getuid?.() !== 0) return 'that needs root';
  try {
    execFileSync('buildah', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'buildah is not installed';
  }
}

async function buildImage(buildah: Buildah): Promise<Image> {
  const base = dockerfileStages().at(-1)?.base ?? '';
  await makeStandIn(buildah, base);
  const started = performance.now();
  const how = ['--isolation', 'chroot', '--pull-never', ...npmAsOutside(buildah)];
  await buildah.run('build', ...how, '--tag', 'arv', PROJECT);
  const buildSeconds = (performance.now() - started) / 1000;

  const { config } = await inspect(buildah, 'arv');
  const below = (await inspect(buildah, base)).layers;
  const pushed = join(buildah.folder, 'pushed');
  await buildah.run('push', '--quiet', '--disable-compression', 'arv', `dir:${pushed}`);
  const manifest = JSON.parse(readFileSync(join(pushed, 'manifest.json'), 'utf8'));
  const digests: string[] = manifest.layers.map(({ digest }: { digest: string }) => digest);
  const layers = digests.slice(below).map((digest) => join(pushed, digest.replace('sha256:', '')));
  const root = await buildah.run('mount', await buildah.run('from', '--pull-never', 'arv'));
  return { config, layers, root, buildSeconds };
}

async function inspect(buildah: Buildah, name: string): Promise<Pick<Image, 'config'> & { layers: number }> {
  const { OCIv1 } = JSON.parse(await buildah.run('inspect', '--type', 'image', name));
  return { config: OCIv1.config, layers: OCIv1.rootfs.diff_ids.length };
}
