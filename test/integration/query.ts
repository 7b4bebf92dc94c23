/**
 * One call of a query protocol (IAM, STS, CloudFormation, …), written out, where the service's client is no dependency:
 * the answer's XML. moto does not look at the signature, only whom it is for.
 */
export async function query(url: string, service: string, form: Readonly<Record<string, string>>): Promise<string> {
  const scope = `test/20250101/us-east-1/${service}/aws4_request`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${form.Action}: HTTP ${response.status} ${text}`);
  return text;
}

/** The text of the first element of that name. */
export function elementOf(xml: string, name: string): string {
  const [, text] = new RegExp(`<${name}>(.+?)</${name}>`, 's').exec(xml) ?? [];
  if (text === undefined) throw new Error(`no ${name} in ${xml}`);
  return text;
}

/** The same of a JSON protocol (Logs, Events, …): the answer's object. */
export async function call(url: string, service: string, target: string, body: object): Promise<object> {
  const scope = `test/20250101/us-east-1/${service}/aws4_request`;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: HTTP ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
