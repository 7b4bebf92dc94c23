import type { Problem } from '../core/model.js';
import type { Say } from './check.js';

/** What kind of trouble a call is in: each has a remedy of its own. */
type Trouble = 'Denied' | 'Passing' | 'Credentials' | 'Refused' | 'Foreign' | 'Network' | 'Other';

/** Node's codes of a connection that did not come about: `ENOTFOUND`, `EAI_AGAIN`, and those of TLS. */
const NO_CONNECTION = /^(E[A-Z_]+|CALL_TIMEOUT|ERR_(TLS|SSL)_.*|.*(CERT|ISSUER|CHAIN|SIGNATURE_FAILURE).*)$/;

export function troubleOf({ status, class: kind, code }: Problem): Trouble {
  if (status === 'denied') return 'Denied';
  if (kind === 'fatal') return 'Credentials';
  if (code === 'INVALID_CREDENTIALS') return 'Refused';
  if (code === 'INVALID_RESPONSE') return 'Foreign';
  if (status !== 'throttled' && NO_CONNECTION.test(code)) return 'Network';
  return kind === 'transient' ? 'Passing' : 'Other';
}

/** What to do about a call that failed. `action` is the IAM action that it needs, `arn` whose call it was. */
export function remedyOf(problem: Problem, action: string, arn: string, say: Say): string {
  return say(`remedy${troubleOf(problem)}`, { action, principal: principalOf(arn) });
}

/** Policies belong to the role, not to the session that took it on. Its path is not in the ARN: the name has to do. */
function principalOf(arn: string): string {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return role === undefined ? arn : `role ${role}`;
}
