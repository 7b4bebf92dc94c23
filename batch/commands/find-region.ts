import type { Config } from '../config/config.js';
import { OPTIONS } from '../config/option-table.js';
import type { Problem } from '../config/problems.js';
import { profileRegion } from '../config/profile-region.js';
import type { Lang } from '../contract/text.js';
import type { ResultDocument, RunOutcome } from '../core/result.js';
import { failureOutcome, usageOutcome } from './outcome.js';

/** `problems` is empty where there is no region at all. */
type Found = { readonly region: string } | { readonly problems: readonly Problem[] };

/** The region that was given, or the profile's; the latter was written by somebody else and is checked as well. */
export async function findRegion({ region, run }: Config): Promise<Found> {
  if (region !== null) return { region };
  const value = await profileRegion(run.profile);
  if (value === null) return { problems: [] };
  const { schema, accepts } = OPTIONS.region;
  if (schema.safeParse(value).success) return { region: value };
  const option = `region (--profile ${run.profile ?? 'default'})`;
  return { problems: [{ kind: 'value', option, value, accepts }] };
}

/** How a command ends that has no region, or one with these problems. */
export function regionOutcome(
  problems: readonly Problem[],
  lang: Lang,
  head: Pick<ResultDocument, 'services' | 'region' | 'run_id'>,
): RunOutcome {
  return problems.length === 0 ? failureOutcome('NO_REGION', {}, lang, head) : usageOutcome(problems, lang, head);
}
