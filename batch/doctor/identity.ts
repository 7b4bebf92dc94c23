import type { Identity, Problem, Source } from '../core/model.js';
import { credentialsCode } from '../core/run-outcome.js';
import { bad, type Check, type CheckContext, good, untried } from './check.js';
import { inTime } from './in-time.js';
import type { Observed } from './probe-clients.js';
import { remedyOf } from './remedy.js';

/** AWS refuses signatures that are older or newer than this. */
const TOLERATED_MS = 5 * 60 * 1000;

/** A region of each partition that is on in every account, by the beginning of its regions' names. */
const HOME_REGIONS = [
  ['cn-', 'cn-north-1'],
  ['us-gov-', 'us-gov-west-1'],
  ['us-iso-', 'us-iso-east-1'],
  ['us-isob-', 'us-isob-east-1'],
  ['us-isof-', 'us-isof-south-1'],
  ['eu-isoe-', 'eu-isoe-west-1'],
  ['eusc-', 'eusc-de-east-1'],
  ['', 'us-east-1'],
] as const;

export const STS = 'sts:GetCallerIdentity';

export interface IdentityResult {
  readonly checks: readonly Check[];
  /** Whose credentials these are; null: not known. */
  readonly identity: Identity | null;
  /** The check that keeps the services of the region from being asked; null: they can be. */
  readonly obstacle: 'credentials' | 'identity' | 'region_enabled' | null;
}

type Answer = { readonly identity: Identity } | { readonly problem: Problem };

/**
 * Asks STS who this is: in the region, as a run does, and where that refuses the credentials, in one that is never off.
 * A region that is off knows no key at all, and says so in the same words as to a key that is wrong.
 */
export async function examineIdentity(
  context: CheckContext,
  sourceOf: (region: string) => Source,
  region: string,
  observed: Observed,
): Promise<IdentityResult> {
  const { say } = context;
  const here = await ask(sourceOf(region), context);
  if ('identity' in here) {
    const enabled = good('region_enabled', region, say('regionEnabled'));
    return { ...here, checks: [...known(here.identity, context), enabled, clock(context, observed)], obstacle: null };
  }
  const home = HOME_REGIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? region;
  const doubtful = here.problem.code === 'INVALID_CREDENTIALS' && region !== home;
  const there = doubtful ? await ask(sourceOf(home), context) : here;
  if ('identity' in there) {
    const detail = say('regionDisabled', { home, message: here.problem.message });
    const disabled = bad('region_enabled', region, detail, say('remedyRegion', { region }));
    const checks = [...known(there.identity, context), disabled, clock(context, observed)];
    return { ...there, checks, obstacle: 'region_enabled' };
  }
  // What the other region has to say counts only where it is about the credentials.
  const problem = credentialsCode(there.problem.code) === null ? here.problem : there.problem;
  return unknown(context, region, problem, observed);
}

async function ask(source: Source, { config, signal }: CheckContext): Promise<Answer> {
  try {
    return { identity: await inTime(config.calls, signal, (given) => source.identify(given)) };
  } catch (error) {
    signal.throwIfAborted();
    return { problem: source.classify(error) };
  }
}

function known({ accountId, arn }: Identity, { config, say }: CheckContext): Check[] {
  return [
    good('credentials', credentialsName(config.run.profile), say('credentialsAccepted')),
    good('identity', STS, say('identity', { account_id: accountId, arn })),
  ];
}

/** Either the credentials are no good, or nobody could say whose they are. */
function unknown(context: CheckContext, region: string, problem: Problem, observed: Observed): IdentityResult {
  const { config, say } = context;
  const { code, message } = problem;
  const target = credentialsName(config.run.profile);
  const detail = say('failed', { code, message });
  const obstacle = credentialsCode(code) === null ? 'identity' : 'credentials';
  const see = say('seeCheck', { check: obstacle });
  const remedy = code === 'NO_CREDENTIALS' ? say('remedyNoCredentials') : remedyOf(problem, STS, '', say);
  const found = observed.sent ? good('credentials', target, say('credentialsFound')) : null;
  const checks = [
    ...(obstacle === 'credentials'
      ? [bad('credentials', target, detail, remedy), untried('identity', STS, see)]
      : [found ?? untried('credentials', target, see), bad('identity', STS, detail, remedy)]),
    untried('region_enabled', region, see),
    clock(context, observed),
  ];
  return { checks, identity: null, obstacle };
}

export function credentialsName(profile: string | null): string {
  return profile ?? '(default chain)';
}

/** By the `Date` of the answer, also of one that refuses: a wrong clock is among the reasons for that. */
function clock({ say }: CheckContext, { aheadMs }: Observed): Check {
  if (aheadMs === null) return untried('clock', 'STS', say('noDate'));
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const detail = seconds < 2 ? say('clockRight') : say(aheadMs > 0 ? 'clockAhead' : 'clockBehind', { seconds });
  return Math.abs(aheadMs) > TOLERATED_MS
    ? bad('clock', 'STS', detail, say('remedyClock'))
    : good('clock', 'STS', detail);
}
