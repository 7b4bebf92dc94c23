import { expect, test } from 'vitest';
import { classify } from '../../batch/aws/classify.js';

function sdkError(name: string, rest: object = {}): Error {
  return Object.assign(new Error('said AWS'), { name, ...rest });
}

test.each([
  ['UnauthorizedOperation', 'denied', 'permanent', 'UnauthorizedOperation'],
  ['AccessDenied', 'denied', 'permanent', 'AccessDenied'],
  ['AccessDeniedException', 'denied', 'permanent', 'AccessDeniedException'],
  ['UnsupportedOperation', 'unsupported', 'permanent', 'UnsupportedOperation'],
  ['OptInRequired', 'unsupported', 'permanent', 'OptInRequired'],
  ['RequestLimitExceeded', 'throttled', 'transient', 'RequestLimitExceeded'],
  ['Throttling', 'throttled', 'transient', 'Throttling'],
  ['TooManyRequestsException', 'throttled', 'transient', 'TooManyRequestsException'],
  ['SlowDown', 'throttled', 'transient', 'SlowDown'],
  ['ExpiredToken', 'failed', 'fatal', 'EXPIRED_CREDENTIALS'],
  ['ExpiredTokenException', 'failed', 'fatal', 'EXPIRED_CREDENTIALS'],
  ['RequestExpired', 'failed', 'fatal', 'EXPIRED_CREDENTIALS'],
  ['InvalidClientTokenId', 'failed', 'permanent', 'INVALID_CREDENTIALS'],
  ['AuthFailure', 'failed', 'permanent', 'INVALID_CREDENTIALS'],
  ['CredentialsProviderError', 'failed', 'fatal', 'NO_CREDENTIALS'],
  ['TimeoutError', 'timed_out', 'transient', 'CALL_TIMEOUT'],
  ['ValidationError', 'failed', 'permanent', 'ValidationError'],
  ['PaginationLoop', 'failed', 'permanent', 'PAGINATION_LOOP'],
])('%s → %s, %s, %s', (name, status, errorClass, code) => {
  expect(classify(sdkError(name))).toMatchObject({ status, class: errorClass, code });
});

test.each([
  ['HTTP 500', sdkError('InternalFailure', { $metadata: { httpStatusCode: 500 } }), 'transient', 'InternalFailure'],
  ['HTTP 507', sdkError('Odd', { $metadata: { httpStatusCode: 507 } }), 'transient', 'Odd'],
  ['an answer without a body', sdkError('Unknown', { $metadata: { httpStatusCode: 503 } }), 'transient', 'HTTP_503'],
  ['a refused connection', sdkError('Error', { code: 'ECONNREFUSED' }), 'transient', 'ECONNREFUSED'],
  ['a reset connection', sdkError('TimeoutError', { code: 'ECONNRESET' }), 'transient', 'ECONNRESET'],
  ['no such host', sdkError('Error', { code: 'ENOTFOUND' }), 'transient', 'ENOTFOUND'],
  ['our own mistake', new TypeError('x is undefined'), 'permanent', 'INTERNAL'],
  ['no error at all', 'text', 'permanent', 'INTERNAL'],
])('%s', (_name, error, errorClass, code) => {
  expect(classify(error)).toMatchObject({ status: 'failed', class: errorClass, code });
});

test.each([
  'The SSO session associated with this profile has expired.',
  "Error when retrieving token from SSO: To refresh this SSO session run 'aws sso login' with the corresponding profile.",
])('an SSO session that has to be opened again is expired, not missing: %s', (message) => {
  const error = Object.assign(new Error(message), { name: 'CredentialsProviderError' });
  expect(classify(error).code).toBe('EXPIRED_CREDENTIALS');
});

test('a code is what anybody may send: its secrets are masked, and it has an end', () => {
  const redact = (text: string) => text.replaceAll('planted', '***');
  expect(classify(sdkError(`Bad-planted-${'x'.repeat(5000)}`), redact).code).toMatch(/^Bad-\*\*\*-x{92}…$/);
});

test('attempts come from the SDK, long messages are cut, advice to programmers is left out', () => {
  const error = Object.assign(
    new Error(`${'x'.repeat(5000)}\n  Deserialization error: to see the raw response, inspect the hidden field`),
    { name: 'ValidationError', $metadata: { attempts: 4 } },
  );
  const problem = classify(error);
  expect(problem.attempts).toBe(4);
  expect(problem.message).toBe(`${'x'.repeat(1000)}…`);
});

test('a stack has the message as it is told, then the frames; what was thrown without one has none', () => {
  const error = Object.assign(new Error(`${'x'.repeat(5000)} secret`), { name: 'ValidationError' });
  error.stack = `${error.stack}\n    at secret (file.js:1:1)`;
  const { stack, message } = classify(error, (text) => text.replaceAll('secret', '***'));
  expect(stack?.startsWith(`ValidationError: ${message}\n    at `)).toBe(true);
  expect(stack).toMatch(/ at \*\*\* \(file\.js:1:1\)$/);
  expect(classify('text').stack).toBeNull();
});

test('a stack is of bounded length, and no half of a secret is left at the end of a message or a stack', () => {
  const error = new Error(`${'x'.repeat(996)}secret`);
  error.stack = `Error\n${'    at somewhere (file.js:1:1)\n'.repeat(1000)}`;
  const { stack, message } = classify(error, (text) => text.replaceAll('secret', '***'));
  expect(stack).toHaveLength(4001);
  expect(message).toBe(`${'x'.repeat(996)}***`);
});
