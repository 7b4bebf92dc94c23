import type * as EC2 from '@aws-sdk/client-ec2';
import type * as Lambda from '@aws-sdk/client-lambda';
import type * as RDS from '@aws-sdk/client-rds';
import type * as S3 from '@aws-sdk/client-s3';
import { BUCKETS } from './estate/buckets.js';
import { TOKYO_COMPUTE, VIRGINIA_COMPUTE } from './estate/compute.js';
import { TOKYO_DATABASES, VIRGINIA_DATABASES } from './estate/databases.js';
import { TOKYO_FUNCTIONS, VIRGINIA_FUNCTIONS } from './estate/functions.js';
import { TOKYO_NETWORK, VIRGINIA_NETWORK } from './estate/network.js';
import { ACCOUNT_ID } from './estate/words.js';

export { PLANTED_SECRETS } from './estate/functions.js';

/** What the SDK calls an item of each type. */
interface ResourceShapes {
  'AWS::EC2::Instance': EC2.Instance;
  'AWS::EC2::Volume': EC2.Volume;
  'AWS::EC2::Snapshot': EC2.Snapshot;
  'AWS::EC2::Image': EC2.Image;
  'AWS::EC2::VPC': EC2.Vpc;
  'AWS::EC2::Subnet': EC2.Subnet;
  'AWS::EC2::RouteTable': EC2.RouteTable;
  'AWS::EC2::InternetGateway': EC2.InternetGateway;
  'AWS::EC2::NatGateway': EC2.NatGateway;
  'AWS::EC2::SecurityGroup': EC2.SecurityGroup;
  'AWS::EC2::NetworkInterface': EC2.NetworkInterface;
  'AWS::EC2::EIP': EC2.Address;
  'AWS::EC2::KeyPair': EC2.KeyPairInfo;
  'AWS::EC2::LaunchTemplate': EC2.LaunchTemplate;
  'AWS::EC2::VPCEndpoint': EC2.VpcEndpoint;
  'AWS::EC2::VPCPeeringConnection': EC2.VpcPeeringConnection;
  'AWS::EC2::NetworkAcl': EC2.NetworkAcl;
  'AWS::RDS::DBInstance': RDS.DBInstance;
  'AWS::RDS::DBCluster': RDS.DBCluster;
  'AWS::RDS::DBSnapshot': RDS.DBSnapshot;
  'AWS::RDS::DBClusterSnapshot': RDS.DBClusterSnapshot;
  'AWS::RDS::DBSubnetGroup': RDS.DBSubnetGroup;
  'AWS::RDS::DBParameterGroup': RDS.DBParameterGroup;
  'AWS::S3::Bucket': BucketEstate;
  'AWS::Lambda::Function': Lambda.FunctionConfiguration;
  'AWS::Lambda::LayerVersion': Lambda.LayersListItem;
  'AWS::Lambda::EventSourceMapping': Lambda.EventSourceMappingConfiguration;
}
export type ResourceTypeName = keyof ResourceShapes;

/** A bucket with its details; an absent one is "not configured". */
export interface BucketEstate {
  Name: string;
  CreationDate: Date;
  region: string;
  /** What GetBucketLocation says in place of `eu-west-1` for buckets from before 2008. */
  location?: 'EU';
  tags?: S3.Tag[];
  encryption?: S3.ServerSideEncryptionConfiguration;
  versioning?: { Status: S3.BucketVersioningStatus };
  publicAccessBlock?: S3.PublicAccessBlockConfiguration;
  ownership?: S3.OwnershipControls;
  lifecycle?: S3.LifecycleRule[];
}

export type Resources = { [T in Exclude<ResourceTypeName, 'AWS::S3::Bucket'>]?: ResourceShapes[T][] };

export interface RegionEstate {
  resources: Resources;
  /** By ARN: the tags that a list does not carry and that are asked for one by one (Lambda; two types of RDS). */
  tags: Record<string, Record<string, string>>;
}

export interface Estate {
  accountId: string;
  /** A region that is not here is a region with nothing in it. */
  regions: Record<string, RegionEstate>;
  buckets: BucketEstate[];
}

const COMPANY: Estate = {
  accountId: ACCOUNT_ID,
  regions: {
    'us-east-1': {
      resources: {
        ...VIRGINIA_NETWORK,
        ...VIRGINIA_COMPUTE,
        ...VIRGINIA_DATABASES.resources,
        ...VIRGINIA_FUNCTIONS.resources,
      },
      tags: { ...VIRGINIA_DATABASES.tags, ...VIRGINIA_FUNCTIONS.tags },
    },
    'ap-northeast-1': {
      resources: { ...TOKYO_NETWORK, ...TOKYO_COMPUTE, ...TOKYO_DATABASES.resources, ...TOKYO_FUNCTIONS.resources },
      tags: { ...TOKYO_DATABASES.tags, ...TOKYO_FUNCTIONS.tags },
    },
  },
  buckets: BUCKETS,
};

/**
 * The account of a small company that sells household goods by mail: the shop in us-east-1, the office in
 * ap-northeast-1. A fresh copy each time, so that a test may change its own.
 */
export function companyEstate(): Estate {
  return structuredClone(COMPANY);
}
