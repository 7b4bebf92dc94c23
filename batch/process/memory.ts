import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/** Bytes in use, and how many there may be. */
export interface MemoryUse {
  readonly used: number;
  readonly limit: number;
}

/** The text of a file of the system; null: not there, or not for us. */
type ReadText = (path: string) => string | null;

/** Where every distribution and container runtime mounts them. */
const V2 = '/sys/fs/cgroup';
const V1 = '/sys/fs/cgroup/memory';

/** What this process and its container use, against the lowest limit that is known. `taskLimit`: of the ECS task. */
export function memoryNow(taskLimit: number | null): MemoryUse {
  // The kernel keeps the peak of this figure; what lies between two looks is not missed.
  const rss = process.resourceUsage().maxRSS * 1024;
  return memoryUse({ cgroup: cgroupMemory(readText), taskLimit, total: totalmem(), rss });
}

/**
 * A limit above what the machine has is none. Without any, the process is compared with the machine: what others use of
 * it is not this run's affair. With one, all that counts against it is, also other processes of the container.
 *
 * A Fargate task may have its limit as a whole and none for the container: its cgroup is then unlimited and the machine
 * has about twice as much, so that only the task's metadata tells.
 */
export function memoryUse(facts: {
  readonly cgroup: { readonly used: number | null; readonly limit: number } | null;
  readonly taskLimit: number | null;
  readonly total: number;
  readonly rss: number;
}): MemoryUse {
  const { cgroup, taskLimit, total, rss } = facts;
  const limit = Math.min(cgroup?.limit ?? total, taskLimit ?? total, total);
  return limit === total ? { used: rss, limit } : { used: cgroup?.used ?? rss, limit };
}

/** Of the cgroup that this process is in: v2, or v1 where that has the memory. null: no cgroup can be read. */
export function cgroupMemory(read: ReadText): { readonly used: number | null; readonly limit: number } | null {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  const v1 = groups.find((group) => group?.[1]?.split(',').includes('memory'))?.[2];
  if (v1 !== undefined) return readV1(read, v1);
  const v2 = groups.find((group) => group?.[1] === '')?.[2];
  return v2 === undefined ? null : readV2(read, v2);
}

function readV2(read: ReadText, group: string): ReturnType<typeof cgroupMemory> {
  // A limit of any group above holds as well. Inside a container all of that is mostly hidden: the group is `/`.
  const folders = upwards(V2, group);
  const own = folders.find((folder) => read(`${folder}/memory.current`) !== null);
  if (own === undefined) return null;
  const limits = folders.map((folder) => bytes(read(`${folder}/memory.max`)) ?? Infinity);
  const stat = parseStat(read(`${own}/memory.stat`));
  const cache = sum(stat.get('inactive_file'), stat.get('active_file'));
  return { used: minus(bytes(read(`${own}/memory.current`)), cache), limit: Math.min(...limits) };
}

function readV1(read: ReadText, group: string): ReturnType<typeof cgroupMemory> {
  // Without a cgroup namespace the path is the host's, and what is mounted is the container's own group.
  const own = [`${V1}${group}`, V1].find((folder) => read(`${folder}/memory.usage_in_bytes`) !== null);
  if (own === undefined) return null;
  const stat = parseStat(read(`${own}/memory.stat`));
  const limit = bytes(read(`${own}/memory.limit_in_bytes`)) ?? Infinity;
  const cache = sum(stat.get('total_inactive_file'), stat.get('total_active_file'));
  return {
    used: minus(bytes(read(`${own}/memory.usage_in_bytes`)), cache),
    limit: Math.min(limit, stat.get('hierarchical_memory_limit') ?? Infinity),
  };
}

/**
 * Without the page cache: the kernel charges every file that was read or written, up to the limit, and gives it back
 * before it kills anybody. The usual working set (`docker stats`) takes away the inactive part alone; but what this
 * program reads twice, its own unit files, becomes active, and would look like a container about to die. Files in
 * memory (tmpfs) are not in either list and count.
 */
function minus(usage: number | null, cache: number | null): number | null {
  return usage === null || cache === null ? null : Math.max(0, usage - cache);
}

/** The folder of a group and those above it, the innermost first. */
function upwards(root: string, group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `${root}/${parts.slice(0, parts.length - index).join('/')}`).concat(root);
}

function parseStat(text: string | null): Map<string, number> {
  const pairs = (text ?? '').matchAll(/^(\w+) (\d+)$/gm);
  return new Map([...pairs].map(([, name = '', value]) => [name, Number(value)]));
}

/** `max` is no limit; null: no number. */
function bytes(text: string | null): number | null {
  const value = text?.trim() ?? '';
  if (value === 'max') return Infinity;
  return /^\d+$/.test(value) ? Number(value) : null;
}

function sum(a: number | undefined, b: number | undefined): number | null {
  return a === undefined || b === undefined ? null : a + b;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
