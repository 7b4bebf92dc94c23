import { setTimeout as pause } from 'node:timers/promises';
import { ConfiguredRetryStrategy, getRetryAfterHint } from '@smithy/core/retry';
import type { RetryErrorInfo, StandardRetryToken } from '@smithy/types';
import { classify } from './classify.js';

/** A pause never grows past this, however many tries there are. Milliseconds. */
const MAX_DELAY_MS = 20_000;
/** Longest `Retry-After` that is waited for; a service that asks for more is tried earlier. Milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;

export interface RetryPolicy {
  /** Further tries of a call that failed in a passing way. */
  readonly maxRetries: number;
  /** Seconds before the first further try; doubles with each. */
  readonly initialRetryDelay: number;
}

/**
 * The SDK's own retries with full jitter: before try n+1 anything between nothing and the doubled pause, but never less
 * than the answer's `Retry-After` asks for. This is the one layer that tries again.
 */
export class CallRetries extends ConfiguredRetryStrategy {
  /** @param mayRetry false: the service is known to be down, one try has to do */
  constructor(
    { maxRetries, initialRetryDelay }: RetryPolicy,
    random: () => number,
    private readonly mayRetry: () => boolean,
  ) {
    super(
      maxRetries + 1,
      (attempt) => random() * Math.min(MAX_DELAY_MS, initialRetryDelay * 1000 * 2 ** (attempt - 1)),
    );
  }

  /** Throws when there is no further try. */
  override async refreshRetryTokenForRetry(
    token: StandardRetryToken,
    { retryAfterHint, ...info }: RetryErrorInfo,
  ): Promise<StandardRetryToken> {
    if (!this.mayRetry()) throw new Error('no further try: the service is down');
    // Of 5xx the SDK would try again 500, 502, 503 and 504 alone.
    const isPassing = info.errorType === 'SERVER_ERROR' && classify(info.error).class === 'transient';
    // Without the hint: the SDK would cut it to five seconds more than its own pause.
    const known: RetryErrorInfo = { ...info, errorType: isPassing ? 'TRANSIENT' : info.errorType };
    const next = await super.refreshRetryTokenForRetry(token, known);
    const left = pauseUntil(retryAfterHint);
    if (left > 0) await pause(left);
    return next;
  }
}

/** Milliseconds that the answer to a failed try asks to wait, where a call is repeated by its caller; 0: none. */
export function askedPause(error: unknown): number {
  return pauseUntil(getRetryAfterHint((error as { readonly $response?: unknown }).$response));
}

function pauseUntil(hint: Date | undefined): number {
  return Math.max(0, Math.min((hint?.getTime() ?? 0) - Date.now(), MAX_RETRY_AFTER_MS));
}
