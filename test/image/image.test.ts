import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, inject, test } from 'vitest';
import { builtImage, passwd } from './container.js';

const MB = 1_000_000;
/** About twice of what it is. */
const LIMIT = 8 * MB;

interface Entry {
  readonly path: string;
  readonly mode: string;
  /** `10001/10001` */
  readonly owner: string;
}

/** Files and folders that the image has beyond its base. */
function entries(): Entry[] {
  const lines = builtImage().layers.flatMap((layer) =>
    execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', layer], { encoding: 'utf8' }).split('\n'),
  );
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
      return { mode, owner, path };
    });
}

describe.skipIf(inject('image') === null)('the image', () => {
  test('is small beyond its base', () => {
    const { layers, buildSeconds } = builtImage();
    const size = layers.reduce((sum, layer) => sum + statSync(layer).size, 0);
    const sent = layers.reduce((sum, layer) => sum + gzipSync(readFileSync(layer)).length, 0);
    const [megabytes, compressed] = [size, sent].map((bytes) => (bytes / MB).toFixed(1));
    console.log(`${megabytes} MB beyond its base, ${compressed} MB compressed, built in ${buildSeconds.toFixed(0)} s`);
    expect(size).toBeGreaterThan(MB);
    expect(size).toBeLessThan(LIMIT);
  });

  test('runs node as appuser, at home, with defaults that write below /tmp only', () => {
    const { config } = builtImage();
    expect(config).toMatchObject({
      User: 'appuser',
      Entrypoint: ['node', '/app/arv.mjs'],
      WorkingDir: '/home/appuser',
      Env: expect.arrayContaining([
        'NODE_ENV=production',
        'BATCH_RUN_TYPE=docker',
        'SNAPSHOT_STORE=/tmp/data',
        'AWS_RESOURCE_VISUALIZER_LOG_DIR=/tmp/logs',
        'HOME=/home/appuser',
      ]),
    });
    // The base has some, which would be the program's arguments.
    expect(config.Cmd ?? []).toEqual([]);
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'AWS Resource Visualizer - batch',
      'org.opencontainers.image.licenses': 'MIT',
    });
  });

  test('has the bundle and the user, and nothing of npm', () => {
    const tops = new Set(entries().map(({ path }) => /^(?:home\/appuser|etc\/[^/]+|[^/]+)/.exec(path)?.[0]));
    expect([...tops].sort()).toEqual(['app', 'etc', 'etc/group', 'etc/passwd', 'home', 'home/appuser']);
    const files = entries().filter(({ path }) => path.startsWith('app/') && !path.endsWith('/'));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter(({ path }) => !/^app\/(arv|chunks\/[^/]+)\.mjs$/.test(path))).toEqual([]);
  });

  test('lets its user change nothing but the home', () => {
    const own = entries().filter(({ owner, mode }) => owner !== '0/0' || /^[^l].{7}w/.test(mode));
    expect(own).toEqual([{ path: 'home/appuser/', owner: '10001/10001', mode: 'drwxr-xr-x' }]);
  });

  test('keeps the users of its base', () => {
    const names = passwd().map(([name]) => name);
    expect(names).toEqual(['root', 'node', 'appuser']);
    expect(passwd().at(-1)?.slice(2)).toEqual(['10001', '10001', '', '/home/appuser', '/usr/sbin/nologin']);
  });
});
