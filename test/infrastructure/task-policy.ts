import type { Allow } from '../sandbox/iam.js';
import { resolved } from './resolved.js';
import { type Context, onlyOf, statementsOf, synthesize } from './templates.js';

/** The synthesized policy of the task role, as it stands in that account. */
export function taskPolicy(account: string, context?: Context): readonly Allow[] {
  const { template } = synthesize(context);
  return resolved(template, statementsOf(template, onlyOf(template, 'AWS::IAM::Role', 'BatchTaskRole')[0]), account);
}

/** What of the policy the sandbox can judge: its calls for reading and for the lease. The others are shown on moto. */
export const readingOnly = (policy: readonly Allow[]): readonly Allow[] =>
  policy.filter(({ Sid }) => Sid === 'Collect' || Sid === 'Lease');

export const actionsOf = (policy: readonly Allow[]): string[] => policy.flatMap(({ Action }) => Action).sort();

/** The policy with one action taken away. */
export function without(action: string, policy: readonly Allow[]): readonly Allow[] {
  return policy.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((name) => name !== action),
  }));
}
