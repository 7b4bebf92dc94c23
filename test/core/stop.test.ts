import { expect, test } from 'vitest';
import { abortable, RunStopped, stopReason } from '../../batch/core/stop.js';

test('values pass in order, and the end of the source is the end', async () => {
  async function* source() {
    yield* [1, 2, 3];
  }
  const seen: number[] = [];
  for await (const value of abortable(source(), new AbortController().signal)) seen.push(value);
  expect(seen).toEqual([1, 2, 3]);
});

test('waiting ends when the signal fires, even where the source never answers', async () => {
  const stop = new AbortController();
  async function* source() {
    yield 1;
    await new Promise(() => {});
  }
  const reading = (async () => {
    for await (const _ of abortable(source(), stop.signal)) queueMicrotask(() => stop.abort(new RunStopped('SIGINT')));
  })();
  await expect(reading).rejects.toMatchObject({ reason: 'SIGINT' });
  expect(stopReason(stop.signal)).toBe('SIGINT');
});

test('a signal that fired before lets nothing through', async () => {
  async function* source() {
    yield 1;
  }
  const reading = (async () => {
    for await (const value of abortable(source(), AbortSignal.abort(new RunStopped('deadline')))) expect(value).toBe(0);
  })();
  await expect(reading).rejects.toMatchObject({ reason: 'deadline' });
});

test('an error of the source passes', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it yields.
  async function* source(): AsyncIterable<number> {
    throw new TypeError('broken');
  }
  const reading = (async () => {
    for await (const _ of abortable(source(), new AbortController().signal));
  })();
  await expect(reading).rejects.toThrow(new TypeError('broken'));
});

test('the source is told to finish when the reader leaves', async () => {
  let finished = false;
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      finished = true;
    }
  }
  for await (const _ of abortable(source(), new AbortController().signal)) break;
  expect(finished).toBe(true);
});
