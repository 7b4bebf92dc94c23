import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isGoneHere, thisProcess } from '../../batch/process/identity.js';

const changed = (part: string, value: string) => thisProcess().replace(new RegExp(`${part}=\\S+`), `${part}=${value}`);

test('a process that lives is not gone', () => {
  expect(thisProcess()).toMatch(/^host=\S+ pid=\d+ start=\S+ space=\S+$/);
  expect(isGoneHere(thisProcess())).toBe(false);
});

test('a process that has ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const owner = changed('pid', String(child.pid));
  await once(child, 'exit');
  expect(isGoneHere(owner)).toBe(true);
});

test.runIf(process.platform === 'linux')('a number that another process has by now: gone', () => {
  expect(isGoneHere(changed('start', '1'))).toBe(true);
});

test.each(['host', 'space'])('of another %s nothing is known', (part) => {
  const elsewhere = changed(part, 'elsewhere').replace(/pid=\d+/, 'pid=999999999');
  expect(isGoneHere(elsewhere)).toBe(false);
});

test.each([
  ['a start that was not known, while the number is in use', () => changed('start', '-')],
  ['a space that was not known', () => changed('space', '-').replace(/pid=\d+/, 'pid=999999999')],
  ['a task', () => 'arn:aws:ecs:us-east-1:000000000000:task/cluster/0123456789abcdef'],
  ['nothing', () => ''],
])('%s: not gone', (_, owner) => {
  expect(isGoneHere(owner())).toBe(false);
});
