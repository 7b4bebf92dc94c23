import { Annotations, Stack, Tags, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { fill, type Lang, type Text } from '../batch/contract/text.js';
import { acknowledge } from './acknowledge.js';
import type { Settings } from './settings.js';

/** Interface endpoints by the service that needs them; `always`: what any task needs to start, log and identify itself. */
const ENDPOINTS = {
  always: [
    ec2.InterfaceVpcEndpointAwsService.ECR,
    ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    ec2.InterfaceVpcEndpointAwsService.STS,
    ec2.InterfaceVpcEndpointAwsService.SQS,
  ],
  EC2: [ec2.InterfaceVpcEndpointAwsService.EC2],
  RDS: [ec2.InterfaceVpcEndpointAwsService.RDS],
  Lambda: [ec2.InterfaceVpcEndpointAwsService.LAMBDA],
  // Through the gateway endpoint.
  S3: [],
} as const;

const FAR_BUCKETS: Text = {
  ja: 'network=private: S3 のゲートウェイエンドポイントは同じリージョンのバケットにしか届きません。ほかのリージョンにあるバケットは、一覧には載りますが詳細は未読 (unread) になります。必要なら network=public にするか、NAT のある VPC を vpcId で指定してください。',
  en: 'network=private: the gateway endpoint of S3 reaches only buckets of its own region. Buckets elsewhere are listed, but their details stay unread. Where they matter, use network=public, or a VPC with a NAT as vpcId.',
};

const VPC_PROBLEMS = {
  nowhere: {
    ja: '- vpcId: 既存の VPC を調べるには、AWS の認証情報とリージョンが必要です (aws configure、または --profile)。',
    en: '- vpcId: a VPC that exists is looked up, which needs AWS credentials and a region (aws configure, or --profile).',
  },
  noSubnets: {
    ja: '- network: {vpcId} に {network} のサブネットがありません。network をもう一方にするか、別の VPC を vpcId で指定してください（public: インターネットゲートウェイへの経路、private: NAT などへの経路があるサブネット）。',
    en: '- network: {vpcId} has no {network} subnet. Set network to the other one, or name another VPC as vpcId (public: subnets with a route to an internet gateway; private: with one to a NAT or the like).',
  },
} as const satisfies Record<string, Text>;

/** Where the task runs: nothing comes in, only HTTPS goes out. */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.SecurityGroup;
  /** Without NAT, a task in a public subnet reaches AWS by an address of its own. */
  readonly assignPublicIp: boolean;

  constructor(scope: Construct, id: string, settings: Settings, lang: Lang) {
    super(scope, id);
    this.assignPublicIp = settings.network === 'public';
    this.vpc = settings.vpcId === null ? this.ownVpc(settings) : this.existingVpc(settings.vpcId, settings, lang);
    this.subnets = { subnetType: subnetType(settings) };
    this.securityGroup = new ec2.SecurityGroup(this, 'TaskSecurityGroup', {
      vpc: this.vpc,
      description: 'The inventory task: nothing in, HTTPS out',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS APIs');
    if (settings.vpcId === null && settings.network === 'private') {
      this.addInterfaceEndpoints(settings);
      if (settings.services.includes('S3')) Annotations.of(this).addWarningV2('arv:far-buckets', FAR_BUCKETS[lang]);
    }
  }

  private ownVpc(settings: Settings): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      // A NAT gateway would cost more than everything else together.
      natGateways: 0,
      subnetConfiguration: [{ name: 'task', subnetType: subnetType(settings), cidrMask: 24 }],
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    Tags.of(vpc).add('Name', 'AwsResourceVisualizer');
    acknowledge(vpc, {
      'AwsSolutions-VPC7':
        'One task runs here for minutes a day, lets nothing in and speaks HTTPS with AWS only; CloudTrail has its calls. Flow logs would cost more than the run.',
    });
    return vpc;
  }

  private existingVpc(vpcId: string, { network }: Settings, lang: Lang): ec2.IVpc {
    const { account, region } = Stack.of(this);
    if (Token.isUnresolved(account) || Token.isUnresolved(region)) throw new Error(VPC_PROBLEMS.nowhere[lang]);
    const vpc = ec2.Vpc.fromLookup(this, 'Vpc', { vpcId });
    const subnets = network === 'public' ? vpc.publicSubnets : vpc.privateSubnets;
    if (subnets.length === 0) throw new Error(fill(VPC_PROBLEMS.noSubnets[lang], { vpcId, network }));
    return vpc;
  }

  private addInterfaceEndpoints(settings: Settings): void {
    const exec = settings.enableExec ? [ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES] : [];
    const services = [...ENDPOINTS.always, ...settings.services.flatMap((service) => [...ENDPOINTS[service]]), ...exec];
    const securityGroup = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'Interface endpoints: HTTPS from the inventory task',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(this.securityGroup, ec2.Port.tcp(443), 'The inventory task');
    for (const service of services) {
      const options = { service, subnets: this.subnets, securityGroups: [securityGroup], open: false };
      this.vpc.addInterfaceEndpoint(`${service.shortName}Endpoint`, options);
    }
  }
}

/** A VPC of our own has no way out of its private subnets but its endpoints; one that exists is expected to have one. */
function subnetType({ network, vpcId }: Settings): ec2.SubnetType {
  if (network === 'public') return ec2.SubnetType.PUBLIC;
  return vpcId === null ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
}
