import type { FunctionConfiguration, LayersListItem } from '@aws-sdk/client-lambda';
import type { RegionEstate } from '../estate.js';
import { SHOP } from './network.js';
import { ACCOUNT_ID, arn, date, ec2Id, TOKYO, uuid, VIRGINIA } from './words.js';

/** Values that stand in environment variables and must be found in no log and no file. */
export const PLANTED_SECRETS: readonly string[] = [
  'Sakura!2025-db-passw0rd',
  'sk_live_51PlantedStripeKey0000',
  'xoxb-000000000000-planted-slack-token',
  'postgres://app:hunter2-planted@orders.internal:5432/shop',
  'ひみつの合言葉🗝️',
];
const [dbPassword = '', stripeKey = '', slackToken = '', databaseUrl = '', phrase = ''] = PLANTED_SECRETS;

function lambdaFunction(name: string, region: string, fields: Partial<FunctionConfiguration>): FunctionConfiguration {
  return {
    FunctionName: name,
    FunctionArn: arn('lambda', region, `function:${name}`),
    Runtime: 'nodejs22.x',
    Role: `arn:aws:iam::${ACCOUNT_ID}:role/${name}-role`,
    Handler: 'index.handler',
    CodeSize: 48_213,
    CodeSha256: Buffer.from(uuid(name)).toString('base64'),
    Description: '',
    Timeout: 30,
    MemorySize: 256,
    // A string without colon in its offset: that is how Lambda sends it.
    LastModified: '2025-01-02T03:04:05.000+0000',
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: uuid(`revision ${name}`),
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
    ...fields,
  };
}

function layer(
  name: string,
  version: number,
  description: string,
  runtimes: NonNullable<LayersListItem['LatestMatchingVersion']>['CompatibleRuntimes'],
): LayersListItem {
  const LayerArn = arn('lambda', VIRGINIA, `layer:${name}`);
  return {
    LayerName: name,
    LayerArn,
    LatestMatchingVersion: {
      LayerVersionArn: `${LayerArn}:${version}`,
      Version: version,
      Description: description,
      CreatedDate: '2024-09-01T10:20:30.400+0000',
      CompatibleRuntimes: runtimes ?? [],
    },
  };
}

export const VIRGINIA_FUNCTIONS: RegionEstate = {
  resources: {
    'AWS::Lambda::Function': [
      lambdaFunction('order-mail', VIRGINIA, {
        Description: '注文確認メール ✉️',
        Environment: { Variables: { DB_PASSWORD: dbPassword, DB_HOST: 'orders.internal', LOG_LEVEL: 'info' } },
        VpcConfig: {
          VpcId: SHOP,
          SubnetIds: [ec2Id('subnet', 'shop-private-a'), ec2Id('subnet', 'shop-private-b')],
          SecurityGroupIds: [ec2Id('sg', 'shop-web')],
          Ipv6AllowedForDualStack: false,
        },
        Layers: [{ Arn: arn('lambda', VIRGINIA, 'layer:common:7'), CodeSize: 1_204_331 }],
      }),
      lambdaFunction('payment', VIRGINIA, {
        Environment: { Variables: { STRIPE_API_KEY: stripeKey, DATABASE_URL: databaseUrl } },
        MemorySize: 512,
      }),
      lambdaFunction('stock-sync', VIRGINIA, {
        Runtime: 'nodejs16.x',
        Environment: { Variables: { SLACK_TOKEN: slackToken, PASSPHRASE: phrase } },
      }),
      lambdaFunction('old-report', VIRGINIA, {
        Runtime: 'python3.7',
        Handler: 'report.main',
        LastModified: '2020-11-11T11:11:11.111+0000',
      }),
      // An image has neither runtime nor handler.
      (({ Runtime: _runtime, Handler: _handler, ...rest }) => rest)(
        lambdaFunction('label-printer', VIRGINIA, { PackageType: 'Image', Architectures: ['arm64'], MemorySize: 2048 }),
      ),
    ],
    'AWS::Lambda::LayerVersion': [
      layer('common', 7, '共通部品', ['nodejs20.x', 'nodejs22.x']),
      layer('pdf-fonts', 2, 'フォント <明朝 & ゴシック>', ['python3.12']),
      layer('retired', 1, '', []),
    ],
    'AWS::Lambda::EventSourceMapping': [
      {
        UUID: uuid('orders queue'),
        EventSourceMappingArn: arn('lambda', VIRGINIA, `event-source-mapping:${uuid('orders queue')}`),
        EventSourceArn: arn('sqs', VIRGINIA, 'orders'),
        FunctionArn: arn('lambda', VIRGINIA, 'function:order-mail'),
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        State: 'Enabled',
        StateTransitionReason: 'USER_INITIATED',
        LastModified: date('2025-02-03T04:05:06.789Z'),
      },
      {
        UUID: uuid('stock stream'),
        EventSourceMappingArn: arn('lambda', VIRGINIA, `event-source-mapping:${uuid('stock stream')}`),
        EventSourceArn: `${arn('dynamodb', VIRGINIA, 'table/stock')}/stream/2024-01-01T00:00:00.000`,
        FunctionArn: arn('lambda', VIRGINIA, 'function:stock-sync'),
        BatchSize: 100,
        ParallelizationFactor: 1,
        StartingPosition: 'LATEST',
        MaximumRecordAgeInSeconds: -1,
        MaximumRetryAttempts: -1,
        State: 'Disabled',
        LastModified: date('2024-01-01T00:00:00Z'),
      },
      {
        UUID: uuid('refund queue'),
        EventSourceMappingArn: arn('lambda', VIRGINIA, `event-source-mapping:${uuid('refund queue')}`),
        EventSourceArn: arn('sqs', VIRGINIA, 'refunds'),
        FunctionArn: arn('lambda', VIRGINIA, 'function:payment'),
        BatchSize: 1,
        State: 'Enabled',
        LastModified: date('2025-05-05T05:05:05Z'),
      },
    ],
  },
  tags: {
    [arn('lambda', VIRGINIA, 'function:order-mail')]: { 環境: '本番', Team: 'web', Empty: '' },
    [arn('lambda', VIRGINIA, 'function:payment')]: { 重要度: '高 💳', Note: '<&"\'>' },
    [arn('lambda', VIRGINIA, `event-source-mapping:${uuid('orders queue')}`)]: { Team: 'web' },
  },
};

export const TOKYO_FUNCTIONS: RegionEstate = {
  resources: {
    'AWS::Lambda::Function': [lambdaFunction('attendance', TOKYO, { Runtime: 'python3.12', Handler: 'app.handler' })],
  },
  tags: { [arn('lambda', TOKYO, 'function:attendance')]: { 部署: '人事' } },
};
