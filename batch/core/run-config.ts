import type { AcceptedGap, ServiceName } from './model.js';

/** What a run is told; everything else of the configuration is for its surroundings. */
export interface RunConfig {
  readonly runId: string;
  readonly services: readonly ServiceName[];
  /** Of a redrive: only these resource types, each with the fencing token that its last failure stands under. */
  readonly failures?: ReadonlyMap<string, number>;
  readonly region: string;
  readonly profile: string | null;
  readonly tenant: string;
  /** `YYYY-MM-DD`. */
  readonly targetDate: string;
  /** Services at once. */
  readonly concurrency: number;
  /** Reuse nothing. */
  readonly clearCache: boolean;
  /** Hours that a unit's result is reused; 0: never. */
  readonly cacheTtlHours: number;
  /** The schedule slot: what was read before it is not reused. */
  readonly scheduledAt: Date | null;
  /** The deadline, in seconds. */
  readonly timeoutSeconds: number;
  readonly acceptedGaps: readonly AcceptedGap[];
  /** Take over the lease of a living duplicate. */
  readonly force: boolean;
  /** What a duplicate run ends as: exit 4, or exit 0 and `skipped`. */
  readonly ifLocked: 'fail' | 'skip';
}
