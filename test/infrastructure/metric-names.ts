import type { TestContext } from 'vitest';
import { openPlace } from '../cli/place.js';
import type { ProgramEnd } from '../program.js';

/** A metric as CloudWatch tells them apart: `namespace name dimension=…`; a value of `*` stands for any. */
export function metricKey(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  return [namespace, name, ...pairs.sort()].join(' ');
}

/** The metrics that CloudWatch makes of what a run of the built program writes in the container. */
export async function metricsOfARun(test: TestContext): Promise<Set<string>> {
  const place = await openPlace(test);
  const { metrics } = await place.collect([], { BATCH_RUN_TYPE: 'ecs' });
  return emittedMetrics(metrics);
}

/** Source: "Embedded metric format specification", Amazon CloudWatch. */
function emittedMetrics(lines: ProgramEnd['log']): Set<string> {
  return new Set(
    lines.flatMap((line) =>
      line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: EmbeddedDirective) =>
        Dimensions.flatMap((keys) => {
          const dimensions = Object.fromEntries(keys.map((key) => [key, String(line[key])]));
          return Metrics.map(({ Name }) => metricKey(Namespace, Name, dimensions));
        }),
      ),
    ),
  );
}

interface EmbeddedDirective {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}
