import type * as Ec2 from '@aws-sdk/client-ec2';
import { required } from '../core/invalid-item.js';
import type { CatalogRow } from './define.js';
import { draft, groupIds, paging, row } from './ec2-row.js';
import { relations } from './fields.js';
import { onePage, pages } from './pages.js';

/** VPCs and what is in them. */
export const EC2_NETWORK_ROWS: readonly CatalogRow[] = [
  row({
    type: 'AWS::EC2::VPC',
    actions: ['ec2:DescribeVpcs'],
    list: (aws) => pages(aws.sdk.paginateDescribeVpcs(paging(aws, 1000), {}, aws.options), (page) => page.Vpcs),
    normalize: (item: Ec2.Vpc, place) =>
      draft(place, 'vpc', required(item.VpcId, 'VpcId'), item, { owner: item.OwnerId, state: item.State ?? null }),
    unordered: ['CidrBlockAssociationSet', 'EncryptionControl.Tags', 'Ipv6CidrBlockAssociationSet'],
  }),
  row({
    type: 'AWS::EC2::Subnet',
    actions: ['ec2:DescribeSubnets'],
    list: (aws) => pages(aws.sdk.paginateDescribeSubnets(paging(aws, 1000), {}, aws.options), (page) => page.Subnets),
    normalize: (item: Ec2.Subnet, place) =>
      draft(place, 'subnet', required(item.SubnetId, 'SubnetId'), item, {
        owner: item.OwnerId,
        state: item.State ?? null,
        relations: relations(['in', 'AWS::EC2::VPC', [item.VpcId]]),
      }),
    volatile: ['AvailableIpAddressCount'],
    unordered: ['Ipv6CidrBlockAssociationSet'],
  }),
  row({
    type: 'AWS::EC2::RouteTable',
    actions: ['ec2:DescribeRouteTables'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeRouteTables(paging(aws, 100), {}, aws.options), (page) => page.RouteTables),
    normalize: (item: Ec2.RouteTable, place) =>
      draft(place, 'route-table', required(item.RouteTableId, 'RouteTableId'), item, {
        owner: item.OwnerId,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['attached_to', 'AWS::EC2::Subnet', (item.Associations ?? []).map((association) => association.SubnetId)],
        ),
      }),
    unordered: ['Associations', 'PropagatingVgws', 'Routes'],
  }),
  row({
    type: 'AWS::EC2::InternetGateway',
    actions: ['ec2:DescribeInternetGateways'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeInternetGateways(paging(aws, 1000), {}, aws.options),
        (page) => page.InternetGateways,
      ),
    normalize: (item: Ec2.InternetGateway, place) =>
      draft(place, 'internet-gateway', required(item.InternetGatewayId, 'InternetGatewayId'), item, {
        owner: item.OwnerId,
        state: item.Attachments?.[0]?.State ?? 'detached',
        relations: relations([
          'attached_to',
          'AWS::EC2::VPC',
          (item.Attachments ?? []).map((attachment) => attachment.VpcId),
        ]),
      }),
    unordered: ['Attachments'],
  }),
  row({
    type: 'AWS::EC2::NatGateway',
    actions: ['ec2:DescribeNatGateways'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeNatGateways(paging(aws, 1000), {}, aws.options), (page) => page.NatGateways),
    normalize: (item: Ec2.NatGateway, place) =>
      draft(place, 'natgateway', required(item.NatGatewayId, 'NatGatewayId'), item, {
        state: item.State ?? null,
        createdAt: item.CreateTime ?? null,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['in', 'AWS::EC2::Subnet', [item.SubnetId]],
          ['uses', 'AWS::EC2::EIP', (item.NatGatewayAddresses ?? []).map((address) => address.AllocationId)],
        ),
      }),
    unordered: ['AttachedAppliances', 'NatGatewayAddresses'],
  }),
  row({
    type: 'AWS::EC2::SecurityGroup',
    actions: ['ec2:DescribeSecurityGroups'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeSecurityGroups(paging(aws, 1000), {}, aws.options), (page) => page.SecurityGroups),
    normalize: (item: Ec2.SecurityGroup, place) =>
      draft(place, 'security-group', required(item.GroupId, 'GroupId'), item, {
        owner: item.OwnerId,
        name: item.GroupName ?? null,
        relations: relations(['in', 'AWS::EC2::VPC', [item.VpcId]]),
      }),
    unordered: ['IpPermissions', 'IpPermissionsEgress'],
  }),
  row({
    type: 'AWS::EC2::NetworkInterface',
    actions: ['ec2:DescribeNetworkInterfaces'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeNetworkInterfaces(paging(aws, 1000), {}, aws.options),
        (page) => page.NetworkInterfaces,
      ),
    // The one EC2 type whose tags are called TagSet.
    normalize: ({ TagSet, ...item }: Ec2.NetworkInterface, place) =>
      draft(
        place,
        'network-interface',
        required(item.NetworkInterfaceId, 'NetworkInterfaceId'),
        { ...item, Tags: TagSet },
        {
          owner: item.OwnerId,
          state: item.Status ?? null,
          relations: relations(
            ['in', 'AWS::EC2::VPC', [item.VpcId]],
            ['in', 'AWS::EC2::Subnet', [item.SubnetId]],
            ['uses', 'AWS::EC2::SecurityGroup', groupIds(item.Groups)],
            ['attached_to', 'AWS::EC2::Instance', [item.Attachment?.InstanceId]],
          ),
        },
      ),
    unordered: [
      ...['AssociatedSubnets', 'Groups', 'Ipv4Prefixes', 'Ipv6Addresses', 'Ipv6Prefixes', 'PrivateIpAddresses'],
    ],
  }),
  row({
    type: 'AWS::EC2::EIP',
    actions: ['ec2:DescribeAddresses'],
    list: (aws) =>
      onePage(aws.client().send(new aws.sdk.DescribeAddressesCommand({}), aws.options), (output) => output.Addresses),
    normalize: (item: Ec2.Address, place) =>
      draft(place, 'elastic-ip', required(item.AllocationId ?? item.PublicIp, 'AllocationId'), item, {
        state: item.AssociationId === undefined ? 'unassociated' : 'associated',
        relations: relations(
          ['attached_to', 'AWS::EC2::Instance', [item.InstanceId]],
          ['attached_to', 'AWS::EC2::NetworkInterface', [item.NetworkInterfaceId]],
        ),
      }),
  }),
  row({
    type: 'AWS::EC2::VPCEndpoint',
    actions: ['ec2:DescribeVpcEndpoints'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeVpcEndpoints(paging(aws, 1000), {}, aws.options), (page) => page.VpcEndpoints),
    normalize: (item: Ec2.VpcEndpoint, place) =>
      draft(place, 'vpc-endpoint', required(item.VpcEndpointId, 'VpcEndpointId'), item, {
        owner: item.OwnerId,
        state: item.State?.toLowerCase() ?? null,
        createdAt: item.CreationTimestamp ?? null,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['in', 'AWS::EC2::Subnet', item.SubnetIds ?? []],
          ['attached_to', 'AWS::EC2::RouteTable', item.RouteTableIds ?? []],
          ['uses', 'AWS::EC2::SecurityGroup', groupIds(item.Groups)],
        ),
      }),
    unordered: [
      ...['DnsEntries', 'DnsOptions.PrivateDnsSpecifiedDomains', 'Groups', 'Ipv4Prefixes', 'Ipv6Prefixes'],
      ...['NetworkInterfaceIds', 'PayerResponsibilities', 'RouteTableIds', 'SubnetIds'],
    ],
  }),
  row({
    type: 'AWS::EC2::VPCPeeringConnection',
    actions: ['ec2:DescribeVpcPeeringConnections'],
    list: (aws) =>
      pages(
        aws.sdk.paginateDescribeVpcPeeringConnections(paging(aws, 1000), {}, aws.options),
        (page) => page.VpcPeeringConnections,
      ),
    normalize: (item: Ec2.VpcPeeringConnection, place) =>
      draft(place, 'vpc-peering-connection', required(item.VpcPeeringConnectionId, 'VpcPeeringConnectionId'), item, {
        owner: item.RequesterVpcInfo?.OwnerId,
        state: item.Status?.Code ?? null,
        relations: relations(['uses', 'AWS::EC2::VPC', [item.RequesterVpcInfo?.VpcId, item.AccepterVpcInfo?.VpcId]]),
      }),
    unordered: [
      ...['AccepterVpcInfo.CidrBlockSet', 'AccepterVpcInfo.Ipv6CidrBlockSet'],
      ...['RequesterVpcInfo.CidrBlockSet', 'RequesterVpcInfo.Ipv6CidrBlockSet'],
    ],
  }),
  row({
    type: 'AWS::EC2::NetworkAcl',
    actions: ['ec2:DescribeNetworkAcls'],
    list: (aws) =>
      pages(aws.sdk.paginateDescribeNetworkAcls(paging(aws, 1000), {}, aws.options), (page) => page.NetworkAcls),
    normalize: (item: Ec2.NetworkAcl, place) =>
      draft(place, 'network-acl', required(item.NetworkAclId, 'NetworkAclId'), item, {
        owner: item.OwnerId,
        relations: relations(
          ['in', 'AWS::EC2::VPC', [item.VpcId]],
          ['attached_to', 'AWS::EC2::Subnet', (item.Associations ?? []).map((association) => association.SubnetId)],
        ),
      }),
    unordered: ['Associations', 'Entries'],
  }),
];
