/**
 * What answered is not AWS, or the answer is damaged. The SDK would read an empty body, a page of HTML or somebody
 * else's JSON as an answer without entries: "nothing there" instead of "not read".
 */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse';
  readonly $metadata: { httpStatusCode: number };
  /** The SDK's mark for "try again": a body that was cut short may be whole the next time. */
  readonly $retryable?: { throttling: false };
  constructor(message: string, status: number, passing: boolean) {
    super(message);
    this.$metadata = { httpStatusCode: status };
    if (passing) this.$retryable = { throttling: false };
  }
}
