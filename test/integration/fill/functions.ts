import * as ddb from '@aws-sdk/client-dynamodb';
import * as sdk from '@aws-sdk/client-lambda';
import type { Network } from './network.js';
import { AWKWARD_TAGS, there } from './words.js';

/** Values of environment variables that must be found in no file and no log. */
export const FUNCTION_SECRETS: readonly string[] = [
  'planted-db-passw0rd!',
  'sk_live_planted0000',
  'postgres://app:hunter2-planted@orders.internal:5432/shop',
  'ひみつの合言葉🗝️',
];

/** The end record of an archive with no files: the smallest zip. */
const ZipFile = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);

const Tags = Object.fromEntries(AWKWARD_TAGS.map(({ Key, Value }) => [Key, Value]));

export async function fillFunctions(
  aws: { readonly lambda: sdk.LambdaClient; readonly dynamodb: ddb.DynamoDBClient },
  roleArn: string,
  network: Network,
): Promise<void> {
  const layer = await makeLayers(aws.lambda);
  await makeFunctions(aws.lambda, roleArn, network, layer);
  for (const [table, more] of [['orders', { Tags }] as const, ['stock', {}] as const]) {
    const EventSourceArn = await makeStream(aws.dynamodb, table);
    const source = { EventSourceArn, FunctionName: 'order-mail', StartingPosition: 'LATEST' } as const;
    await aws.lambda.send(new sdk.CreateEventSourceMappingCommand({ ...source, ...more }));
  }
}

/** Of the first layer two versions: only the latest counts. */
async function makeLayers(lambda: sdk.LambdaClient): Promise<string> {
  const publish = async (LayerName: string, Description: string) => {
    const content = { Content: { ZipFile }, CompatibleRuntimes: ['nodejs22.x' as const] };
    const made = await lambda.send(new sdk.PublishLayerVersionCommand({ LayerName, Description, ...content }));
    return there(made.LayerVersionArn);
  };
  await publish('common', 'first');
  await publish('fonts', 'フォント <明朝 & ゴシック>');
  return publish('common', 'second');
}

async function makeFunctions(lambda: sdk.LambdaClient, Role: string, network: Network, layer: string): Promise<void> {
  const base = { Role, Code: { ZipFile }, Runtime: 'nodejs22.x', Handler: 'index.handler' } as const;
  const [password = '', key = '', database = '', phrase = ''] = FUNCTION_SECRETS;
  const inVpc = { VpcConfig: { SubnetIds: [...network.subnets], SecurityGroupIds: [network.group] } };
  const mail = { Environment: { Variables: { DB_PASSWORD: password, DATABASE_URL: database } }, Layers: [layer] };
  const pay = { Environment: { Variables: { STRIPE_API_KEY: key, PASSPHRASE: phrase, EMPTY: '' } } };
  await lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName: 'order-mail', ...mail, ...inVpc, Tags }));
  await lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName: 'payment', ...pay }));
  await lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName: 'plain' }));
}

async function makeStream(dynamodb: ddb.DynamoDBClient, TableName: string): Promise<string> {
  const key = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  };
  const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
  const bill = { BillingMode: 'PAY_PER_REQUEST' as const };
  const made = await dynamodb.send(new ddb.CreateTableCommand({ TableName, ...key, ...stream, ...bill }));
  return there(made.TableDescription?.LatestStreamArn);
}
