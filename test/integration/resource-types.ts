/** Every resource type of the contract, by service; the first is the service's principal one. Written out on purpose. */
export const TYPES_BY_SERVICE: Readonly<Record<string, readonly string[]>> = {
  EC2: [
    ...['AWS::EC2::Instance', 'AWS::EC2::Volume', 'AWS::EC2::Snapshot', 'AWS::EC2::Image', 'AWS::EC2::VPC'],
    ...['AWS::EC2::Subnet', 'AWS::EC2::RouteTable', 'AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway'],
    ...['AWS::EC2::SecurityGroup', 'AWS::EC2::NetworkInterface', 'AWS::EC2::EIP', 'AWS::EC2::KeyPair'],
    ...['AWS::EC2::LaunchTemplate', 'AWS::EC2::VPCEndpoint', 'AWS::EC2::VPCPeeringConnection'],
    'AWS::EC2::NetworkAcl',
  ],
  RDS: [
    ...['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot'],
    ...['AWS::RDS::DBSubnetGroup', 'AWS::RDS::DBParameterGroup'],
  ],
  S3: ['AWS::S3::Bucket'],
  Lambda: ['AWS::Lambda::Function', 'AWS::Lambda::LayerVersion', 'AWS::Lambda::EventSourceMapping'],
};

export const TYPES: readonly string[] = Object.values(TYPES_BY_SERVICE).flat();
