import type { Logger } from '@smithy/types';
import type { Log } from '../core/ports.js';

/** The SDK's own remarks as debug lines of the log: on its own it writes loose text to the console. */
export function sdkLogger(log: Log): Logger {
  const say = (...words: unknown[]) => log.write('debug', 'sdk.said', { text: words.map(String).join(' ') });
  return { trace: () => {}, debug: () => {}, info: () => {}, warn: say, error: say };
}
