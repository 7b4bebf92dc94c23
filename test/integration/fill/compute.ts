import * as sdk from '@aws-sdk/client-ec2';
import type { Network } from './network.js';
import { AWKWARD_TAGS, named, there } from './words.js';

/** Instances in several states, and what belongs to them: volumes, snapshots, images, addresses, keys, templates. */
export async function fillCompute(ec2: sdk.EC2Client, network: Network): Promise<void> {
  await makeKeys(ec2);
  const instances = await makeInstances(ec2, network);
  await makeVolumes(ec2, there(instances[0]));
  await makeImages(ec2, there(instances[0]));
  await makeAddresses(ec2, there(instances[0]));
  await makeTemplates(ec2);
}

/** ED25519: an RSA key takes the server a noticeable time to make. */
async function makeKeys(ec2: sdk.EC2Client): Promise<void> {
  const TagSpecifications = named('key-pair', 'a tag, not the name', AWKWARD_TAGS);
  await ec2.send(new sdk.CreateKeyPairCommand({ KeyName: '運用 ops', KeyType: 'ed25519', TagSpecifications }));
  await ec2.send(new sdk.CreateKeyPairCommand({ KeyName: 'spare', KeyType: 'ed25519' }));
}

/** Two of one reservation, then one that is stopped, one that is gone and one without a name. */
async function makeInstances(ec2: sdk.EC2Client, network: Network): Promise<string[]> {
  const launch = async (count: number, subnet: number, TagSpecifications: sdk.TagSpecification[]) => {
    const place = { SubnetId: there(network.subnets[subnet]), SecurityGroupIds: [network.group] };
    const size = {
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 't3.small',
      MinCount: count,
      MaxCount: count,
    } as const;
    const made = await ec2.send(new sdk.RunInstancesCommand({ ...place, ...size, TagSpecifications }));
    return there(made.Instances).map((instance) => there(instance.InstanceId));
  };
  const pair = await launch(2, 0, named('instance', 'ウェブ 🌸', AWKWARD_TAGS));
  const stopped = await launch(1, 1, named('instance', 'batch'));
  const gone = await launch(1, 1, named('instance', 'old'));
  const nameless = await launch(1, 2, []);
  await ec2.send(new sdk.StopInstancesCommand({ InstanceIds: stopped }));
  await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: gone }));
  return [...pair, ...stopped, ...nameless];
}

/** One that is attached and one that nobody uses, a snapshot of each. */
async function makeVolumes(ec2: sdk.EC2Client, InstanceId: string): Promise<void> {
  const size = { AvailabilityZone: 'us-east-1a', Size: 8 };
  const TagSpecifications = named('volume', '移行データ', AWKWARD_TAGS);
  const used = there((await ec2.send(new sdk.CreateVolumeCommand({ ...size, TagSpecifications }))).VolumeId);
  const unused = there((await ec2.send(new sdk.CreateVolumeCommand(size))).VolumeId);
  await ec2.send(new sdk.AttachVolumeCommand({ VolumeId: used, InstanceId, Device: '/dev/sdf' }));
  const tags = { TagSpecifications: named('snapshot', '控え', AWKWARD_TAGS) };
  await ec2.send(new sdk.CreateSnapshotCommand({ VolumeId: used, Description: '移行前の控え', ...tags }));
  await ec2.send(new sdk.CreateSnapshotCommand({ VolumeId: unused }));
}

async function makeImages(ec2: sdk.EC2Client, InstanceId: string): Promise<void> {
  const TagSpecifications = named('image', 'a tag, not the name', AWKWARD_TAGS);
  await ec2.send(new sdk.CreateImageCommand({ InstanceId, Name: 'shop-base', TagSpecifications }));
  await ec2.send(new sdk.CreateImageCommand({ InstanceId, Name: 'shop-base-2' }));
}

/** One that an instance has and one that is not associated. */
async function makeAddresses(ec2: sdk.EC2Client, InstanceId: string): Promise<void> {
  const TagSpecifications = named('elastic-ip', '予備（未使用）', AWKWARD_TAGS);
  const used = await ec2.send(new sdk.AllocateAddressCommand({ Domain: 'vpc' }));
  await ec2.send(new sdk.AssociateAddressCommand({ InstanceId, AllocationId: there(used.AllocationId) }));
  await ec2.send(new sdk.AllocateAddressCommand({ Domain: 'vpc', TagSpecifications }));
}

async function makeTemplates(ec2: sdk.EC2Client): Promise<void> {
  const LaunchTemplateData = { InstanceType: 't3.small' } as const;
  const tags = { TagSpecifications: named('launch-template', 'a tag, not the name', AWKWARD_TAGS) };
  for (const [LaunchTemplateName, more] of [['web', tags] as const, ['worker', {}] as const]) {
    await ec2.send(new sdk.CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData, ...more }));
  }
}
