import { createHash } from 'node:crypto';
import { expect, type TestContext, test } from 'vitest';
import { createClientFactory } from '../../batch/aws/clients.js';
import { type DeadLetterQueue, regionOfQueue, sqsQueue } from '../../batch/aws/dead-letter-queue.js';
import { type Front, type QueueBehind, startFront } from '../failures/front.js';

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/1/q', 'eu-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/q', 'cn-north-1'],
  ['https://sqs-fips.us-gov-west-1.amazonaws.com/1/q', 'us-gov-west-1'],
  ['https://sqs.eu-west-1.api.aws/1/q', 'eu-west-1'],
  ['https://vpce-0a-1b.sqs.ap-northeast-1.vpce.amazonaws.com/1/q', 'ap-northeast-1'],
  ['https://eu-west-2.queue.amazonaws.com/1/q', 'eu-west-2'],
  ['http://localhost:4566/1/q', null],
])('the region of %s: %s', (url, region) => {
  expect(regionOfQueue(url)).toBe(region);
});

/** A queue behind its own URL, and no endpoint for all services. */
async function openQueue(
  test: TestContext,
  behind: QueueBehind,
): Promise<{ readonly front: Front; readonly queue: DeadLetterQueue }> {
  const front = await startFront('http://127.0.0.1:1', behind);
  const clients = createClientFactory({
    credentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
    endpointUrl: null,
    policy: { callTimeout: 5, maxRetries: 0, initialRetryDelay: 0 },
    random: Math.random,
    log: { write: () => {} },
  });
  test.onTestFinished(async () => {
    clients.close();
    await front.close();
  });
  const url = `${front.url}/123456789012/q`;
  return { front, queue: sqsQueue({ url, clients, region: 'us-east-1', callTimeout: 5 }) };
}

const never = new AbortController().signal;
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

test('without an endpoint for all services, the queue is where its URL says', async (context) => {
  const { front, queue } = await openQueue(context, { answer: { Messages: [] } });
  expect(await queue.receive(30, never)).toEqual([]);
  expect(front.calls).toMatchObject([{ operation: 'ReceiveMessage', input: { VisibilityTimeout: 30 } }]);
});

test('a message that is refused does not stop the others', async (context) => {
  const Successful = Array.from({ length: 9 }, (_, index) => ({
    ...{ Id: String(index), MessageId: 'm', MD5OfMessageBody: md5('a') },
  }));
  const Failed = [{ Id: '9', SenderFault: true, Code: 'InvalidMessageContents', Message: 'not that' }];
  const { front, queue } = await openQueue(context, { answer: { Successful, Failed } });
  const { done, error } = await queue.send(Array(20).fill('a'), never);
  expect([done, error]).toEqual([18, expect.objectContaining({ name: 'InvalidMessageContents', message: 'not that' })]);
  expect(front.calls).toHaveLength(2);
});

test('a call that fails does: the rest is not tried', async (context) => {
  const { front, queue } = await openQueue(context, { status: 400, code: 'QueueDoesNotExist' });
  const messages = Array.from({ length: 25 }, (_, index) => ({ id: String(index), body: '', handle: String(index) }));
  for (const act of ['remove', 'putBack'] as const) {
    expect(await queue[act](messages, never)).toMatchObject({ done: 0, error: { name: 'QueueDoesNotExist' } });
  }
  expect(front.calls.map(({ operation }) => operation)).toEqual([
    ...['DeleteMessageBatch', 'ChangeMessageVisibilityBatch'],
  ]);
});

test('what is told to stop does not wait for an answer', async (context) => {
  const { queue } = await openQueue(context, 'hang');
  const stop = new AbortController();
  const sending = queue.send(['a'], stop.signal);
  const receiving = queue.receive(30, stop.signal);
  stop.abort(new Error('enough'));
  expect(await sending).toMatchObject({ done: 0, error: { message: 'enough' } });
  await expect(receiving).rejects.toThrow('enough');
});
