import * as sdk from '@aws-sdk/client-ec2';
import { AWKWARD_TAGS, named, there } from './words.js';

export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly group: string;
}

/** Two VPCs with all that belongs to them: two or more of each type, tagged and untagged. */
export async function fillNetwork(ec2: sdk.EC2Client): Promise<Network> {
  const vpc = await makeVpc(ec2, '10.10.0.0/16', 'shop 🌸', AWKWARD_TAGS);
  const office = await makeVpc(ec2, '10.20.0.0/16', '事務所');
  const subnets = await makeSubnets(ec2, vpc);
  await makeGateways(ec2, vpc, subnets);
  await makeRoutes(ec2, vpc, subnets);
  await makePeerings(ec2, vpc, office);
  const group = await makeGroups(ec2, vpc);
  await makeCards(ec2, subnets, group);
  await makeAcls(ec2, vpc, office);
  return { vpc, subnets, group };
}

async function makeVpc(ec2: sdk.EC2Client, CidrBlock: string, name: string, more: readonly sdk.Tag[] = []) {
  const command = new sdk.CreateVpcCommand({ CidrBlock, TagSpecifications: named('vpc', name, more) });
  return there((await ec2.send(command)).Vpc?.VpcId);
}

async function makeSubnets(ec2: sdk.EC2Client, VpcId: string): Promise<string[]> {
  const ids: string[] = [];
  for (const [at, zone] of ['us-east-1a', 'us-east-1b', 'us-east-1c'].entries()) {
    const tags = at === 2 ? {} : { TagSpecifications: named('subnet', `shop-${at}`, at === 0 ? AWKWARD_TAGS : []) };
    const place = { VpcId, CidrBlock: `10.10.${at}.0/24`, AvailabilityZone: zone };
    ids.push(there((await ec2.send(new sdk.CreateSubnetCommand({ ...place, ...tags }))).Subnet?.SubnetId));
  }
  return ids;
}

/** One internet gateway that is attached and one that is not; a NAT gateway for the world and one for inside. */
async function makeGateways(ec2: sdk.EC2Client, VpcId: string, subnets: readonly string[]): Promise<void> {
  const TagSpecifications = named('internet-gateway', 'shop', AWKWARD_TAGS);
  const attached = await ec2.send(new sdk.CreateInternetGatewayCommand({ TagSpecifications }));
  const InternetGatewayId = there(attached.InternetGateway?.InternetGatewayId);
  await ec2.send(new sdk.AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ec2.send(new sdk.CreateInternetGatewayCommand({}));
  const address = { Domain: 'vpc', TagSpecifications: named('elastic-ip', 'nat', AWKWARD_TAGS) } as const;
  const { AllocationId } = await ec2.send(new sdk.AllocateAddressCommand(address));
  const [SubnetId = '', privately = ''] = subnets;
  const tags = { TagSpecifications: named('natgateway', 'nat 出口', AWKWARD_TAGS) };
  await ec2.send(new sdk.CreateNatGatewayCommand({ SubnetId, AllocationId, ...tags }));
  await ec2.send(new sdk.CreateNatGatewayCommand({ SubnetId: privately, ConnectivityType: 'private' }));
}

async function makeRoutes(ec2: sdk.EC2Client, VpcId: string, subnets: readonly string[]): Promise<void> {
  const TagSpecifications = named('route-table', 'shop', AWKWARD_TAGS);
  const made = await ec2.send(new sdk.CreateRouteTableCommand({ VpcId, TagSpecifications }));
  const RouteTableId = there(made.RouteTable?.RouteTableId);
  await ec2.send(new sdk.AssociateRouteTableCommand({ RouteTableId, SubnetId: there(subnets[0]) }));
  await ec2.send(new sdk.CreateRouteTableCommand({ VpcId }));
  const gateway = { ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds: [RouteTableId] };
  const tags = { TagSpecifications: named('vpc-endpoint', 's3', AWKWARD_TAGS) };
  await ec2.send(new sdk.CreateVpcEndpointCommand({ VpcId, ...gateway, ...tags }));
  const sqs = { ServiceName: 'com.amazonaws.us-east-1.sqs', VpcEndpointType: 'Interface' } as const;
  await ec2.send(new sdk.CreateVpcEndpointCommand({ VpcId, ...sqs, SubnetIds: [there(subnets[0])] }));
}

/** One that was accepted and one that waits. */
async function makePeerings(ec2: sdk.EC2Client, VpcId: string, PeerVpcId: string): Promise<void> {
  const TagSpecifications = named('vpc-peering-connection', '店舗と事務所', AWKWARD_TAGS);
  const made = await ec2.send(new sdk.CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId, TagSpecifications }));
  const { VpcPeeringConnectionId } = there(made.VpcPeeringConnection);
  await ec2.send(new sdk.AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  await ec2.send(new sdk.CreateVpcPeeringConnectionCommand({ VpcId: PeerVpcId, PeerVpcId: VpcId }));
}

async function makeGroups(ec2: sdk.EC2Client, VpcId: string): Promise<string> {
  const group = async (GroupName: string, more: readonly sdk.Tag[]) => {
    const tags = named('security-group', `${GroupName} (tag)`, more);
    const about = { GroupName, Description: `${GroupName} & others`, VpcId, TagSpecifications: tags };
    return there((await ec2.send(new sdk.CreateSecurityGroupCommand(about))).GroupId);
  };
  const web = await group('web', AWKWARD_TAGS);
  const database = await group('database', []);
  const fromWeb = { IpProtocol: 'tcp', FromPort: 3306, ToPort: 3306, UserIdGroupPairs: [{ GroupId: web }] };
  await ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId: database, IpPermissions: [fromWeb] }));
  return web;
}

async function makeCards(ec2: sdk.EC2Client, subnets: readonly string[], group: string): Promise<void> {
  const TagSpecifications = named('network-interface', 'カード', AWKWARD_TAGS);
  const SubnetId = there(subnets[0]);
  await ec2.send(new sdk.CreateNetworkInterfaceCommand({ SubnetId, Groups: [group], TagSpecifications }));
  await ec2.send(new sdk.CreateNetworkInterfaceCommand({ SubnetId, Description: '予備' }));
}

async function makeAcls(ec2: sdk.EC2Client, vpc: string, office: string): Promise<void> {
  const TagSpecifications = named('network-acl', 'shop', AWKWARD_TAGS);
  await ec2.send(new sdk.CreateNetworkAclCommand({ VpcId: vpc, TagSpecifications }));
  await ec2.send(new sdk.CreateNetworkAclCommand({ VpcId: office }));
}
