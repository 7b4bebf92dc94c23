import type * as Ec2 from '@aws-sdk/client-ec2';
import { required } from '../core/invalid-item.js';
import type { CatalogRow } from './define.js';
import { draft, groupIds, paging, row } from './ec2-row.js';
import { arnOf, relations } from './fields.js';
import { onePage, pages } from './pages.js';

/** `LaunchTime` is the last start; the first network interface was attached when the instance was made. */
function instanceCreation(instance: Ec2.Instance): Date | null {
  const first = instance.NetworkInterfaces?.find((card) => card.Attachment?.DeviceIndex === 0);
  return first?.Attachment?.AttachTime ?? instance.LaunchTime ?? null;
}

/** Instances, what they run on and what they are made from. */
export const EC2_COMPUTE_ROWS: readonly CatalogRow[] = [
  row({
    type: 'AWS::EC2::Instance',
    principal: true,
    actions: ['ec2:DescribeInstances'],
    list: (aws) =>
      // A page is held whole, and an instance is several times the size of other items.
      pages(aws.sdk.paginateDescribeInstances(paging(aws, 500), {}, aws.options), (page) =>
        page.Reservations?.flatMap((reservation) => reservation.Instances ?? []),
      ),
    normalize: (item: Ec2.Instance, place) =>
      draft(place, 'instance', required(item.InstanceId, 'InstanceId'), item, {
        state: item.State?.Name ?? null,
        createdAt: instanceCreation(item),
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['in', 'AWS::EC2::Subnet', [item.SubnetId]],
          ['uses', 'AWS::EC2::SecurityGroup', groupIds(item.SecurityGroups)],
          ['uses', 'AWS::EC2::Volume', (item.BlockDeviceMappings ?? []).map((device) => device.Ebs?.VolumeId)],
          ['made_from', 'AWS::EC2::Image', [item.ImageId]],
        ),
      }),
    unordered: [
      ...['BlockDeviceMappings', 'ElasticGpuAssociations', 'ElasticInferenceAcceleratorAssociations', 'Licenses'],
      ...['Monitoring.MetricCategoryIds', 'NetworkInterfaces', 'ProductCodes', 'SecondaryInterfaces', 'SecurityGroups'],
    ],
  }),
  row({
    type: 'AWS::EC2::Volume',
    actions: ['ec2:DescribeVolumes'],
    list: (aws) => pages(aws.sdk.paginateDescribeVolumes(paging(aws, 1000), {}, aws.options), (page) => page.Volumes),
    normalize: (item: Ec2.Volume, place) =>
      draft(place, 'volume', required(item.VolumeId, 'VolumeId'), item, {
        state: item.State ?? null,
        createdAt: item.CreateTime ?? null,
        relations: relations(
          ['attached_to', 'AWS::EC2::Instance', (item.Attachments ?? []).map((attachment) => attachment.InstanceId)],
          ['made_from', 'AWS::EC2::Snapshot', [item.SnapshotId]],
        ),
      }),
    unordered: ['Attachments'],
  }),
  row({
    type: 'AWS::EC2::Snapshot',
    actions: ['ec2:DescribeSnapshots'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeSnapshots(paging(aws, 1000), { OwnerIds: ['self'] }, aws.options),
        (page) => page.Snapshots,
      ),
    // Snapshots and images have no account in their ARN.
    normalize: (item: Ec2.Snapshot, place) =>
      draft(place, 'snapshot', required(item.SnapshotId, 'SnapshotId'), item, {
        owner: '',
        state: item.State ?? null,
        createdAt: item.StartTime ?? null,
        relations: relations(['made_from', 'AWS::EC2::Volume', [item.VolumeId]]),
      }),
    volatile: ['Progress'],
  }),
  row({
    type: 'AWS::EC2::Image',
    actions: ['ec2:DescribeImages'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeImages(paging(aws, 1000), { Owners: ['self'] }, aws.options),
        (page) => page.Images,
      ),
    normalize: (item: Ec2.Image, place) =>
      draft(place, 'image', required(item.ImageId, 'ImageId'), item, {
        owner: '',
        name: item.Name ?? null,
        state: item.State ?? null,
        createdAt: item.CreationDate ?? null,
        relations: relations([
          'made_from',
          'AWS::EC2::Snapshot',
          (item.BlockDeviceMappings ?? []).map((device) => device.Ebs?.SnapshotId),
        ]),
      }),
    volatile: ['LastLaunchedTime'],
    unordered: [
      ...['BlockDeviceMappings', 'ImageWatermarks', 'InstanceTypeSpecification.SupportedInstanceTypes'],
      ...['InstanceTypeSpecification.UnsupportedInstanceTypes', 'ProductCodes'],
    ],
  }),
  row({
    type: 'AWS::EC2::KeyPair',
    actions: ['ec2:DescribeKeyPairs'],
    list: (aws) =>
      onePage(aws.client().send(new aws.sdk.DescribeKeyPairsCommand({}), aws.options), (output) => output.KeyPairs),
    normalize: (item: Ec2.KeyPairInfo, place) =>
      draft(place, 'key-pair', required(item.KeyPairId, 'KeyPairId'), item, {
        // The one EC2 type whose ARN has the name, not the id.
        arn: item.KeyName === undefined ? null : arnOf(place, 'ec2', `key-pair/${item.KeyName}`),
        name: item.KeyName ?? null,
        createdAt: item.CreateTime ?? null,
      }),
  }),
  row({
    type: 'AWS::EC2::LaunchTemplate',
    actions: ['ec2:DescribeLaunchTemplates'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeLaunchTemplates(paging(aws, 200), {}, aws.options), (page) => page.LaunchTemplates),
    normalize: (item: Ec2.LaunchTemplate, place) =>
      draft(place, 'launch-template', required(item.LaunchTemplateId, 'LaunchTemplateId'), item, {
        name: item.LaunchTemplateName ?? null,
        createdAt: item.CreateTime ?? null,
      }),
  }),
];
