import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dockerfileStages, PROJECT } from '../dockerfile.js';

const STAGES = dockerfileStages();
const [BUILD, FINAL] = STAGES;

/** What follows a word in a stage, once for each time that it stands there. */
function all(stage: (typeof STAGES)[number] | undefined, word: string): string[] {
  return stage?.instructions.filter((one) => one.word === word).map(({ rest }) => rest) ?? [];
}

test('two stages on one base: the official image of Node 24 under its short name, pinned to a version', () => {
  expect(STAGES).toHaveLength(2);
  expect(BUILD?.base).toMatch(/^node:24\.\d+\.\d+-[a-z]+-slim$/);
  expect(FINAL?.base).toBe(BUILD?.base);
});

test('an image for another architecture needs no emulation: the build runs here, the final stage runs nothing', () => {
  expect(BUILD?.platform).toBe('$BUILDPLATFORM');
  expect(FINAL?.platform).toBeUndefined();
  expect(all(FINAL, 'RUN')).toEqual([]);
});

test('packages are installed from the lock file, and none of their scripts runs', () => {
  const npm = all(BUILD, 'RUN').filter((command) => command.startsWith('npm '));
  expect(npm).toEqual([expect.stringMatching(/^npm ci .*--ignore-scripts/), 'npm run build']);
});

test('the image takes the user and the bundle from the build, and nothing from this folder', () => {
  const copies = all(FINAL, 'COPY').map((rest) => rest.replace(/^(?=.*--from=build )(--\S+ )+/, ''));
  expect(copies).toEqual(['/image/etc/ /etc/', '/image/home/ /home/', '/src/dist/ /app/']);
  expect(all(FINAL, 'ADD')).toEqual([]);
});

test('no health check: what runs is a batch', () => {
  expect(all(FINAL, 'HEALTHCHECK')).toEqual([]);
});

test('.dockerignore lets through what the build copies, and nothing else', () => {
  const lines = readFileSync(`${PROJECT}.dockerignore`, 'utf8').split('\n');
  const [first, ...rest] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  const copied = all(BUILD, 'COPY').flatMap((copy) => copy.split(' ').slice(0, -1));
  expect(rest.toSorted()).toEqual(copied.map((path) => `!${path}`).toSorted());
  expect(copied.filter((path) => !existsSync(`${PROJECT}${path}`))).toEqual([]);
});
