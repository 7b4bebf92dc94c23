import type * as Lambda from '@aws-sdk/client-lambda';
import { required } from '../core/invalid-item.js';
import { InvalidResponse } from '../core/invalid-response.js';
import type { CatalogRow, Detail, ServiceAccess } from './define.js';
import { rowsOf } from './define.js';
import { propertiesOf, relations } from './fields.js';
import { pages } from './pages.js';
import type { Client, Sdk } from './sdks.js';

type Access = ServiceAccess<Sdk<'Lambda'>, Client<'Lambda'>>;
const row = rowsOf<Access>('Lambda');
const paging = (access: Access, pageSize: number) => ({ client: access.client(), pageSize });

interface Tagged {
  Tags: Record<string, string> | null;
}

function tagsByCall<Item>(arnOf: (item: Item) => string | undefined): Detail<Access, Item & Tagged> {
  return {
    part: 'Tags',
    action: 'lambda:ListTags',
    read: async (aws, item) => {
      const command = new aws.sdk.ListTagsCommand({ Resource: required(arnOf(item), 'ARN') });
      const { Tags } = await aws.client().send(command, aws.options);
      // Always there, empty or not: see `listed`.
      if (typeof Tags !== 'object') throw new InvalidResponse('the answer has no tags', 200, false);
      return Tags;
    },
  };
}

/**
 * Only the names of environment variables are kept: their values are where people put passwords. AWS sends an error in
 * their place when it may not decrypt them; that is not the same as none. No call of its own.
 */
const ENVIRONMENT: Detail<Access, Lambda.FunctionConfiguration> = {
  part: 'Environment',
  action: 'lambda:ListFunctions',
  read: async (_aws, { Environment }) => {
    if (Environment?.Error !== undefined) {
      const { ErrorCode, Message } = Environment.Error;
      throw Object.assign(new Error(Message ?? 'not decrypted'), { name: ErrorCode ?? 'EnvironmentError' });
    }
    return Environment === undefined ? null : { Variables: Object.keys(Environment.Variables ?? {}).sort() };
  },
};

export const LAMBDA_ROWS: readonly CatalogRow[] = [
  row({
    type: 'AWS::Lambda::Function',
    principal: true,
    actions: ['lambda:ListFunctions'],
    list: (aws) => pages(aws.sdk.paginateListFunctions(paging(aws, 50), {}, aws.options), (page) => page.Functions),
    details: [tagsByCall<Lambda.FunctionConfiguration>((item) => item.FunctionArn), ENVIRONMENT],
    gone: ['ResourceNotFoundException'],
    normalize: ({ Tags, ...item }: Lambda.FunctionConfiguration & Tagged) => {
      const id = required(item.FunctionName, 'FunctionName');
      return {
        id,
        arn: item.FunctionArn ?? null,
        name: id,
        // ListFunctions does not tell the state of a function.
        state: item.State ?? null,
        // AWS keeps no creation time of a function, only that of its last change.
        createdAt: null,
        tags: Tags,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcConfig?.VpcId]],
          ['in', 'AWS::EC2::Subnet', item.VpcConfig?.SubnetIds ?? []],
          ['uses', 'AWS::EC2::SecurityGroup', item.VpcConfig?.SecurityGroupIds ?? []],
          ['uses', 'AWS::IAM::Role', [item.Role]],
          ['uses', 'AWS::Lambda::LayerVersion', (item.Layers ?? []).map((layer) => layer.Arn)],
        ),
        properties: item,
      };
    },
    unordered: ['VpcConfig.SecurityGroupIds', 'VpcConfig.SubnetIds'],
  }),
  row({
    type: 'AWS::Lambda::LayerVersion',
    actions: ['lambda:ListLayers'],
    list: (aws) => pages(aws.sdk.paginateListLayers(paging(aws, 50), {}, aws.options), (page) => page.Layers),
    normalize: (item: Lambda.LayersListItem) => {
      const latest = required(item.LatestMatchingVersion, 'LatestMatchingVersion');
      const id = required(latest.LayerVersionArn, 'LatestMatchingVersion.LayerVersionArn');
      return {
        id,
        arn: id,
        name: item.LayerName ?? null,
        state: null,
        createdAt: latest.CreatedDate ?? null,
        // Layers cannot be tagged.
        tags: {},
        relations: [],
        properties: { LayerName: item.LayerName, LayerArn: item.LayerArn, ...latest },
      };
    },
    unordered: ['CompatibleArchitectures', 'CompatibleRuntimes'],
  }),
  row({
    type: 'AWS::Lambda::EventSourceMapping',
    actions: ['lambda:ListEventSourceMappings'],
    list: (aws) =>
      pages(
        aws.sdk.paginateListEventSourceMappings(paging(aws, 100), {}, aws.options),
        (page) => page.EventSourceMappings,
      ),
    details: [tagsByCall<Lambda.EventSourceMappingConfiguration>((item) => item.EventSourceMappingArn)],
    gone: ['ResourceNotFoundException'],
    normalize: (item: Lambda.EventSourceMappingConfiguration & Tagged) => {
      const id = required(item.UUID, 'UUID');
      const fn = item.FunctionArn?.split(':')[6];
      return {
        id,
        arn: item.EventSourceMappingArn ?? null,
        name: null,
        state: item.State ?? null,
        createdAt: null,
        tags: item.Tags,
        relations: relations(['attached_to', 'AWS::Lambda::Function', [fn]]),
        properties: propertiesOf(item, 'Tags'),
      };
    },
    volatile: ['LastProcessingResult'],
    unordered: [
      ...['AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig', 'FilterCriteria.Filters'],
      ...['FunctionResponseTypes', 'MetricsConfig.Metrics', 'SelfManagedEventSource.Endpoints'],
      ...['SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig', 'SourceAccessConfigurations', 'Topics'],
    ],
  }),
];
