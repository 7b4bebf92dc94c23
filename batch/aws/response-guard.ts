import { HttpResponse } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { DeserializeMiddleware } from '@smithy/types';
import { InvalidResponse } from '../core/invalid-response.js';

interface OperationContext {
  /** Set by the SDK's generated commands: [_, namespace, name, traits, input, output]. */
  readonly operationSchema?: readonly unknown[];
}

export interface GuardOptions {
  /** `aws.protocols#ec2Query`, `#awsQuery`, `#restXml` or `#restJson1`. */
  readonly protocol: string;
  /** Milliseconds for one try, from the request to the end of the body. The handler bounds the wait for the headers. */
  readonly callTimeoutMs: number;
}

/** Innermost middleware: takes in the whole body within its time and lets through only what this operation answers. */
export function responseGuard(options: GuardOptions): DeserializeMiddleware<object, object> {
  return (next, context) => async (args) => {
    const smithy = (context as { __smithy_context?: OperationContext }).__smithy_context;
    if (!hasDocument(smithy?.operationSchema)) return next(args);
    const started = performance.now();
    const result = await next(args);
    const { response } = result;
    if (!HttpResponse.isInstance(response)) return result;
    const body = await collectBody(response.body, options.callTimeoutMs - (performance.now() - started));
    response.body = body;
    const problem = check(response.statusCode, body, options.protocol, smithy?.operationSchema);
    if (problem !== null) throw withResponse(problem, response);
    return result;
  };
}

/**
 * Outermost middleware around the SDK's parser. Where that stumbles it quotes what stands there, a variable's value or a
 * password perhaps, which nobody can redact: what it says is not told.
 */
export function parserGuard(): DeserializeMiddleware<object, object> {
  return (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (!isParserError(error)) throw error;
      const { statusCode = 0 } = error.$response ?? {};
      const message = `the answer (HTTP ${statusCode}) could not be parsed`;
      throw withResponse(new InvalidResponse(message, statusCode, statusCode >= 500), error.$response);
    }
  };
}

/** It carries the answer, but is none of the service's (`$fault`). */
function isParserError(error: unknown): error is { readonly $response?: { readonly statusCode?: number } } {
  return error instanceof Error && '$response' in error && !('$fault' in error) && error.name !== 'InvalidResponse';
}

/** A page of AWS's has a few megabytes; what never ends must not take the container with it. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

async function collectBody(stream: AsyncIterable<Uint8Array>, timeoutMs: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
      (stream as { destroy?: () => void }).destroy?.();
    },
    Math.max(0, timeoutMs),
  );
  try {
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES)
        throw new InvalidResponse(`the answer is longer than ${MAX_BODY_BYTES} bytes`, 200, false);
      chunks.push(chunk);
    }
  } catch (error) {
    if (late) throw timeoutError();
    if (error instanceof InvalidResponse) throw error;
    throw Object.assign(new InvalidResponse('the answer was cut off', 0, true), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (late) throw timeoutError();
  return Buffer.concat(chunks);
}

function timeoutError(): Error {
  return Object.assign(new Error('the answer was not complete in time'), { name: 'TimeoutError' });
}

/** The SDK's retries find a `Retry-After` there. Not enumerable: nobody is to log what an answer carries. */
function withResponse(error: InvalidResponse, response: unknown): InvalidResponse {
  return Object.defineProperty(error, '$response', { value: response });
}

function check(
  status: number,
  body: Uint8Array,
  protocol: string,
  operation: readonly unknown[] | undefined,
): InvalidResponse | null {
  const problem = /json/i.test(protocol)
    ? jsonProblem(body, status)
    : xmlProblem(body, status < 300 ? expectedRoots(protocol, operation) : null);
  if (problem === null) return null;
  const { what, passing } = problem;
  return new InvalidResponse(`the answer (HTTP ${status}) is ${what}`, status, passing || status >= 500);
}

interface BodyProblem {
  readonly what: string;
  readonly passing: boolean;
}

function jsonProblem(body: Uint8Array, status: number): BodyProblem | null {
  if (body.byteLength === 0) return { what: 'empty', passing: true };
  const text = Buffer.from(body).toString('utf8').trim();
  if (!text.startsWith('{')) return { what: `no JSON object but ${opening(text)}`, passing: false };
  if (status < 300 && !text.endsWith('}')) return { what: 'JSON that was cut short', passing: true };
  return null;
}

/** `roots` null: an error, any root but HTML will do (each service has its own). */
function xmlProblem(body: Uint8Array, roots: readonly string[] | null): BodyProblem | null {
  if (body.byteLength === 0) return { what: 'empty', passing: true };
  const text = Buffer.from(body).toString('utf8').trim();
  const found = /^(?:<\?xml[^>]*\?>\s*)?<([\w:.-]+)[\s/>]/.exec(text)?.[1];
  if (found === undefined || /^html$/i.test(found) || roots?.includes(found) === false) {
    return { what: `${roots === null ? 'no XML' : `no <${roots[0]}>`} but ${opening(text)}`, passing: false };
  }
  const whole = text.endsWith(`</${found}>`) || /^(?:<\?xml[^>]*\?>\s*)?<[^<>]*\/>$/.test(text);
  return whole ? null : { what: 'XML that was cut short', passing: true };
}

/** Ends between words: what is redacted later is found whole or not at all, never as the beginning of a secret. */
function opening(text: string): string {
  return JSON.stringify(text.length > 60 ? text.slice(0, 60).replace(/[^\s<>"']*$/, '') : text);
}

/** Whether an operation's answer has a document for a body: not an object's bytes, and not headers alone (S3). */
function hasDocument(operation: readonly unknown[] | undefined): boolean {
  if (operation === undefined) return true;
  const members = [...outputOf(operation).structIterator()].map(([, member]) => member.getMergedTraits());
  return members.some((traits) => !(traits.streaming || traits.httpHeader || traits.httpPrefixHeaders));
}

function outputOf(operation: readonly unknown[]): NormalizedSchema {
  return NormalizedSchema.of(operation[5] as Parameters<typeof NormalizedSchema.of>[0]);
}

/**
 * The root elements that an operation's answer may have, out of the SDK's own schema. S3 implementations other than
 * AWS's call some of them by the operation.
 */
function expectedRoots(protocol: string, operation: readonly unknown[] | undefined): readonly string[] | null {
  if (operation === undefined) return null;
  if (!protocol.endsWith('#restXml')) return [`${String(operation[2])}Response`];
  const output = outputOf(operation);
  const payload = [...output.structIterator()].find(([, member]) => member.getMergedTraits().httpPayload)?.[1];
  const shape = payload ?? output;
  const root = (shape.getMergedTraits().xmlName as string | undefined) ?? shape.getName();
  return root === undefined
    ? null
    : [root, ...['Result', 'Response', 'Output'].map((end) => `${String(operation[2])}${end}`)];
}
