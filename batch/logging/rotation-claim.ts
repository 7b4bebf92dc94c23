import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../process/identity.js';
import { unlinkQuietly } from './log-file.js';

/**
 * A rotation takes milliseconds. A claim older than this, by the file system's clock, is left over: from a container
 * that is gone (its host name never comes back) or from a pid that another process has got since.
 */
const LEFT_OVER_MS = 60 * 60 * 1000;

/** The exclusive right to rotate. */
export interface Claim {
  /** Whether nobody has taken it away (only possible when its holder stood still for an hour). */
  isHeld(): boolean;
  /** Gives it back. Never throws. */
  release(): void;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own count; null where the system does not tell. */
  readonly start: string | null;
  readonly nonce: string;
}

interface Found {
  readonly name: string;
  readonly number: number;
  /** null: unreadable, so nobody can say that its owner is dead. */
  readonly owner: Owner | null;
  readonly madeAt: number;
}

/**
 * Tries once to claim the rotation of `filename` in `dir`; null when another process holds it. Throws what fs throws.
 *
 * Claims are `.<filename>.rotating.<n>`, each made whole by an exclusive link. A claim is live unless its process is
 * gone on this host, or it is an hour old. Over dead claims one takes the next number, so a dead name is never taken
 * away under somebody who just got it. Exclusion stands on two things: of those who try for one number one gets it, and
 * who has got one looks again and steps back from any other live claim (one that had seen an older state may hold
 * another number). Only the holder removes dead claims.
 */
export function takeClaim(dir: string, filename: string): Claim | null {
  const owner: Owner = { host: thisHost(), pid: process.pid, start: startOf(process.pid), nonce: randomUUID() };
  const temporary = join(dir, `${leftoverPrefix(filename)}${owner.nonce}`);
  writeFileSync(temporary, JSON.stringify(owner), { flag: 'wx', mode: 0o640 });
  try {
    const now = statSync(temporary).mtimeMs;
    const before = claimsIn(dir, filename);
    if (before.some((claim) => isLive(claim, now))) return null;
    const number = Math.max(0, ...before.map((claim) => claim.number)) + 1;
    const name = claimName(filename, number);
    linkSync(temporary, join(dir, name));
    return confirmed(dir, filename, { name, number, owner, madeAt: now });
  } catch (error) {
    // EEXIST: somebody was faster. ENOENT: a holder has tidied our temporary file away; so there is a holder.
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return null;
    throw error;
  } finally {
    unlinkQuietly(temporary);
  }
}

/** What the names of short-lived files of a rotation begin with. The holder of the claim removes left-over ones. */
export function leftoverPrefix(filename: string): string {
  return `.${filename}.new.`;
}

function claimName(filename: string, number: number): string {
  return `.${filename}.rotating.${number}`;
}

function confirmed(dir: string, filename: string, mine: Found): Claim | null {
  const all = claimsIn(dir, filename);
  const isMine = (claim: Found): boolean => claim.owner?.nonce === mine.owner?.nonce;
  const others = all.filter((claim) => !isMine(claim));
  const path = join(dir, mine.name);
  const isHeld = (): boolean => readOwner(path)?.owner?.nonce === mine.owner?.nonce;
  if (!all.some(isMine)) return null;
  if (others.some((claim) => isLive(claim, mine.madeAt))) {
    unlinkQuietly(path);
    return null;
  }
  return {
    isHeld,
    release: () => {
      if (!isHeld()) return;
      for (const dead of others) unlinkQuietly(join(dir, dead.name));
      unlinkQuietly(path);
    },
  };
}

function claimsIn(dir: string, filename: string): Found[] {
  const prefix = claimName(filename, 0).slice(0, -1);
  return readdirSync(dir).flatMap((name) => {
    if (!name.startsWith(prefix) || !/^[1-9]\d{0,8}$/.test(name.slice(prefix.length))) return [];
    const read = readOwner(join(dir, name));
    return read === null ? [] : [{ name, number: Number(name.slice(prefix.length)), ...read }];
  });
}

/** null: not there (any more). Not followed when it is a link, and never waited for. */
function readOwner(path: string): Pick<Found, 'owner' | 'madeAt'> | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      return { owner: stat.isFile() ? parseOwner(readFileSync(fd, 'utf8')) : null, madeAt: stat.mtimeMs };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : { owner: null, madeAt: Number.POSITIVE_INFINITY };
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const owner: unknown = JSON.parse(text);
    const isOwner = owner !== null && typeof owner === 'object' && 'host' in owner && 'pid' in owner;
    return isOwner && Number.isInteger(owner.pid) ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

function isLive({ owner, madeAt }: Found, now: number): boolean {
  if (now - madeAt > LEFT_OVER_MS) return false;
  if (owner === null || owner.host !== thisHost()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
  return owner.start === null || startOf(owner.pid) === owner.start;
}

/** Containers may share a host name but then count their processes apart: the pid namespace belongs to the name. */
function thisHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
