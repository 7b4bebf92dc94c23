import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is looked at: 20 times a second cost a thousandth of a CPU. Milliseconds. */
const RESOLUTION_MS = 50;

export interface EventLoopWatch {
  /** How much later than due 99 of 100 timers came, in milliseconds, since the watch began; null: none has come yet. */
  delay(): number | null;
  end(): void;
}

export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    // Node records the time between two looks, which is never shorter than the resolution.
    delay: () => (histogram.count === 0 ? null : Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)),
    end: () => histogram.disable(),
  };
}
