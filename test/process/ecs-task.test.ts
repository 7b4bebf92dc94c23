import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ecsTask } from '../../batch/process/ecs-task.js';

const ARN = 'arn:aws:ecs:us-east-1:482915730164:task/cluster/0123';

/** Asks a metadata endpoint that answers with this, or not at all. */
async function asked(answer: string | null, signal = new AbortController().signal) {
  const server = createServer((request, response) => {
    if (answer !== null) response.end(request.url === '/v4/task' ? answer : '{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await ecsTask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`, signal);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('the task and its memory', async () => {
  const task = await asked(JSON.stringify({ TaskARN: ARN, Limits: { CPU: 0.25, Memory: 512 } }));
  expect(task).toEqual({ arn: ARN, memoryLimit: 512 * 1024 * 1024 });
});

test('a task without a limit of its own (on EC2)', async () => {
  expect(await asked(JSON.stringify({ TaskARN: ARN }))).toEqual({ arn: ARN, memoryLimit: null });
});

test('an answer that is none', async () => {
  expect(await asked('<html>')).toBeNull();
  expect(await asked('null')).toBeNull();
});

test('outside of ECS nothing is asked', async () => {
  expect(await ecsTask(undefined, new AbortController().signal)).toBeNull();
});

test('a signal ends the waiting', async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const started = performance.now();
  expect(await asked(null, stop.signal)).toBeNull();
  expect(performance.now() - started).toBeLessThan(1900);
});
