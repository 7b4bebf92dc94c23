import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf, messageBody } from '../../batch/aws/queue-batches.js';
import type { DeadLetter } from '../../batch/contract/dead-letter.js';
import { parseDeadLetter } from '../../batch/core/dead-letters.js';

const LIMIT = 256 * 1024;

const LETTER: DeadLetter = {
  ...{ schema_version: 1, tenant: 't', account_id: '1'.repeat(12), region: 'us-east-1', date: '2026-01-02' },
  ...{ service: 'RDS', resource_type: 'AWS::RDS::DBCluster', status: 'denied', class: 'permanent' },
  ...{ code: 'AccessDenied', message: 'no', stack: null, attempts: 1, run_id: 'run' },
  ...{ failed_at: '2026-01-02T00:00:01.000Z', fencing_token: 7, carried: false },
};

const bytes = (text: string) => Buffer.byteLength(text);

test('a stack is cut so that it fits, and nothing else', () => {
  for (const part of ['x', '\u0000', '東', '😀', '"']) {
    const body = messageBody({ ...LETTER, stack: part.repeat(LIMIT) });
    expect(bytes(body)).toBeLessThanOrEqual(LIMIT);
    const { stack, ...rest } = parseDeadLetter(body) as DeadLetter;
    expect(rest).toEqual({ ...LETTER, stack: undefined });
    expect(stack).toBe(part.repeat((stack ?? '').length / part.length));
    expect(bytes(body)).toBeGreaterThan(LIMIT / 3);
  }
});

test('where the stack is not what is too long, the message is cut', () => {
  const body = messageBody({ ...LETTER, message: 'm'.repeat(2 * LIMIT), stack: 's'.repeat(LIMIT) });
  expect(bytes(body)).toBeLessThanOrEqual(LIMIT);
  expect(parseDeadLetter(body)).toMatchObject({ stack: null, message: expect.stringMatching(/^m{1000,}$/) });
});

test('what fits is sent as it is, but for the two characters that SQS refuses', () => {
  const stack = 'a\u0000b\ufffe\uffff\ud800東😀\n';
  expect(parseDeadLetter(messageBody({ ...LETTER, stack }))).toMatchObject({
    stack: 'a\u0000b\ufffd\ufffd\ud800東😀\n',
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that SQS refuses.
  expect(messageBody({ ...LETTER, stack })).not.toMatch(/[\u0000-\u0008\ufffe\uffff]/);
});

test('batches keep the order and both limits, and none could take the next one in', () => {
  const sizes = fc.array(fc.oneof(fc.nat({ max: 2000 }), fc.integer({ min: 20_000, max: LIMIT })), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, (all) => {
      const texts = all.map((size, index) => String(index % 10).repeat(size));
      const batches = batchesOf(texts);
      expect(batches.flat()).toEqual(texts);
      const size = (batch: readonly string[]) => bytes(batch.join(''));
      for (const [index, batch] of batches.entries()) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(10);
        expect(size(batch)).toBeLessThanOrEqual(LIMIT);
        const [next] = batches[index + 1] ?? [];
        if (next !== undefined) expect(batch.length === 10 || size(batch) + bytes(next) > LIMIT).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
