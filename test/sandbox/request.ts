import type { IncomingHttpHeaders } from 'node:http';
import { ROUTES, S3_BUCKET_CALLS } from './operations.js';
import type { ServiceName } from './protocols.js';

export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request once it is known what it asks for. */
export interface SandboxRequest {
  readonly service: ServiceName;
  readonly region: string;
  /** As IAM writes it: `ec2:DescribeInstances`. S3 keeps the name of the call (`s3:ListBuckets`). */
  readonly operation: string;
  /** Under the names of the wire: form fields, query parameters or the JSON body. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly bucket?: string;
  /** Bucket name, ARN or table name: what `resource` of a fault rule is compared with. */
  readonly resource?: string;
  readonly raw: RawRequest;
}

/** The signature is not checked (any key will do), but its scope is what names service and region, as on AWS. */
const SCOPE = /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;
const SERVICES: ReadonlySet<string> = new Set([
  'sts',
  'ec2',
  'rds',
  's3',
  'lambda',
  'dynamodb',
] satisfies ServiceName[]);

/** Null when the request is unsigned or signed for a service that is not here. */
export function parseRequest(raw: RawRequest): SandboxRequest | null {
  const target = String(raw.headers['x-amz-target'] ?? '');
  const [, region = '', service = ''] = SCOPE.exec(raw.headers.authorization ?? '') ?? [];
  if (target.startsWith('DynamoDB_')) return dynamodb(raw, region, target);
  if (!SERVICES.has(service)) return null;
  const url = new URL(raw.url, 'http://sandbox');
  switch (service) {
    case 's3':
      return s3(raw, region, url);
    case 'lambda':
      return lambda(raw, region, url);
    default: {
      const form = {
        ...Object.fromEntries(url.searchParams),
        ...Object.fromEntries(new URLSearchParams(raw.body.toString())),
      };
      const { Action = 'Unknown', Version, ...params } = form;
      const resource = params.ResourceName;
      return {
        service: service as ServiceName,
        region,
        operation: `${service}:${Action}`,
        params,
        ...(resource && { resource }),
        raw,
      };
    }
  }
}

function dynamodb(raw: RawRequest, region: string, target: string): SandboxRequest {
  let params: Record<string, unknown> = {};
  try {
    params = JSON.parse(raw.body.toString()) as Record<string, unknown>;
  } catch {
    // dynalite answers malformed bodies itself
  }
  const resource = typeof params.TableName === 'string' ? params.TableName : '';
  const operation = `dynamodb:${target.split('.')[1] ?? ''}`;
  return { service: 'dynamodb', region, operation, params, ...(resource && { resource }), raw };
}

function s3(raw: RawRequest, region: string, url: URL): SandboxRequest {
  const { 'x-id': _, ...params } = Object.fromEntries(url.searchParams);
  const [bucket = '', key = ''] = url.pathname.slice(1).split('/', 2).map(decodeURIComponent);
  const call = bucket === '' ? 'ListBuckets' : S3_BUCKET_CALLS.find((name) => url.searchParams.has(name.query))?.name;
  const known = raw.method === 'GET' && key === '' ? call : undefined;
  return {
    service: 's3',
    region,
    operation: `s3:${known ?? `${raw.method} ${url.pathname}`}`,
    params,
    ...(bucket && { bucket, resource: bucket }),
    raw,
  };
}

function lambda(raw: RawRequest, region: string, url: URL): SandboxRequest {
  const params = Object.fromEntries(url.searchParams);
  for (const route of ROUTES) {
    const match = route.method === raw.method ? route.path.exec(url.pathname) : null;
    if (!match) continue;
    const resource = match[1] === undefined ? '' : decodeURIComponent(match[1]);
    return { service: 'lambda', region, operation: route.name, params, ...(resource && { resource }), raw };
  }
  return { service: 'lambda', region, operation: `lambda:${raw.method} ${url.pathname}`, params, raw };
}
