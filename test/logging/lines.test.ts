import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogFields } from '../../batch/core/ports.js';
import { createRedactor } from '../../batch/logging/redaction.js';
import { captured } from './log-capture.js';

async function lineOf(fields: LogFields, terminal = false): Promise<string> {
  const { logger, lines } = captured({ terminal });
  logger.write('warn', 'unit.started', { resource_type: 'T', ...fields });
  await logger.close();
  const all = lines();
  if (!terminal) expect(all).toHaveLength(1);
  return all.join('\n');
}
const json = async (fields: LogFields) => JSON.parse(await lineOf(fields)) as Record<string, unknown>;

describe('a JSON line', () => {
  it('begins with the five keys, in order, before a field whose name is a number', async () => {
    expect(await lineOf({ 0: 'zero', region: 'us-east-1' })).toBe(
      '{"timestamp":"2024-05-10T03:04:05.678Z","level":"warn","event":"unit.started","message":"Reading T",' +
        '"run_id":"run-1","0":"zero","resource_type":"T","region":"us-east-1"}',
    );
  });

  it('has its message in the language asked for', async () => {
    const { logger, lines } = captured({ lang: 'ja' });
    logger.write('info', 'unit.started', { resource_type: 'AWS::EC2::VPC' });
    await logger.close();
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ message: 'AWS::EC2::VPC を読み取ります' });
  });

  it('lets no field overwrite those keys, nor loses its value', async () => {
    const line = await json({ timestamp: 1, level: 2, level_: 3, event: 4, message: 5, run_id: 'other' });
    expect(line).toEqual({
      ...{ timestamp: '2024-05-10T03:04:05.678Z', level: 'warn', event: 'unit.started', message: 'Reading T' },
      ...{ run_id: 'run-1', resource_type: 'T' },
      ...{ timestamp_: 1, level__: 2, level_: 3, event_: 4, message_: 5, run_id_: 'other' },
    });
  });

  it('gives an error as name, message, stack, and code and cause where it has them', async () => {
    const cause = new TypeError('inner');
    const error = Object.assign(new Error('outer', { cause }), { code: 'ECONNRESET', $metadata: {} });
    const { error: shown, plainError } = await json({ error, plainError: new Error('x') });
    expect(shown).toEqual({
      name: 'Error',
      message: 'outer',
      stack: error.stack,
      code: 'ECONNRESET',
      cause: { name: 'TypeError', message: 'inner', stack: cause.stack },
    });
    expect(Object.keys(plainError as object)).toEqual(['name', 'message', 'stack']);
  });

  it('says an error in its message by the error message', async () => {
    const { logger, lines } = captured();
    logger.write('error', 'run.failed', { error: new Error('no route') });
    await logger.close();
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ message: 'Collection failed: no route' });
  });

  it('carries every JSON value unchanged', async () => {
    // Strings that the redactor would mask do not come up at random; keys are kept apart from the head's.
    const { logger, lines } = captured();
    const sent: unknown[] = [];
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        sent.push(JSON.parse(JSON.stringify(value)));
        logger.write('info', 'unit.started', { value });
      }),
      { numRuns: 500 },
    );
    await logger.close();
    const got = lines().map((line) => (JSON.parse(line) as { value: unknown }).value);
    expect(got.map((value) => JSON.stringify(value))).toEqual(sent.map((value) => JSON.stringify(value)));
  });

  it('is one line of JSON whatever the fields are', async () => {
    const { logger, lines } = captured();
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    let count = 0;
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), anything),
        fc.string({ unit: 'binary' }),
        (fields, text) => {
          count += 1;
          logger.write('info', 'unit.started', { ...fields, text });
        },
      ),
      { numRuns: 500 },
    );
    await logger.close();
    expect(lines()).toHaveLength(count);
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ event: 'unit.started', run_id: 'run-1' });
  });

  it('takes cycles, BigInt, Map, Set, Date, undefined, functions, bytes and lone surrogates', async () => {
    const cycle: Record<string, unknown> = { name: 'c' };
    cycle.self = cycle;
    const shared = { a: 1 };
    const line = await json({
      cycle,
      twice: [shared, shared],
      big: 12345678901234567890n,
      map: new Map<unknown, unknown>([['k', new Set([1, 'x'])]]),
      dates: [new Date(0), new Date(Number.NaN)],
      none: undefined,
      numbers: [Number.NaN, Number.POSITIVE_INFINITY],
      run: function run() {},
      bytes: Buffer.from('abc'),
      url: new URL('https://h/x'),
      lone: 'a\ud800b',
      breaks: 'a\nb\u2028c\u0085d',
      proto: JSON.parse('{"__proto__":{"x":1}}') as unknown,
    });
    expect(line).toMatchObject({
      cycle: { name: 'c', self: '[circular]' },
      twice: [{ a: 1 }, { a: 1 }],
      big: '12345678901234567890',
      map: { k: [1, 'x'] },
      dates: ['1970-01-01T00:00:00.000Z', 'Invalid Date'],
      numbers: ['NaN', 'Infinity'],
      run: '[function run]',
      bytes: '[binary, 3 bytes]',
      url: 'https://h/x',
      lone: 'a\ufffdb',
      breaks: 'a\nb\u2028c\u0085d',
    });
    expect('none' in line).toBe(false);
    expect(JSON.stringify(line.proto)).toBe('{"__proto__":{"x":1}}');
    expect(await lineOf({ breaks: 'a\nb\u2028c\u0085d' })).not.toMatch(/[\n\u2028\u0085]/);
  });

  it('survives getters and proxies that throw, keeping what can be read', async () => {
    const broken = Object.defineProperty({ fine: 1 }, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const { proxy } = Proxy.revocable({}, {});
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const toJSON = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    expect(await json({ broken, proxy, revoked: revoked.proxy, toJSON })).toMatchObject({
      broken: { fine: 1, bad: '[unreadable]' },
      revoked: '[unreadable]',
      toJSON: '[unreadable]',
    });
  });

  it('bounds strings, depth, lists and the whole line, visibly', async () => {
    const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown;
    let doubling: unknown = 'x';
    for (let n = 0; n < 40; n += 1) doubling = [doubling, doubling];
    const text = await lineOf({
      long: 'x'.repeat(10_000_000),
      deep,
      doubling,
      many: Array(100_000).fill('y'.repeat(500)),
    });
    expect(text.length).toBeLessThan(200_000);
    const line = JSON.parse(text) as { long: string; deep: unknown; many: string[] };
    expect(line.long.slice(16_380)).toBe(`xxxx…[+${10_000_000 - 16_384}]`);
    expect(JSON.stringify(line.deep)).toContain('"[…]"');
    expect(line.many.length).toBeLessThan(2000);
    expect(line.many.at(-1)).toBe('[…]');
  });
});

describe('secrets', () => {
  it.each([false, true])('are out of messages, fields, keys and stacks (terminal: %s)', async (terminal) => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value-0123');
    const { logger, lines } = captured({ redactor, terminal });
    const error = new Error('bad token s3cr3t-value-0123');
    logger.write('error', 'run.failed', {
      error,
      stack: error.stack,
      'key s3cr3t-value-0123': 1,
      nested: { MasterUserPassword: 'hunter2-hunter2' },
      cut: `${'x'.repeat(16_375)}s3cr3t-value-0123`,
      header: 'Authorization: Bearer abcdef',
    });
    await logger.close();
    const all = lines().join('\n');
    for (const secret of ['s3cr3t', 'hunter2', 'abcdef']) expect(all).not.toContain(secret);
    expect(all).toContain('bad token ***');
  });
});

describe('a line on a terminal', () => {
  const colour = new RegExp(`${'\u001b'}\\[\\d+m`, 'g');
  const plainText = (line: string) => line.replace(colour, '');

  it('is time, level, message, fields, with colour', async () => {
    const line = await lineOf({ region: 'us-east-1', note: 'two words', list: [1] }, true);
    const time = new Date('2024-05-10T03:04:05.678Z').toTimeString().slice(0, 8);
    expect(plainText(line)).toBe(
      `${time}  WARN   Reading T  resource_type=T region=us-east-1 note="two words" list=[1]`,
    );
    expect(line).toContain('\u001b[33mWARN ');
  });

  it('obeys no control character of the data', async () => {
    const evil = '\u001b[2J\u009b31m\r\nfake  ERROR\u202e\u0007';
    const line = await lineOf({ resource_type: evil, [evil]: evil, object: { [evil]: evil } }, true);
    expect(plainText(line)).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(line).toContain('\\u001b[2J');
  });

  it('has stacks below it, indented', async () => {
    const error = Object.assign(new Error('x'), { stack: 'Error: x\n    at y\u001b[1m' });
    const line = plainText(await lineOf({ error, stack: 'Error: z\nat w' }, true));
    expect(line.split('\n').slice(1)).toEqual(['    Error: x', '        at y\\u001b[1m', '    Error: z', '    at w']);
    expect(line).toContain('error={"name":"Error","message":"x"}');
  });
});
