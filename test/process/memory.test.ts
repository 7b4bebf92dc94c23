import { describe, expect, test } from 'vitest';
import { cgroupMemory, memoryNow, memoryUse } from '../../batch/process/memory.js';

const MIB = 1024 * 1024;
/** What the kernel writes where there is no limit (v1): the largest number of pages. */
const UNLIMITED = Number('9223372036854771712');

/** A system that has these files and no others. */
const system = (files: Readonly<Record<string, string>>) => (path: string) => files[path] ?? null;

/** Recorded on Linux 6.18 with cgroup v1: a process that has read files, many of them more than once. */
const V1_STAT = `cache 133201920
rss 1454080
rss_huge 0
shmem 0
mapped_file 110592
dirty 12288
writeback 0
swap 0
inactive_anon 1445888
active_anon 8192
inactive_file 43401216
active_file 89800704
unevictable 0
hierarchical_memory_limit 9223372036854771712
hierarchical_memsw_limit 9223372036854771712
total_cache 133201920
total_rss 1454080
total_inactive_anon 1445888
total_active_anon 8192
total_inactive_file 43401216
total_active_file 89800704
total_unevictable 0
`;
const V1_GROUPS = `9:name=systemd:/
8:pids:/
4:memory:/process_api/da8808c41ee2559aec1d1654298f49c1
2:cpu,cpuacct:/
0::/
`;

/** As the kernel documents it (admin-guide/cgroup-v2), in the order in which it writes it. */
const V2_STAT = `anon 138936320
file 287309824
kernel 7340032
kernel_stack 311296
sock 4096
shmem 2097152
file_mapped 52428800
file_dirty 135168
inactive_anon 137363456
active_anon 1572864
inactive_file 201326592
active_file 83886080
unevictable 0
slab_reclaimable 3145728
`;

describe('cgroup v1', () => {
  const own = '/sys/fs/cgroup/memory/process_api/da8808c41ee2559aec1d1654298f49c1';
  const files = (folder: string, limit: number, stat = V1_STAT) => ({
    '/proc/self/cgroup': V1_GROUPS,
    [`${folder}/memory.usage_in_bytes`]: '135712768\n',
    [`${folder}/memory.limit_in_bytes`]: `${limit}\n`,
    [`${folder}/memory.stat`]: stat,
  });

  test('the page cache does not count, whether it was read once or often', () => {
    expect(cgroupMemory(system(files(own, 512 * MIB)))).toEqual({ used: 2510848, limit: 512 * MIB });
  });

  test('in a container the path is the host’s, and what is mounted is the own group', () => {
    expect(cgroupMemory(system(files('/sys/fs/cgroup/memory', 512 * MIB)))).toMatchObject({ limit: 512 * MIB });
  });

  test('the limit of a group above holds as well', () => {
    const stat = V1_STAT.replace(/(hierarchical_memory_limit) \d+/, `$1 ${256 * MIB}`);
    expect(cgroupMemory(system(files(own, UNLIMITED, stat)))).toMatchObject({ limit: 256 * MIB });
  });

  test('without a statistic it is not known what is in use', () => {
    expect(cgroupMemory(system(files(own, 512 * MIB, '')))).toEqual({ used: null, limit: 512 * MIB });
  });
});

describe('cgroup v2', () => {
  const inside = (max: string) => ({
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.current': '434110464\n',
    '/sys/fs/cgroup/memory.max': `${max}\n`,
    '/sys/fs/cgroup/memory.stat': V2_STAT,
  });

  test('in a container: the group is the root', () => {
    const used = 434110464 - 201326592 - 83886080;
    expect(cgroupMemory(system(inside(String(512 * MIB))))).toEqual({ used, limit: 512 * MIB });
  });

  test('max is no limit', () => {
    expect(cgroupMemory(system(inside('max')))).toMatchObject({ limit: Infinity });
  });

  test('on a host: the lowest limit of the own group and of all above it', () => {
    const slice = '/sys/fs/cgroup/batch.slice';
    const files = {
      '/proc/self/cgroup': '0::/batch.slice/arv.service\n',
      [`${slice}/arv.service/memory.current`]: '434110464\n',
      [`${slice}/arv.service/memory.stat`]: V2_STAT,
      [`${slice}/arv.service/memory.max`]: 'max\n',
      [`${slice}/memory.max`]: `${768 * MIB}\n`,
      [`${slice}/memory.current`]: '999999999\n',
    };
    expect(cgroupMemory(system(files))).toEqual({ used: 148897792, limit: 768 * MIB });
  });

  test('the root group of a machine tells nothing', () => {
    expect(cgroupMemory(system({ '/proc/self/cgroup': '0::/\n' }))).toBeNull();
  });
});

describe('what is compared', () => {
  const facts = { cgroup: null, taskLimit: null, total: 4096 * MIB, rss: 150 * MIB };
  const cgroup = { used: 200 * MIB, limit: 512 * MIB };

  test('the container with its limit', () => {
    expect(memoryUse({ ...facts, cgroup })).toEqual({ used: 200 * MIB, limit: 512 * MIB });
  });

  test('on Fargate, a container without a limit with that of its task', () => {
    const unlimited = { ...cgroup, limit: UNLIMITED };
    expect(memoryUse({ ...facts, cgroup: unlimited, taskLimit: 1024 * MIB })).toEqual({
      used: 200 * MIB,
      limit: 1024 * MIB,
    });
  });

  test.each([null, { ...cgroup, limit: UNLIMITED }, { ...cgroup, limit: Infinity }])(
    'without any limit, this process with the machine: %o',
    (group) => {
      expect(memoryUse({ ...facts, cgroup: group })).toEqual({ used: 150 * MIB, limit: 4096 * MIB });
    },
  );

  test('this process, where the group does not tell what it uses', () => {
    expect(memoryUse({ ...facts, cgroup: { used: null, limit: 512 * MIB } })).toMatchObject({ used: 150 * MIB });
  });

  test('on this machine: something in use, below the limit', () => {
    const { used, limit } = memoryNow(null);
    expect(used).toBeGreaterThan(MIB);
    expect(used).toBeLessThan(limit);
  });
});
