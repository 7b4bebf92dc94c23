import { Aws, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '../batch/contract/environment.js';
import { INFRASTRUCTURE } from '../batch/contract/infrastructure.js';
import { acknowledge } from './acknowledge.js';
import { taskImage } from './image.js';
import type { Settings } from './settings.js';
import { type Places, TaskRole } from './task-role.js';

interface BatchTaskProps {
  readonly settings: Settings;
  readonly vpc: ec2.IVpc;
  readonly places: Places;
  readonly removalPolicy: RemovalPolicy;
}

/** The cluster, the task and its log group: what runs, with which rights and limits. */
export class BatchTask extends Construct {
  readonly cluster: ecs.Cluster;
  readonly definition: ecs.FargateTaskDefinition;
  readonly logGroup: logs.LogGroup;
  /** What the container is started with; a rerun by hand puts its own options behind it. */
  readonly command: readonly string[];

  constructor(scope: Construct, id: string, { settings, vpc, places, removalPolicy }: BatchTaskProps) {
    super(scope, id);
    this.command = ['collect', '--region', settings.region ?? Aws.REGION];
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: INFRASTRUCTURE.cluster,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
      vpc,
    });
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: INFRASTRUCTURE.logGroup,
      retention: settings.logRetentionDays,
      removalPolicy,
    });
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      family: INFRASTRUCTURE.taskFamily,
      cpu: settings.cpu,
      memoryLimitMiB: settings.memory,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.of(settings.architecture),
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: new TaskRole(this, 'TaskRole', settings, places).role,
      executionRole: new iam.Role(this, 'ExecutionRole', {
        assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
        description: 'AWS Resource Visualizer: pulls the image, writes the log',
      }),
      // The root is read-only; the program works in /tmp.
      volumes: [{ name: 'tmp' }],
    });
    this.addContainer(settings, places);
    if (this.definition.executionRole) {
      acknowledge(this.definition.executionRole, {
        'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resource.',
      });
    }
    acknowledge(this.definition, {
      'AwsSolutions-ECS2': 'The settings are no secrets; each is readable in the console on purpose.',
    });
  }

  private addContainer(settings: Settings, { leases, snapshots, deadLetters }: Places): void {
    const container = this.definition.addContainer(INFRASTRUCTURE.container, {
      image: taskImage(this, settings),
      command: [...this.command],
      environment: {
        ...environmentOf(settings),
        [ENV.store]: `s3://${snapshots.bucketName}`,
        [ENV.lockTable]: leases.tableName,
        [ENV.deadLetterQueue]: deadLetters.queueUrl,
      },
      memoryLimitMiB: settings.memory,
      // The longest that Fargate grants between SIGTERM and SIGKILL.
      stopTimeout: Duration.seconds(120),
      // ECS Exec writes its agent into the container.
      readonlyRootFilesystem: !settings.enableExec,
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: INFRASTRUCTURE.logStreamPrefix }),
    });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  }
}

/** The settings as the program reads them. `AWS_REGION` is where the lease table is, whatever region is collected. */
function environmentOf(settings: Settings): Record<string, string> {
  return {
    [ENV.runType]: 'ecs',
    [ENV.ifLocked]: 'skip',
    [ENV.region[0]]: Aws.REGION,
    [ENV.services]: settings.services.join(','),
    [ENV.tenant]: settings.tenantId,
    [ENV.timeZone]: settings.timeZone,
    [ENV.targetDateOffset]: String(settings.targetDateOffset),
    [ENV.cacheTtl]: String(settings.cacheTtlHours),
    [ENV.acceptedGaps]: JSON.stringify(settings.acceptedGaps),
    [ENV.lang[0]]: settings.lang,
  };
}
