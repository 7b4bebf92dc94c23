import { type Answer, ApiError, type ServiceName } from './protocols.js';
import type { SandboxRequest } from './request.js';

/** What happens to a call. */
export type Fault =
  /** The service's own refusal; `deny`: no permission, `throttle`: too many, `expired`: credentials, `unsupported`: absent here. */
  | 'deny'
  | 'throttle'
  | 'expired'
  | 'unsupported'
  /** Never answers; the socket stays open. */
  | 'hang'
  /** The socket is destroyed before anything was done. */
  | 'reset'
  /** The call is done, then the socket is destroyed: a reply that got lost. */
  | 'lose-reply'
  /** The right body cut to its first half, with the length of the half: a body that ends early and looks whole. */
  | 'cut'
  /** The first page again and again, always with the same next token. */
  | 'repeat-token'
  /** Every page begins with the last item of the page before. */
  | 'duplicate'
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly headers?: Record<string, string>;
    }
  /** Answers normally, later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers normally once the promise has resolved. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** This body, to the letter. */
  | { readonly kind: 'body'; readonly status: number; readonly contentType: string; readonly body: string };

export interface FaultRule {
  /** `ec2:DescribeVolumes`, `rds:*`, or a pattern for the operation's name. */
  readonly match: string | RegExp;
  readonly region?: string;
  /** Bucket name, ARN (ListTags, ListTagsForResource) or table name. */
  readonly resource?: string;
  /** Let so many matching calls through first. */
  readonly skip?: number;
  /** Then touch only so many; default: all. */
  readonly times?: number;
  readonly does: Fault;
}

/** `*` stands for anything; everything else for itself. */
export function matches(pattern: string | RegExp, operation: string): boolean {
  if (typeof pattern === 'string') {
    const [head = '', ...rest] = pattern.split('*');
    if (rest.length === 0) return operation === pattern;
    return operation.startsWith(head) && operation.slice(head.length).endsWith(rest.at(-1) ?? '');
  }
  pattern.lastIndex = 0;
  return pattern.test(operation);
}

export class FaultRules {
  readonly #rules = new Set<{ rule: FaultRule; seen: number }>();

  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0 };
    this.#rules.add(entry);
    return () => this.#rules.delete(entry);
  }

  /** The faults for this call, in the order of the rules. Lazy: a rule that is not reached does not count the call. */
  *for(request: SandboxRequest): Generator<Fault> {
    for (const entry of this.#rules) {
      const { match, region, resource, skip = 0, times = Infinity, does } = entry.rule;
      if (!matches(match, request.operation)) continue;
      if (region !== undefined && region !== request.region) continue;
      if (resource !== undefined && resource !== request.resource) continue;
      entry.seen += 1;
      if (entry.seen > skip && entry.seen <= skip + times) yield does;
    }
  }
}

type Refusal = readonly [status: number, code: string];
type RefusalKind = 'deny' | 'throttle' | 'expired' | 'unsupported';

/** The real codes of each service. DynamoDB answers a denial with 400, unlike the others. */
const REFUSALS: Record<RefusalKind, Record<ServiceName, Refusal>> = {
  deny: {
    ec2: [403, 'UnauthorizedOperation'],
    rds: [403, 'AccessDenied'],
    sts: [403, 'AccessDenied'],
    s3: [403, 'AccessDenied'],
    lambda: [403, 'AccessDeniedException'],
    dynamodb: [400, 'AccessDeniedException'],
  },
  throttle: {
    ec2: [503, 'RequestLimitExceeded'],
    rds: [400, 'Throttling'],
    sts: [400, 'Throttling'],
    s3: [503, 'SlowDown'],
    lambda: [429, 'TooManyRequestsException'],
    dynamodb: [400, 'ThrottlingException'],
  },
  expired: {
    ec2: [400, 'RequestExpired'],
    rds: [403, 'ExpiredToken'],
    sts: [403, 'ExpiredToken'],
    s3: [400, 'ExpiredToken'],
    lambda: [403, 'ExpiredTokenException'],
    dynamodb: [400, 'ExpiredTokenException'],
  },
  unsupported: {
    ec2: [400, 'UnsupportedOperation'],
    rds: [400, 'InvalidAction'],
    sts: [400, 'InvalidAction'],
    s3: [501, 'NotImplemented'],
    lambda: [404, 'UnknownOperationException'],
    dynamodb: [400, 'UnknownOperationException'],
  },
};

const MESSAGES: Record<RefusalKind, (request: SandboxRequest) => string> = {
  deny: (request) =>
    request.service === 's3'
      ? 'Access Denied'
      : `User: sandbox is not authorized to perform: ${request.operation} because no identity-based policy allows the ${request.operation} action`,
  throttle: () => 'Rate exceeded',
  expired: () => 'The security token included in the request is expired',
  unsupported: (request) => `The functionality you requested is not available in this region: ${request.operation}`,
};

export function refusal(kind: RefusalKind, request: SandboxRequest): ApiError {
  return new ApiError(...REFUSALS[kind][request.service], MESSAGES[kind](request));
}

export function cutInHalf(answer: Answer): Answer {
  const whole = Buffer.from(answer.body);
  return { ...answer, body: whole.subarray(0, Math.floor(whole.length / 2)) };
}
