import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** What the system does not tell. A process that cannot be told from another is never called gone. */
const UNKNOWN = '-';

/** The name of a process is part of file names, which have 255 bytes at most. */
const HOST_LENGTH = 64;

/** `host=laptop pid=1234 start=567890 space=4026531836`: enough to know the process again, or that it is gone. */
export function thisProcess(): string {
  const { host, space } = thisHost();
  return `host=${host} pid=${process.pid} start=${startOf(process.pid) ?? UNKNOWN} space=${space}`;
}

/** True only for a process of this host that is known to have ended. */
export function isGoneHere(owner: string): boolean {
  const match = /^host=(\S+) pid=(\d+) start=(\S+) space=(\S+)$/.exec(owner);
  if (match === null) return false;
  const [, host, pid, start, space] = match;
  const here = thisHost();
  if (host !== here.host || space !== here.space || space === UNKNOWN) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(Number(pid));
  return start !== UNKNOWN && now !== start;
}

/**
 * Containers may share a host name but count their processes apart, and two laptops may both be called
 * `MacBook-Pro.local`: the pid namespace and the boot belong to the name, elsewhere the network cards. Of bounded
 * length, and of characters that a file name takes as they are.
 */
function thisHost(): { readonly host: string; readonly space: string } {
  const name = hostname().replace(/[^\w.-]/g, '_');
  const host = name.slice(0, HOST_LENGTH) || 'localhost';
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return { host, space: `${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}-${boot}` };
  } catch {
    return { host, space: process.platform === 'linux' ? UNKNOWN : networkCards() };
  }
}

function networkCards(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const macs = new Set(all.map(({ mac }) => mac).filter((mac) => /[1-9a-f]/i.test(mac)));
  if (macs.size === 0) return UNKNOWN;
  const cards = createHash('sha256').update([...macs].sort().join());
  return cards.digest('hex').slice(0, 16);
}

/**
 * When a process began, in the system's own count, so that a pid used again is not taken for the old process; null:
 * gone (a zombie too), or the system does not tell. The 22nd field is the start; the third is the first after the name.
 */
export function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
