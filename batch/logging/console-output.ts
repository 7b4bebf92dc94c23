import { setImmediate } from 'node:timers/promises';

/** Lines to a stream that may break at any time (a closed pipe): a broken console must not end the run. */
export class ConsoleOutput {
  readonly #stream: NodeJS.WritableStream;
  readonly #onBroken = (): void => {
    this.#broken = true;
    this.#settle();
  };
  #broken = false;
  #pending = 0;
  #settle: () => void = () => undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on('error', this.#onBroken);
    stream.on('close', this.#onBroken);
  }

  /** Hands a line (without newline) to the stream. Never throws. */
  write(line: string): void {
    if (this.#broken) return;
    this.#pending += 1;
    try {
      this.#stream.write(`${line}\n`, () => {
        this.#pending -= 1;
        if (this.#pending === 0) this.#settle();
      });
    } catch {
      this.#onBroken();
    }
  }

  /** Resolves when the stream has taken every line, or is broken. */
  async close(): Promise<void> {
    if (this.#pending > 0 && !this.#broken) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
      });
    }
    // A stream reports its error after the write's callback; without a listener that would be an uncaught exception.
    await setImmediate();
    this.#stream.off('error', this.#onBroken);
    this.#stream.off('close', this.#onBroken);
  }
}
