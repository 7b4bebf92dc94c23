import { createHash } from 'node:crypto';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** What of an object is asked for again. */
export interface Rest {
  /** As the header has it. */
  readonly Range: string;
  /** The version that the first bytes are of. */
  readonly IfMatch?: string;
}

/** The bytes that came are not those that were put. */
class WrongContent extends Error {
  override readonly name = 'INVALID_RESPONSE';
}

/**
 * An object's bytes. Where an answer breaks off, the rest is asked for from there. Bytes that were handed on cannot be
 * taken back: that a whole object is not what was put is an error at its end.
 *
 * @param sha256 of the object, in base64, when it is known and all of it was asked for
 * @param again gives the rest after so many tries. Throws when there is no further one.
 */
export async function* contentOf(
  first: GetObjectCommandOutput,
  sha256: string | undefined,
  again: (error: unknown, tries: number, rest: Rest) => Promise<GetObjectCommandOutput>,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  const [, from = '0', to = ''] = /^bytes (\d+)-(\d+)/.exec(first.ContentRange ?? '') ?? [];
  const version = first.ETag === undefined ? {} : { IfMatch: first.ETag };
  let at = Number(from);
  let answer: GetObjectCommandOutput | null = first;
  let tries = 0;
  while (answer !== null) {
    tries += answer.$metadata.attempts ?? 1;
    try {
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        at += chunk.byteLength;
        hash.update(chunk);
        yield chunk;
      }
      answer = null;
    } catch (error) {
      answer = await again(error, tries, { ...version, Range: `bytes=${at}-${to}` });
    }
  }
  if (sha256 !== undefined && hash.digest('base64') !== sha256) {
    throw new WrongContent('the answer is not what was stored');
  }
}
