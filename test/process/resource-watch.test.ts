import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EVENTS, type EventName } from '../../batch/contract/events.js';
import { fill } from '../../batch/contract/text.js';
import type { LogFields } from '../../batch/core/ports.js';
import type { DiskUse } from '../../batch/process/disk.js';
import type { MemoryUse } from '../../batch/process/memory.js';
import { ResourceWatch } from '../../batch/process/resource-watch.js';

const MIB = 1024 * 1024;

/** What the gauges show; a test turns them. */
const shown: { memory: MemoryUse | null; delay: number | null; disks: DiskUse[]; hangs: boolean } = {
  ...{ memory: null, delay: null, disks: [], hangs: false },
};
const lines: { level: string; event: EventName; fields: LogFields }[] = [];
let watch: ResourceWatch;

const memory = (percent: number): MemoryUse => ({ used: percent * 5.12 * MIB, limit: 512 * MIB });
const disk = (percent: number, folder = '/store'): DiskUse => ({
  ...{ folder, percent, freeBytes: (100 - percent) * MIB, freeFiles: 1000 },
});

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(shown, { memory: null, delay: null, disks: [], hangs: false });
  lines.length = 0;
  const gauges = {
    memory: async () => shown.memory,
    delay: () => shown.delay,
    disks: () => (shown.hangs ? new Promise<never>(() => {}) : Promise.resolve(shown.disks)),
    end: () => {},
  };
  const log = {
    write: (level: string, event: EventName, fields: LogFields = {}) => lines.push({ level, event, fields }),
  };
  watch = new ResourceWatch(() => gauges, log);
});

afterEach(() => {
  watch.end();
  vi.useRealTimers();
});

test('the peak is kept, from looks a few times a minute', async () => {
  Object.assign(shown, { memory: memory(20), disks: [disk(30), disk(10, '/logs')], delay: 5 });
  watch.start();
  await vi.advanceTimersByTimeAsync(10_000);
  Object.assign(shown, { memory: memory(60), disks: [disk(50)], delay: 30 });
  await vi.advanceTimersByTimeAsync(10_000);
  Object.assign(shown, { memory: memory(40), disks: [disk(40)], delay: 20.04 });
  expect(await watch.peaks()).toEqual({
    ...{ memory_peak_percent: 60, memory_peak_mib: 307.2, memory_limit_mib: 512 },
    ...{ event_loop_delay_ms: 20, disk_peak_percent: 50 },
  });
  expect(watch.metrics()).toEqual({ MemoryUtilization: 60, EventLoopDelay: 20, DiskUtilization: 50 });
  expect(lines).toEqual([]);
});

test('what cannot be known is left out, never 0', async () => {
  watch.start();
  expect([await watch.peaks(), watch.metrics()]).toEqual([{}, {}]);
});

test('a run that is not watched knows nothing', async () => {
  shown.memory = memory(10);
  expect([await watch.peaks(), watch.metrics()]).toEqual([{}, {}]);
});

test('a file system that hangs keeps neither the others nor the end', async () => {
  Object.assign(shown, { memory: memory(20), delay: 1, hangs: true });
  watch.start();
  const peaks = watch.peaks();
  await vi.advanceTimersByTimeAsync(500);
  expect(await peaks).toMatchObject({ memory_peak_percent: 20, event_loop_delay_ms: 1 });
  expect(watch.metrics()).not.toHaveProperty('DiskUtilization');
});

test('a warning at 80 %, once for each resource, with the numbers', async () => {
  Object.assign(shown, { memory: memory(79.9), disks: [disk(79.9), disk(79.9, '/logs')], delay: 799 });
  watch.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toEqual([]);
  Object.assign(shown, { memory: memory(80), disks: [disk(80), disk(93.21, '/logs')], delay: 800 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual([
    { level: 'warn', event: 'event_loop.slow', fields: { delay_ms: 800 } },
    { level: 'warn', event: 'memory.high', fields: { percent: 80, used_mib: 409.6, limit_mib: 512 } },
    { level: 'warn', event: 'disk.high', fields: { folder: '/store', percent: 80, free_mib: 20, free_files: 1000 } },
    { level: 'warn', event: 'disk.high', fields: { folder: '/logs', percent: 93.2, free_mib: 6.8, free_files: 1000 } },
  ]);
  // Each message has all its numbers.
  for (const { event, fields } of lines) {
    for (const text of Object.values(EVENTS[event])) expect(fill(text, fields)).not.toMatch(/[{}]/);
  }
});

test('a slow start is no want of CPU', async () => {
  shown.delay = 5000;
  watch.start();
  await vi.advanceTimersByTimeAsync(9_000);
  await watch.peaks();
  expect(lines).toEqual([]);
});
