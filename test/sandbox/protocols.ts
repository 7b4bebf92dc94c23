import { randomUUID } from 'node:crypto';
import type { DescribeVpcs$ } from '@aws-sdk/client-ec2';
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { JsonCodec2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';

/** An operation as the SDK's clients export it: `[9, namespace, name, traits, input, output]`. */
export type OperationSchema = typeof DescribeVpcs$;

export type ServiceName = 'sts' | 'ec2' | 'rds' | 's3' | 'lambda' | 'dynamodb';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** An expected refusal: thrown by the operations, written in the form of the service's protocol. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Further elements of the error, e.g. `BucketName`. */
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

const XML_NAMESPACES: Record<Exclude<ServiceName, 'lambda' | 'dynamodb'>, string> = {
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  rds: 'http://rds.amazonaws.com/doc/2014-10-31/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  s3: 'http://s3.amazonaws.com/doc/2006-03-01/',
};
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

const xml = new XmlShapeSerializer({
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: true,
  serviceNamespace: '',
} as never);
const json = new JsonCodec2({
  timestampFormat: { useTrait: true, default: 7 },
  httpBindings: true,
  jsonName: true,
}).createSerializer();

function writeXml(schema: NormalizedSchema, value: unknown): string {
  xml.write(schema, value);
  return String(xml.flush());
}

function writeJson(schema: NormalizedSchema, value: unknown): string {
  json.write(schema, value);
  return new TextDecoder().decode(json.flush() as Uint8Array);
}

/** One item of an output's list, as the text that stands in the body. */
export function writeItem(service: ServiceName, operation: OperationSchema, member: string, item: unknown): string {
  const schema = NormalizedSchema.of(operation[5]).getMemberSchema(member).getValueSchema();
  return service === 'lambda' ? writeJson(schema, item) : writeXml(schema, item);
}

/** A page: the rest of the output by its schema, the items put in as ready text (so that a page of thousands is cheap). */
export function writePage(
  service: ServiceName,
  operation: OperationSchema,
  member: string,
  items: readonly string[],
  rest: Readonly<Record<string, unknown>>,
): Answer {
  const output = NormalizedSchema.of(operation[5]);
  if (service === 'lambda') {
    const members = Object.entries(rest).map(
      ([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`,
    );
    return answer(service, `{${JSON.stringify(member)}:[${items.join(',')}]${members.join('')}}`);
  }
  const list = output.getMemberSchema(member);
  const name = list.getMergedTraits().xmlName ?? list.getMemberName();
  // AWS sends the empty element for an empty list: leaving the placeholder as it is does the same.
  const shell = writeXml(output, { ...rest, [member]: [] });
  const filled = items.length === 0 ? shell : shell.replace(`<${name}/>`, () => `<${name}>${items.join('')}</${name}>`);
  return answer(service, envelope(service, operation, filled));
}

/** A whole output by its schema. */
export function writeOutput(service: ServiceName, operation: OperationSchema, value: Record<string, unknown>): Answer {
  const output = NormalizedSchema.of(operation[5]);
  if (service === 'lambda') return answer(service, writeJson(output, value));
  for (const [name, member] of output.structIterator()) {
    if (member.getMergedTraits().httpPayload)
      return answer(service, envelope(service, operation, writeXml(member, value[name])));
  }
  // S3 writes the only member of GetBucketLocation's output without a root around it (`s3UnwrappedXmlOutput` in the model).
  const struct = writeXml(output, value).replace(/^<(\w+)><\1>(.*)<\/\1><\/\1>$/, '<$1>$2</$1>');
  return answer(service, envelope(service, operation, struct));
}

function envelope(service: ServiceName, operation: OperationSchema, struct: string): string {
  const namespace = XML_NAMESPACES[service as keyof typeof XML_NAMESPACES];
  if (service === 's3') {
    return (
      XML_HEAD + struct.replace(/^<([\w:]+)(?: xmlns="[^"]*")?/, (_, root: string) => `<${root} xmlns="${namespace}"`)
    );
  }
  const inner = /^<[^>]*\/>$/.test(struct) ? '' : struct.slice(struct.indexOf('>') + 1, struct.lastIndexOf('</'));
  const name = operation[2];
  const id = randomUUID();
  return service === 'ec2'
    ? `${XML_HEAD}<${name}Response xmlns="${namespace}"><requestId>${id}</requestId>${inner}</${name}Response>`
    : `<${name}Response xmlns="${namespace}"><${name}Result>${inner}</${name}Result><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${name}Response>`;
}

export function answer(
  service: ServiceName,
  body: string | Buffer,
  status = 200,
  headers: Record<string, string> = {},
): Answer {
  const type = {
    s3: 'application/xml',
    ec2: 'text/xml;charset=UTF-8',
    lambda: 'application/json',
    dynamodb: 'application/x-amz-json-1.0',
  };
  const id = service === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid';
  const contentType = type[service as keyof typeof type] ?? 'text/xml';
  return { status, headers: { 'content-type': contentType, [id]: randomUUID(), ...headers }, body };
}

export function writeError(service: ServiceName, error: ApiError): Answer {
  const id = randomUUID();
  const { status, code, headers } = error;
  const message = escapeXml(error.message);
  const details = Object.entries(error.details).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  const forms: Record<ServiceName, () => string> = {
    ec2: () =>
      `${XML_HEAD}<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${id}</RequestID></Response>`,
    rds: () => query(XML_NAMESPACES.rds),
    sts: () => query(XML_NAMESPACES.sts),
    s3: () =>
      `${XML_HEAD}<Error><Code>${code}</Code><Message>${message}</Message>${details.join('')}<RequestId>${id}</RequestId><HostId>sandbox</HostId></Error>`,
    lambda: () =>
      JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: error.message, message: error.message }),
    dynamodb: () =>
      JSON.stringify({ __type: `com.amazon.coral.service#${code}`, Message: error.message, message: error.message }),
  };
  function query(namespace: string): string {
    const type = status < 500 ? 'Sender' : 'Receiver';
    return `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`;
  }
  return answer(service, forms[service](), status, {
    ...(service === 'lambda' && { 'x-amzn-errortype': code }),
    ...headers,
  });
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
