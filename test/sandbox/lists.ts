import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import type { BucketEstate, Estate, ResourceTypeName } from './estate.js';
import { renderer } from './generate.js';
import type { ListRow } from './operations.js';
import { type Answer, ApiError, writeItem, writePage } from './protocols.js';
import type { SandboxRequest } from './request.js';

export type Generate = Partial<Record<ResourceTypeName, number>>;
/** Where generated resources live. */
export const GENERATED_REGION = 'us-east-1';

export interface Served {
  readonly estate: Estate;
  readonly generate: Generate;
  /** Cap for all list calls; AWS too may give less than was asked for. */
  readonly pageSize: number;
}

/** What a fault changes in the pages. */
export type PageTwist = 'repeat-token' | 'duplicate' | undefined;

/** One page of a list call: the estate's own resources first, the generated ones after them. */
export function listPage(served: Served, request: SandboxRequest, row: ListRow, twist: PageTwist): Answer {
  refuseUnknown(row, request);
  const all = itemsOf(served, request.region, row.type).filter((item) =>
    selected(row, request, item, served.estate.accountId),
  );
  const total = all.length + (all.length > 0 ? generatedCount(served, request, row) : 0);
  const { from, end, next } = pageBounds(served, request, row, twist, total);

  const write = (item: object) => writeItem(row.service, row.operation, row.member, item);
  const items = present(row, request, served, all.slice(from, end)).map(write);
  if (end > all.length) {
    const first = all[0] as object;
    const one = renderer(row.type, first, (item) => present(row, request, served, [item]).map(write).join(''));
    for (let index = Math.max(0, from - all.length); index < end - all.length; index++) items.push(one(index));
  }
  const owner = { ID: createHash('sha256').update(served.estate.accountId).digest('hex') };
  return writePage(row.service, row.operation, row.member, items, {
    ...(row.service === 's3' && { Owner: owner }),
    ...(row.paging && { [row.paging.give]: next }),
  });
}

function generatedCount(served: Served, request: SandboxRequest, row: ListRow): number {
  return request.region === GENERATED_REGION || row.service === 's3' ? (served.generate[row.type] ?? 0) : 0;
}

function pageBounds(served: Served, request: SandboxRequest, row: ListRow, twist: PageTwist, total: number) {
  if (!row.paging) return { from: 0, end: total, next: undefined };
  const size = pageSize(row, request, served.pageSize);
  if (twist === 'repeat-token') return { from: 0, end: Math.min(size, total), next: encodeToken(size) };
  const token = request.params[row.paging.ask];
  const at = token === undefined ? 0 : decodeToken(row.service, String(token), total);
  const end = Math.min(at + size, total);
  const from = twist === 'duplicate' ? Math.max(0, at - 1) : at;
  return { from, end, next: end < total ? encodeToken(end) : undefined };
}

/** Unknown filters are refused rather than ignored: a silently wider answer would make a wrong reader pass. */
function refuseUnknown(row: ListRow, request: SandboxRequest): void {
  const known = [
    row.paging?.size,
    row.paging?.ask,
    ...Object.keys(row.filters ?? {}),
    ...(row.ignores ?? []),
    'DryRun',
  ];
  const unknown = Object.keys(request.params).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ApiError(
      501,
      'NotImplemented',
      `The sandbox does not serve ${unknown.join(', ')} of ${request.operation}`,
    );
  }
}

function selected(row: ListRow, request: SandboxRequest, item: object, accountId: string): boolean {
  return Object.entries(row.filters ?? {}).every(([name, filter]) => {
    const value = request.params[name];
    return value === undefined || filter(item as never, String(value), accountId);
  });
}

/** The form in which a list gives its items. */
function present(row: ListRow, request: SandboxRequest, served: Served, items: readonly object[]): object[] {
  if (row.type === 'AWS::EC2::Instance') return reservations(items as Instance[], served.estate.accountId);
  if (row.type !== 'AWS::S3::Bucket') return [...items];
  // S3 tells the region only when asked with at least one parameter.
  const withRegion = Object.keys(request.params).length > 0;
  return (items as BucketEstate[]).map(({ Name, CreationDate, region }) => ({
    Name,
    CreationDate,
    ...(withRegion && { BucketRegion: region }),
  }));
}

/** Instances launched together share a reservation. */
function reservations(instances: readonly Instance[], accountId: string): object[] {
  const groups: Instance[][] = [];
  for (const instance of instances) {
    const group = groups.at(-1);
    if (group?.[0]?.LaunchTime?.getTime() === instance.LaunchTime?.getTime()) group?.push(instance);
    else groups.push([instance]);
  }
  return groups.map((group) => {
    const hash = createHash('sha256')
      .update(group[0]?.InstanceId ?? '')
      .digest('hex');
    return { ReservationId: `r-0${hash.slice(0, 16)}`, OwnerId: accountId, Instances: group };
  });
}

function pageSize(row: ListRow, request: SandboxRequest, cap: number): number {
  const { size, min, max, page: most } = row.paging as NonNullable<ListRow['paging']>;
  const asked = request.params[size];
  if (asked === undefined) return Math.min(most, cap);
  const wanted = Number(asked);
  if (Number.isInteger(wanted) && wanted >= min && wanted <= max) return Math.min(wanted, most, cap);
  switch (row.service) {
    case 'ec2': {
      const bound = wanted < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
      throw new ApiError(
        400,
        'InvalidParameterValue',
        `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value ${bound}.`,
      );
    }
    case 'rds':
      throw new ApiError(
        400,
        'InvalidParameterValue',
        `Invalid value ${asked} for MaxRecords. Must be between ${min} and ${max}`,
      );
    case 's3':
      throw new ApiError(400, 'InvalidArgument', `Argument max-buckets must be an integer between ${min} and ${max}`);
    default:
      throw new ApiError(
        400,
        'ValidationException',
        `1 validation error detected: Value '${asked}' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
      );
  }
}

/** Opaque, and with characters (`+`, `/`, `=`) that a careless caller forgets to escape. */
function encodeToken(at: number): string {
  return Buffer.from(`\u{fbff}>>?${at}`).toString('base64');
}

function decodeToken(service: string, token: string, total: number): number {
  const at = Number(/>>\?(\d+)$/.exec(Buffer.from(token, 'base64').toString())?.[1] ?? Number.NaN);
  if (encodeToken(at) === token && at <= total) return at;
  if (service === 's3') throw new ApiError(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  throw new ApiError(
    400,
    service === 'lambda' ? 'InvalidParameterValueException' : 'InvalidParameterValue',
    'Invalid token',
  );
}

export function itemsOf(served: Served, region: string, type: ResourceTypeName): readonly object[] {
  return type === 'AWS::S3::Bucket' ? served.estate.buckets : (served.estate.regions[region]?.resources[type] ?? []);
}
