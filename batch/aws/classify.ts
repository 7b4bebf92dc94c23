import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { Problem } from '../core/model.js';
import { CircuitOpen } from './circuit.js';

/** AWS's codes by what they mean. Source: the services' lists of common errors. */
const CODES = {
  expired: ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'],
  invalidCredentials: [
    'AuthFailure',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'SignatureDoesNotMatch',
    'UnrecognizedClientException',
  ],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'AllAccessDisabled',
    'AuthorizationError',
    'KMSAccessDeniedException',
    'UnauthorizedAccess',
    'UnauthorizedOperation',
  ],
  unsupported: [
    'InvalidAction',
    'NotImplemented',
    'OptInRequired',
    'SubscriptionRequiredException',
    'UnknownOperationException',
    'UnsupportedOperation',
    'UnsupportedOperationException',
  ],
} as const;

/** AWS may send kilobytes (encoded authorization messages); the ledger keeps what a person reads. */
const MESSAGE_LIMIT = 1000;
/** AWS's own codes are a few words; who else answers may send anything in the place of one. */
const CODE_LIMIT = 100;
/** Of a stack, its message included: ten frames are well below. */
const STACK_LIMIT = 4000;

type SdkError = Parameters<typeof isTransientError>[0] & { readonly code?: string };

type Meaning = Pick<Problem, 'status' | 'class' | 'code'>;

/**
 * What an error of a call means: for the unit, for trying again, for the run. The one place that says so.
 *
 * @param redact takes out secrets, before anything is cut: no half of one may stay
 */
export function classify(error: unknown, redact: (text: string) => string = (text) => text): Problem {
  const sdk = (error instanceof Error ? error : new Error(String(error))) as SdkError;
  const message = cleanMessage(redact(sdk.message));
  const meaning = credentialsMeaning(sdk, message) ?? codeMeaning(sdk.name) ?? passingMeaning(sdk);
  const code = cut(redact(meaning.code), CODE_LIMIT);
  const detail = meaning.code === 'INVALID_CREDENTIALS' ? `${sdk.name}: ${message}` : message;
  const tries = sdk instanceof CircuitOpen ? 0 : 1;
  const stack = error instanceof Error ? stackOf(error, message, redact) : null;
  return { ...meaning, code, message: detail, attempts: sdk.$metadata?.attempts ?? tries, stack };
}

/** Whether an error says that the service is down: it did not answer, or with a fault of its own. */
export function isDown(error: unknown): boolean {
  const problem = classify(error);
  return problem.class === 'transient' && problem.status !== 'throttled';
}

/** There were no credentials to begin with, or none that could be renewed. */
function credentialsMeaning({ name }: SdkError, message: string): Meaning | null {
  if (name !== 'CredentialsProviderError' && name !== 'TokenProviderError') return null;
  // A session that needs `aws sso login` was there once; keys that are not there at all were not.
  const code = /expired|sso login/i.test(message) ? 'EXPIRED_CREDENTIALS' : 'NO_CREDENTIALS';
  return { status: 'failed', class: 'fatal', code };
}

function codeMeaning(code: string): Meaning | null {
  const is = (kind: keyof typeof CODES) => (CODES[kind] as readonly string[]).includes(code);
  if (is('expired')) return { status: 'failed', class: 'fatal', code: 'EXPIRED_CREDENTIALS' };
  // Not fatal: STS has taken these credentials, so it is this service, region or bucket that does not.
  if (is('invalidCredentials')) return { status: 'failed', class: 'permanent', code: 'INVALID_CREDENTIALS' };
  if (is('denied')) return { status: 'denied', class: 'permanent', code };
  if (is('unsupported')) return { status: 'unsupported', class: 'permanent', code };
  return null;
}

function passingMeaning(error: SdkError): Meaning {
  if (error instanceof CircuitOpen) return { status: 'failed', class: 'transient', code: 'CIRCUIT_OPEN' };
  if (isThrottlingError(error)) return { status: 'throttled', class: 'transient', code: codeOf(error) };
  // Node's connection errors come under the same name, but with a code of their own.
  if (error.name === 'TimeoutError' && (error.code ?? 'ETIMEDOUT') === 'ETIMEDOUT') {
    return { status: 'timed_out', class: 'transient', code: 'CALL_TIMEOUT' };
  }
  const passing = isTransientError(error) || (error.$metadata?.httpStatusCode ?? 0) >= 500;
  return { status: 'failed', class: passing ? 'transient' : 'permanent', code: codeOf(error) };
}

/** AWS's code, Node's (`ECONNREFUSED`) or, of an answer that is none of AWS's, our own. */
function codeOf(error: SdkError): string {
  // An error of the SDK's own parser carries the answer, but is none of the service's (`$fault`).
  const unparsed = '$response' in error && !('$fault' in error);
  if (error.name === 'InvalidResponse' || unparsed) return 'INVALID_RESPONSE';
  if (error.name === 'PaginationLoop') return 'PAGINATION_LOOP';
  // What answers a HEAD, and many a gateway, gives no code: all that it says is its status.
  const status = error.$metadata?.httpStatusCode;
  if (error.name === 'Unknown' && status !== undefined) return `HTTP_${status}`;
  return ['Error', 'TypeError', 'TimeoutError'].includes(error.name) ? (error.code ?? 'INTERNAL') : error.name;
}

/** Without the SDK's advice to its programmers, and of bounded length. */
function cleanMessage(message: string): string {
  return cut(message.split('\n  Deserialization error')[0]?.trim() ?? '', MESSAGE_LIMIT);
}

/** The frames below the message as the ledger has it: AWS's own may be longer than all of them. */
function stackOf({ name, stack }: Error, message: string, redact: (text: string) => string): string | null {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? null : cut(redact([`${name}: ${message}`, ...frames].join('\n')), STACK_LIMIT);
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
