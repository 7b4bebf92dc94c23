import type { Relation } from '../contract/record.js';
import type { ErrorClass, UnitOrigin, UnitStatus } from '../contract/statuses.js';

/** The region of what belongs to the account as a whole. */
export const GLOBAL_REGION = 'global';

export const SERVICES = ['EC2', 'RDS', 'S3', 'Lambda'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Whose credentials these are. `partition` is `aws`, `aws-cn`, `aws-us-gov` …. Source: STS GetCallerIdentity. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  readonly partition: string;
}

/** What one lease protects and one manifest covers. `region` may be `global`. */
export interface Scope {
  readonly tenant: string;
  readonly accountId: string;
  readonly region: string;
}

/** What `normalize` needs to know besides the item itself. */
export interface Place extends Identity {
  readonly region: string;
}

/** What a row's `normalize` makes of one item; core adds what is the same for all resources. */
export interface Draft {
  readonly id: string;
  readonly arn: string | null;
  readonly name: string | null;
  readonly state: string | null;
  readonly createdAt: Date | string | null;
  /** null: could not be read. */
  readonly tags: Readonly<Record<string, string>> | null;
  readonly relations: readonly Relation[];
  readonly properties: object;
  /** Only where a resource is not in its unit's region: a bucket. */
  readonly region?: string;
}

/** The part of a resource type's row that core needs. The rest, how to list it, is the source's affair. */
export interface ResourceType {
  /** CloudFormation type name, or one in the same style. */
  readonly type: string;
  readonly service: ServiceName;
  readonly scope: 'regional' | 'global';
  /** The one whose count stands for its service in `results`. */
  readonly principal: boolean;
  /** IAM actions that a full read needs. */
  readonly actions: readonly string[];
  /** How many further calls each resource costs. */
  readonly callsPerResource: number;
  /** Pure. Throws `InvalidItem` when a required field is missing. */
  normalize(item: unknown, place: Place): Draft;
  /** Property paths (`State.Code`) that change by themselves and stay outside `content_hash`. */
  readonly volatile: readonly string[];
  /**
   * Property paths of lists whose order means nothing, without indexes, each with the lists below it. Of any other list
   * another order is told as a change.
   */
  readonly unordered: readonly string[];
}

/** One resource type in one region of one account: the smallest thing that succeeds, fails, is cached, is retried. */
export interface Unit {
  readonly resourceType: ResourceType;
  /** The region of the scope: `global` for what belongs to the account. */
  readonly region: string;
}

/** What went wrong with a call, as the ledger keeps it. `status` is what the unit becomes if nothing saves it. */
export interface Problem {
  readonly status: Exclude<UnitStatus, 'complete' | 'partial'>;
  readonly class: ErrorClass;
  /** AWS's own error code where there is one. */
  readonly code: string;
  readonly message: string;
  /** How often the call was tried. */
  readonly attempts: number;
  /** Where it came from, redacted and of bounded length; none where nothing was thrown. */
  readonly stack?: string | null;
}

/** A detail of a resource that could be listed, and why the detail could not be read. */
export interface UnreadDetail {
  readonly part: string;
  readonly problem: Problem;
}

/** One raw item of a page with what could not be read of it. An item that is gone by now is left out by the source. */
export interface ListedItem {
  readonly item: unknown;
  readonly unread: readonly UnreadDetail[];
}

/** One unit being read. `pages` may be iterated once; the counters may be read at any time. */
export interface Reading {
  pages(): AsyncIterable<readonly ListedItem[]>;
  /** Requests sent, retries included, and how many of them were throttled. */
  calls(): { readonly sent: number; readonly throttled: number };
}

/** Port: where resources are read from. Adapter: `aws/source.ts`. */
export interface Source {
  /** Throws; `classify` says what it means. */
  identify(signal: AbortSignal): Promise<Identity>;
  read(unit: Unit, identity: Identity, signal: AbortSignal): Reading;
  /** The one place that says what an error of a call means. */
  classify(error: unknown): Problem;
  close(): void;
}

/** A part of the unit's resources that could not be read: one row per part and reason. */
export interface LedgerUnread {
  readonly part: string;
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  readonly resource_ids: readonly string[];
}

export interface LedgerError {
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly stack: string | null;
  /** Only where the row tells of another run, the one that read its records: what the unit became in the run that failed. */
  readonly failed?: FailedRun | undefined;
}

/** The run that an error is of, where that is not the run of the row. */
export interface FailedRun {
  readonly run_id: string;
  readonly status: UnitStatus;
  /** ISO 8601. */
  readonly at: string;
}

/** A unit's row in the manifest. Times are ISO 8601; `bytes` and `sha256` (hex) are of the stored .gz. */
export interface LedgerUnit {
  readonly resource_type: string;
  readonly status: UnitStatus;
  readonly origin: UnitOrigin;
  /** The run that read the records. */
  readonly run_id: string;
  /** null: not known. */
  readonly count: number | null;
  readonly bytes: number | null;
  /** Key of the unit file in the store, null when there is none. */
  readonly file: string | null;
  readonly sha256: string | null;
  readonly api_calls: number;
  readonly started_at: string;
  readonly finished_at: string;
  /** Why it is not complete; of a carried unit, why this run could not read it anew. */
  readonly error: LedgerError | null;
  readonly unread: readonly LedgerUnread[];
  /** Listed in `accepted_gaps`. */
  readonly accepted: boolean;
}

/** The ledger of one scope on one day, create-only under its fencing token; the highest token is the truth. */
export interface Manifest {
  readonly schema_version: number;
  readonly tenant: string;
  readonly account_id: string;
  readonly region: string;
  readonly date: string;
  readonly fencing_token: number;
  readonly run_id: string;
  readonly committed_at: string;
  readonly units: readonly LedgerUnit[];
}

/** A gap that the team knows and accepts: it stays in the ledger but causes neither exit 3 nor an alarm. */
export interface AcceptedGap {
  readonly resource_type: string;
  readonly status: UnitStatus;
  readonly region?: string | undefined;
}
