import { ACCOUNT, type Json, REGION } from './templates.js';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The template's value as CloudFormation would fill it in: names where they are given, else the logical id. */
export function resolved(template: Json, value: Json, account = ACCOUNT): Json {
  if (Array.isArray(value)) return value.map((item) => resolved(template, item, account));
  if (typeof value !== 'object' || value === null) return value;
  const of = (part: Json) => resolved(template, part, account);
  const nameOf = (id: string) => {
    const { TableName, LogGroupName, ClusterName, QueueName, BucketName } = template.Resources[id]?.Properties ?? {};
    return of(TableName ?? LogGroupName ?? ClusterName ?? QueueName ?? BucketName ?? id);
  };
  if ('Ref' in value) return value.Ref === 'AWS::AccountId' ? account : (PSEUDO[value.Ref] ?? nameOf(value.Ref));
  if ('Fn::Join' in value) return of(value['Fn::Join'][1]).join(value['Fn::Join'][0]);
  if ('Fn::GetAtt' in value) {
    const [id, attribute] = value['Fn::GetAtt'];
    const [, service, kind] = String(template.Resources[id]?.Type).toLowerCase().split('::');
    if (attribute === 'Arn' && service === 's3') return `arn:aws:s3:::${nameOf(id)}`;
    return attribute === 'Arn' ? `arn:aws:${service}:${REGION}:${account}:${kind}/${nameOf(id)}` : `${id}.${attribute}`;
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, of(part)]));
}
