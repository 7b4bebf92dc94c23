import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { INFRASTRUCTURE } from '../../batch/contract/infrastructure.js';
import { InventoryStack } from '../../lib/inventory-stack.js';
import { readSettings } from '../../lib/settings.js';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** The stack under these settings, with a ready image: there is no Docker here. */
export function stackOf(settings: Readonly<Record<string, unknown>> = {}): InventoryStack {
  const imageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/arv:1.0`;
  return new InventoryStack(new App(), INFRASTRUCTURE.stack, { settings: readSettings({ imageUri, ...settings }) });
}

export function synthesized(settings: Readonly<Record<string, unknown>> = {}): Template {
  return Template.fromStack(stackOf(settings));
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into it freely.
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
}

/** The resources of one type by their logical ids. */
export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as unknown as Record<string, Resource>;
}

/** What CloudFormation would make of a value: the pseudo parameters, `Fn::Join`, and the names and ARNs it needs. */
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any form.
export function resolved(value: unknown, template: Template): any {
  if (Array.isArray(value)) return value.map((item) => resolved(item, template));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && (name === 'Ref' || name?.startsWith('Fn::'))) return call(name, argument, template);
  return Object.fromEntries(entries.map(([key, item]) => [key, resolved(item, template)]));
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${INFRASTRUCTURE.stack}/0`,
};

function call(name: string, argument: unknown, template: Template): string {
  if (name === 'Ref') return PSEUDO[argument as string] ?? (argument as string);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => resolved(part, template)).join(separator);
  }
  if (name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string];
    const resource = (template.toJSON().Resources as Record<string, Resource>)[id];
    if (resource?.Type === 'AWS::ECS::Cluster') {
      return `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${resource.Properties.ClusterName}`;
    }
    if (resource?.Type === 'AWS::CloudWatch::Alarm') {
      return `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${resource.Properties.AlarmName}`;
    }
    return `${id}.${attribute}`;
  }
  throw new Error(`${name} is not known here`);
}
