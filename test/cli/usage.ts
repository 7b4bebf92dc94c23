import { expect, type TestContext } from 'vitest';
import { type Env, openPlace, type Place, type Ran } from './place.js';

/**
 * Runs what must be refused as a whole, and gives back each of its problems. Without `--dry-run`: that nothing was
 * read or written is part of the check. `files` are there before.
 */
export async function refused(
  test: TestContext,
  args: readonly string[],
  env: Env = {},
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const place = await openPlace(test);
  for (const [name, content] of Object.entries(files)) place.file(name, content);
  const { code, doc, stderr } = await place.run(args, env);
  expect(doc).toMatchObject({ success: false, error_code: 'USAGE', problems: expect.any(Array) });
  expect(code).toBe(2);
  expect(doc.error).toContain(doc.problems.join(' / '));
  expect(stderr).toBe('');
  expectUntouched(place, Object.keys(files));
  return doc.problems;
}

/** The same for what must be accepted: gives back the plan. */
export async function planned(
  test: TestContext,
  args: readonly string[],
  env: Env = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Ran['doc']> {
  const place = await openPlace(test);
  for (const [name, content] of Object.entries(files)) place.file(name, content);
  const { code, doc, stderr } = await place.run(['--dry-run', ...args], env);
  expect(doc).toMatchObject({ dry_run: true });
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expectUntouched(place, Object.keys(files));
  return doc;
}

/** No request, no data folder, no log folder. */
export function expectUntouched(place: Place, files: readonly string[] = []): void {
  expect(place.names()).toEqual([...files].sort());
  expect(place.calls()).toEqual([]);
}

/** The commands as a message lists them. */
export const COMMAND_WORDS =
  'collect, app_batch, services, doctor, lock, snapshots, failures, diff, query, export, schedule, idle';
