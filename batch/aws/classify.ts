import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { Problem } from '../core/model.js';

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
    'UnauthorizedAccess',
    'UnauthorizedOperation',
  ],
  unsupported: [
    'InvalidAction',
    'OptInRequired',
    'ServiceAbsent',
    'SubscriptionRequiredException',
    'UnknownOperationException',
    'UnsupportedOperation',
    'UnsupportedOperationException',
  ],
} as const;

/** AWS may send kilobytes (encoded authorization messages); the ledger keeps what a person reads. */
const MESSAGE_LIMIT = 1000;

type SdkError = Parameters<typeof isTransientError>[0] & { readonly code?: string };

/** What an error of a call means: for the unit, for trying again, for the run. The one place that says so. */
export function classify(error: unknown): Problem {
  if (!(error instanceof Error)) return problem('failed', 'permanent', 'INTERNAL', String(error), 1);
  const sdk = error as SdkError;
  const attempts = sdk.$metadata?.attempts ?? 1;
  const message = cleanMessage(error.message);
  const is = (kind: keyof typeof CODES) => (CODES[kind] as readonly string[]).includes(error.name);

  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    const expired = /expired/i.test(message);
    return problem('failed', 'fatal', expired ? 'EXPIRED_CREDENTIALS' : 'NO_CREDENTIALS', message, attempts);
  }
  if (is('expired')) return problem('failed', 'fatal', 'EXPIRED_CREDENTIALS', message, attempts);
  if (is('invalidCredentials')) {
    return problem('failed', 'fatal', 'INVALID_CREDENTIALS', `${error.name}: ${message}`, attempts);
  }
  if (is('denied')) return problem('denied', 'permanent', error.name, message, attempts);
  if (is('unsupported')) return problem('unsupported', 'permanent', error.name, message, attempts);
  if (isThrottlingError(sdk)) return problem('throttled', 'transient', error.name, message, attempts);
  if (error.name === 'TimeoutError') return problem('timed_out', 'transient', 'CALL_TIMEOUT', message, attempts);
  const status = sdk.$metadata?.httpStatusCode ?? 0;
  const passing = isTransientError(sdk) || status >= 500;
  return problem('failed', passing ? 'transient' : 'permanent', codeOf(sdk), message, attempts);
}

function problem(
  status: Problem['status'],
  errorClass: Problem['class'],
  code: string,
  message: string,
  attempts: number,
): Problem {
  return { status, class: errorClass, code, message, attempts };
}

/** AWS's code, Node's (`ECONNREFUSED`) or, of an answer that is none of AWS's, our own. */
function codeOf(error: SdkError): string {
  if (error.name === 'InvalidResponse' || error instanceof SyntaxError) return 'INVALID_RESPONSE';
  if (error.name === 'PaginationLoop') return 'PAGINATION_LOOP';
  return error.name === 'Error' || error.name === 'TypeError' ? (error.code ?? 'INTERNAL') : error.name;
}

/** Without the SDK's advice to its programmers, and of bounded length. */
function cleanMessage(message: string): string {
  const text = message.split('\n  Deserialization error')[0]?.trim() ?? '';
  return text.length > MESSAGE_LIMIT ? `${text.slice(0, MESSAGE_LIMIT)}…` : text;
}
