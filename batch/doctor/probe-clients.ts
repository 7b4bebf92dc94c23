import { HttpResponse } from '@smithy/core/protocols';
import type { MiddlewareStack } from '@smithy/types';
import type { ClientFactory } from '../aws/clients.js';
import type { Clock } from '../core/ports.js';

/** The smallest page that every list call of the catalog accepts (RDS takes no fewer). */
const SMALL_PAGE = 20;
/** How the services call the size of a page. */
const SIZES = ['MaxResults', 'MaxRecords', 'MaxItems', 'MaxBuckets'] as const;

/** What was seen of the calls made so far. */
export interface Observed {
  /** A request went out, so there are credentials: nothing is sent unsigned. */
  sent: boolean;
  /** How far this host's clock is ahead of AWS's, in milliseconds, by the first answer; null: no answer with a `Date`. */
  aheadMs: number | null;
}

/** The same clients, asking for small pages, with an eye on what comes back. */
export function probeClients(clients: ClientFactory, clock: Pick<Clock, 'now'>, observed: Observed): ClientFactory {
  return {
    ...clients,
    create(Client, region, meter) {
      const client = clients.create(Client, region, meter);
      const stack = client.middlewareStack as unknown as MiddlewareStack<Record<string, unknown>, object>;
      stack.add((next) => (args) => next({ ...args, input: withSmallPage(args.input) }), {
        name: 'smallPage',
        step: 'initialize',
      });
      stack.add(
        (next) => async (args) => {
          observed.sent = true;
          const result = await next(args);
          if (HttpResponse.isInstance(result.response)) {
            observed.aheadMs ??= aheadOf(result.response.headers.date, clock.now());
          }
          return result;
        },
        { name: 'observed', step: 'deserialize', priority: 'low' },
      );
      return client;
    },
  };
}

function withSmallPage(input: Record<string, unknown>): Record<string, unknown> {
  const asked = SIZES.filter((name) => typeof input[name] === 'number');
  return { ...input, ...Object.fromEntries(asked.map((name) => [name, Math.min(Number(input[name]), SMALL_PAGE)])) };
}

/** `Date` has whole seconds, cut off: on average half of one has passed. */
function aheadOf(date: string | undefined, now: Date): number | null {
  const theirs = Date.parse(date ?? '') + 500;
  return Number.isNaN(theirs) ? null : now.getTime() - theirs;
}
