import type { DeadLetter } from '../contract/dead-letter.js';

/** SQS's limits of one call, all its messages together. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 256 * 1024;

/** A dead letter as the body of a message. A stack that would not fit is cut, and then the message of the error. */
export function messageBody(letter: DeadLetter): string {
  let fitting = letter;
  let body = bodyOf(fitting);
  while (Buffer.byteLength(body) > MAX_BYTES && (fitting.stack || fitting.message) !== '') {
    const { stack, message } = fitting;
    fitting = stack ? { ...fitting, stack: half(stack) } : { ...fitting, stack: null, message: half(message) };
    body = bodyOf(fitting);
  }
  return body;
}

/** SQS takes all of Unicode but these two; control characters are escaped by JSON. */
function bodyOf(letter: DeadLetter): string {
  return JSON.stringify(letter).replace(/[\ufffe\uffff]/g, '\ufffd');
}

function half(text: string): string {
  const cut = text.slice(0, Math.floor(text.length / 2));
  // Half of a surrogate pair is no character.
  return cut.replace(/[\ud800-\udbff]$/, '');
}

/** In their order, as few as the limits allow. */
export function batchesOf(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    const last = batches.at(-1);
    if (last === undefined || last.length === MAX_MESSAGES || bytes + size > MAX_BYTES) {
      batches.push([text]);
      bytes = size;
    } else {
      last.push(text);
      bytes += size;
    }
  }
  return batches;
}
