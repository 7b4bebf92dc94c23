import { type DiskUse, disksOf } from './disk.js';
import { ecsTask } from './ecs-task.js';
import { watchEventLoop } from './event-loop.js';
import { type MemoryUse, memoryNow } from './memory.js';

/** What can be looked at. null, or no entry: it cannot be known. */
export interface Gauges {
  memory(): Promise<MemoryUse | null>;
  /** Milliseconds that 99 of 100 timers came late at most. */
  delay(): number | null;
  disks(): Promise<readonly DiskUse[]>;
  end(): void;
}

/** Of this process, and of the file systems of these folders. */
export function openGauges(folders: readonly string[], ecsMetadata: string | undefined, stop: AbortSignal): Gauges {
  const task = ecsTask(ecsMetadata, stop);
  const eventLoop = watchEventLoop();
  return {
    memory: async () => memoryNow((await task)?.memoryLimit ?? null),
    delay: () => eventLoop.delay(),
    disks: () => disksOf(folders),
    end: () => eventLoop.end(),
  };
}
