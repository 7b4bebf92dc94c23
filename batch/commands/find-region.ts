import type { Config } from '../config/config.js';
import { OPTIONS } from '../config/option-table.js';
import { describeProblem } from '../config/problems.js';
import { profileRegion } from '../config/profile-region.js';
import type { ErrorCode } from '../contract/errors.js';
import type { ErrorFields } from '../core/run-failure.js';

type Found = { readonly region: string } | { readonly code: ErrorCode; readonly fields: ErrorFields };

/** The region that was given, or the profile's; the latter was written by somebody else and is checked as well. */
export async function findRegion({ region, run, lang }: Config): Promise<Found> {
  if (region !== null) return { region };
  const value = await profileRegion(run.profile);
  if (value === null) return { code: 'NO_REGION', fields: {} };
  const { schema, accepts } = OPTIONS.region;
  if (schema.safeParse(value).success) return { region: value };
  const option = `region (--profile ${run.profile ?? 'default'})`;
  return { code: 'USAGE', fields: { problems: describeProblem({ kind: 'value', option, value, accepts }, lang) } };
}
