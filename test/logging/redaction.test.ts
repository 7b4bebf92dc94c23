import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactFields } from '../../batch/logging/redaction.js';

const text = (s: string) => createRedactor().text(s);

describe('known secrets', () => {
  it('are masked wherever they stand, also URL-encoded and JSON-escaped', () => {
    const redactor = createRedactor();
    const secret = 'wJal/rXUt+nFE"MI\\K7 MDENG=';
    redactor.add(secret);
    const forms = [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
      encodeURIComponent(secret).replaceAll('%20', '+'),
      JSON.stringify(secret),
    ];
    for (const form of forms) {
      expect(redactor.text(`a ${form} b`)).toMatch(/^a "?\*\*\*"? b$/);
    }
  });

  it('are masked whole when one begins another, in any order', () => {
    const redactor = createRedactor();
    redactor.add('abcdefgh');
    redactor.add('abcdefghijkl');
    expect(redactor.text('abcdefghijkl abcdefgh')).toBe('*** ***');
  });

  it('under eight characters are ignored, and a lone surrogate does no harm', () => {
    const redactor = createRedactor();
    redactor.add('short');
    redactor.add('       x       ');
    redactor.add('\ud800abcdefgh');
    expect(redactor.text('short x')).toBe('short x');
  });

  it('never stand in any text afterwards', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'binary' }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!secret.includes('*') && secret.trim().length >= 8);
        const redactor = createRedactor();
        redactor.add(secret);
        expect(redactor.text(before + secret + after)).not.toContain(secret);
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    ['https://s3/b?X-Amz-Signature=0123abc&x=1', 'https://s3/b?X-Amz-Signature=***&x=1'],
    ['?X-Amz-Security-Token=IQoJb3%2F%2B&X-Amz-Date=1', '?X-Amz-Security-Token=***&X-Amz-Date=1'],
    ['u=https%3A%2F%2Fs3%3FX-Amz-Signature%3D0123abc', 'u=https%3A%2F%2Fs3%3FX-Amz-Signature%3D***'],
    ['x-amz-security-token:FwoGZX/abc+=\nhost:x', 'x-amz-security-token:***\nhost:x'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=AK/1, Signature=12\nHost: x', 'Authorization: ***\nHost: x'],
    ['Proxy-Authorization: Basic YTpi', 'Proxy-Authorization: ***'],
    ['{"authorization":"Bearer a.b-c, d","x":1}', '{"authorization":"***","x":1}'],
    ["headers: { 'Authorization': [ 'Bearer abc' ] }", "headers: { 'Authorization': [ '***' ] }"],
    ['"{\\"authorization\\":\\"Bearer a\\"}"', '"{\\"authorization\\":\\"***\\"}"'],
    ['aws_secret_access_key = wJalrXUtnFEMI/K7', 'aws_secret_access_key = ***'],
    ['AWS_SECRET_ACCESS_KEY=abc/def AWS_REGION=x', 'AWS_SECRET_ACCESS_KEY=*** AWS_REGION=x'],
    ['{"SecretAccessKey": "ab\\"cd", "b": 1}', '{"SecretAccessKey": "***", "b": 1}'],
    ['<SessionToken>FwoGZX==</SessionToken>', '<SessionToken>***</SessionToken>'],
    ["password='two words' next", "password='***' next"],
    ['postgres://user:p@ss@db:5432/x and https://tok@h/', 'postgres://***@db:5432/x and https://***@h/'],
    ['/cb?a=1&access_token=abc&b=2', '/cb?a=1&access_token=***&b=2'],
  ])('%s', (input, output) => {
    expect(text(input)).toBe(output);
    expect(text(output)).toBe(output);
  });

  it.each([
    'arn:aws:iam::123456789012:role/password-rotation',
    'https://s3.amazonaws.com/bucket/key?list-type=2',
    'NextToken=abc, mail a@b.example',
    'User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ec2:DescribeInstances',
  ])('leave alone: %s', (input) => expect(text(input)).toBe(input));

  it('change nothing the second time', () => {
    const part = fc.constantFrom(
      ...[
        'authorization',
        'password',
        'x-amz-signature',
        'https://',
        '@',
        ':',
        '=',
        '"',
        "'",
        '\\',
        ' ',
        '[',
        '%3D',
        '\n',
      ],
      ...['***', 'token=', '?', '&', 'value', '<', '>'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const once = text(parts.join(''));
        expect(text(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    'authorization',
    'authorization: ',
    'password="',
    'password=\\\\"',
    'password \'"\\ ',
    'password=\\',
    '://',
    '://a@',
    '://a',
    ' ',
    '"\\',
    '?token=',
    'aaaaaaaa',
    '%3d',
  ])('take time in proportion to the text: %s', (unit) => {
    const time = (length: number): number => {
      const long = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const runs = Array.from({ length: 5 }, () => {
        const began = process.cpuUsage();
        text(long);
        return processorTime(began);
      });
      return Math.min(...runs);
    };
    time(1000);
    // Eight times the text: linear takes 8 times as long, quadratic 64 times. In steps, so that a quadratic pattern
    // fails at the first of them instead of running for an hour.
    for (const length of [15_625, 125_000]) {
      expect(time(8 * length) / Math.max(time(length), 0.1)).toBeLessThan(32);
    }
  });
});

/** Milliseconds that this process has worked since: what else the machine does at the time does not count. */
function processorTime(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

describe('redactFields', () => {
  it('masks strings under keys that name a secret, at any depth, and nothing else', () => {
    const input = {
      MasterUserPassword: 'a',
      nested: [{ SecretAccessKey: 'b', session_token: 'c', password: 7, Authorization: null }],
      passwordless: 'd',
      password: { hint: 'e' },
      list: ['password'],
    };
    expect(redactFields(input)).toEqual({
      MasterUserPassword: '***',
      nested: [{ SecretAccessKey: '***', session_token: '***', password: 7, Authorization: null }],
      passwordless: 'd',
      password: { hint: 'e' },
      list: ['password'],
    });
    expect(input.MasterUserPassword).toBe('a');
  });

  it('keeps every other JSON value, `__proto__` too', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(redactFields(value))).toBe(JSON.stringify(value));
      }),
    );
    const odd: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(JSON.stringify(redactFields(odd))).toBe('{"__proto__":{"a":1}}');
  });
});
