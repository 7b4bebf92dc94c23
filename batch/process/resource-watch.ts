import type { MetricName } from '../contract/metrics.js';
import type { Log, LogFields } from '../core/ports.js';
import type { DiskUse } from './disk.js';
import type { Gauges } from './gauges.js';
import type { MemoryUse } from './memory.js';

/** Six times a minute. Milliseconds. */
const EVERY_MS = 10_000;
/** How long the end of a run waits for the last look: a file system that hangs must not keep it. Milliseconds. */
const LAST_LOOK_MS = 500;
/** From here on there is a warning: while there is still time to do something. */
const WARN_PERCENT = 80;
/** The limit of the event loop: time limits of calls and renewals of the lease are late by as much. Milliseconds. */
const DELAY_LIMIT_MS = 1_000;
const MIB = 1024 * 1024;

/** Looks at what the run uses of its container, keeps the peaks, and warns once of each. */
export class ResourceWatch {
  readonly #open: () => Gauges;
  readonly #log: Log;
  readonly #warned = new Set<string>();
  #memory: MemoryUse | null = null;
  /** Of the whole run so far, no peak: what the start costs would be the peak of every run. */
  #delay: number | null = null;
  #disk: number | null = null;
  #gauges: Gauges | null = null;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(open: () => Gauges, log: Log) {
    this.#open = open;
    this.#log = log;
  }

  start(): void {
    this.#gauges = this.#open();
    this.#startedAt = performance.now();
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), EVERY_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#gauges?.end();
  }

  /** Looks once more. The peaks so far as fields of a log line; what cannot be known is not among them. */
  async peaks(): Promise<LogFields> {
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, LAST_LOOK_MS);
    });
    await Promise.race([this.#look(), patience]);
    clearTimeout(late);
    const memory = this.#memory;
    return {
      ...(memory === null ? {} : peakOf(memory)),
      ...(this.#delay === null ? {} : { event_loop_delay_ms: rounded(this.#delay) }),
      ...(this.#disk === null ? {} : { disk_peak_percent: rounded(this.#disk) }),
    };
  }

  /** The same as metrics, in the units of `METRICS`. */
  metrics(): Partial<Record<MetricName, number>> {
    return {
      ...(this.#memory === null ? {} : { MemoryUtilization: rounded(percentOf(this.#memory)) }),
      ...(this.#delay === null ? {} : { EventLoopDelay: rounded(this.#delay) }),
      ...(this.#disk === null ? {} : { DiskUtilization: rounded(this.#disk) }),
    };
  }

  /** One look at a time: one that hangs is not joined by others. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow()
      // A gauge that fails is one that cannot be known.
      .catch(() => {})
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const gauges = this.#gauges;
    if (gauges === null) return;
    this.#lookAtDelay(gauges.delay());
    this.#lookAtMemory(await gauges.memory().catch(() => null));
    for (const use of await gauges.disks()) this.#lookAtDisk(use);
  }

  #lookAtDelay(delay: number | null): void {
    this.#delay = delay;
    // Of a few seconds, one in a hundred is what it took to load the program.
    if (delay === null || performance.now() - this.#startedAt < EVERY_MS) return;
    const fields = { delay_ms: rounded(delay) };
    this.#warn((delay / DELAY_LIMIT_MS) * 100, 'delay', () => this.#log.write('warn', 'event_loop.slow', fields));
  }

  #lookAtMemory(use: MemoryUse | null): void {
    if (use === null) return;
    if (this.#memory === null || percentOf(use) > percentOf(this.#memory)) this.#memory = use;
    const percent = percentOf(use);
    const fields = { percent: rounded(percent), used_mib: mib(use.used), limit_mib: mib(use.limit) };
    this.#warn(percent, 'memory', () => this.#log.write('warn', 'memory.high', fields));
  }

  #lookAtDisk({ folder, percent, freeBytes, freeFiles }: DiskUse): void {
    this.#disk = Math.max(percent, this.#disk ?? 0);
    const fields = { folder, percent: rounded(percent), free_mib: mib(freeBytes), free_files: freeFiles };
    this.#warn(percent, `disk ${folder}`, () => this.#log.write('warn', 'disk.high', fields));
  }

  #warn(percent: number, what: string, write: () => void): void {
    if (percent < WARN_PERCENT || this.#warned.has(what)) return;
    this.#warned.add(what);
    write();
  }
}

function percentOf({ used, limit }: MemoryUse): number {
  return (used / limit) * 100;
}

function peakOf(use: MemoryUse): LogFields {
  const percent = rounded(percentOf(use));
  return { memory_peak_percent: percent, memory_peak_mib: mib(use.used), memory_limit_mib: mib(use.limit) };
}

function mib(bytes: number): number {
  return rounded(bytes / MIB);
}

/** One digit is as much as these figures are worth. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
