"""Lists an account with boto3 and prints one JSON {resource_type: [{id, name, tags, arn, created_at, region, item}]}.

What the program collects is compared with this: it shares no code with the program, and none of the SDK's.
Usage: list_resources.py ENDPOINT_URL REGION
"""

import json
import sys
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL, REGION = sys.argv[1:]


def client(service, region=REGION):
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=URL, region_name=region, config=config, **keys)


EC2, RDS, S3, LAMBDA = (client(name) for name in ("ec2", "rds", "s3", "lambda"))


def items(aws, call, key, **arguments):
    if not aws.can_paginate(call):
        return getattr(aws, call)(**arguments)[key]
    return [item for page in aws.get_paginator(call).paginate(**arguments) for item in page[key]]


def as_map(tags):
    # moto leaves an empty value out of a bucket's tags.
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def ec2(call, key, id_field, name=None, time=None, **arguments):
    for item in items(EC2, call, key, **arguments):
        tags = as_map(item.pop("TagSet" if key == "NetworkInterfaces" else "Tags", []))
        yield {
            "id": item[id_field],
            "name": (item[name] if name else tags.get("Name")) or None,
            "tags": tags,
            "arn": item.get("SubnetArn") or item.get("SecurityGroupArn"),
            "created_at": item.get(time),
            "item": item,
        }


def instances():
    for reservation in items(EC2, "describe_instances", "Reservations"):
        for item in reservation["Instances"]:
            tags = as_map(item.pop("Tags", []))
            attached = [card.get("Attachment", {}) for card in item.get("NetworkInterfaces", [])]
            # LaunchTime is the last start; the first card is as old as the instance.
            first = [one["AttachTime"] for one in attached if one.get("DeviceIndex") == 0]
            created = (first + [item["LaunchTime"]])[0]
            record = {"id": item["InstanceId"], "name": tags.get("Name") or None, "tags": tags}
            yield {**record, "created_at": created, "item": item}


def rds(call, key, stem, time=None, tagged=True, **arguments):
    id_field = f"{stem}Name" if key.endswith("Groups") else f"{stem}Identifier"
    for item in items(RDS, call, key, **arguments):
        arn = item[f"{stem}Arn"]
        tags = item.pop("TagList", []) if tagged else RDS.list_tags_for_resource(ResourceName=arn)["TagList"]
        name = item[id_field]
        yield {"id": name, "name": name, "tags": as_map(tags), "arn": arn, "created_at": item.get(time), "item": item}


def functions():
    for item in items(LAMBDA, "list_functions", "Functions"):
        arn, name = item["FunctionArn"], item["FunctionName"]
        # The values are secrets: neither is this to print them.
        variables = item.get("Environment", {}).get("Variables", {})
        item["Environment"] = {"Variables": sorted(variables)} if "Environment" in item else None
        yield {"id": name, "name": name, "tags": LAMBDA.list_tags(Resource=arn)["Tags"], "arn": arn, "item": item}


def layers():
    for layer in items(LAMBDA, "list_layers", "Layers"):
        latest = layer.pop("LatestMatchingVersion")
        arn = latest["LayerVersionArn"]
        record = {"id": arn, "name": layer["LayerName"], "tags": {}, "arn": arn, "created_at": latest["CreatedDate"]}
        yield {**record, "item": {**layer, **latest}}


def mappings():
    for item in items(LAMBDA, "list_event_source_mappings", "EventSourceMappings"):
        arn = item["EventSourceMappingArn"]
        yield {"id": item["UUID"], "name": None, "tags": LAMBDA.list_tags(Resource=arn)["Tags"], "arn": arn, "item": item}


def configured(call, bucket, absent):
    try:
        return call(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != absent:
            raise
        return {}


def buckets():
    for item in items(S3, "list_buckets", "Buckets"):
        name = item["Name"]
        location = S3.get_bucket_location(Bucket=name).get("LocationConstraint")
        region = {None: "us-east-1", "EU": "eu-west-1"}.get(location, location)
        s3 = client("s3", region)
        tags = configured(s3.get_bucket_tagging, name, "NoSuchTagSet").get("TagSet", [])
        encryption = configured(s3.get_bucket_encryption, name, "ServerSideEncryptionConfigurationNotFoundError")
        versioning = s3.get_bucket_versioning(Bucket=name)
        block = configured(s3.get_public_access_block, name, "NoSuchPublicAccessBlockConfiguration")
        ownership = configured(s3.get_bucket_ownership_controls, name, "OwnershipControlsNotFoundError")
        lifecycle = configured(s3.get_bucket_lifecycle_configuration, name, "NoSuchLifecycleConfiguration")
        details = {
            "Name": name,
            "CreationDate": item["CreationDate"],
            "Location": region,
            "Encryption": encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules"),
            "Versioning": {"Status": versioning.get("Status", "Disabled"), "MFADelete": versioning.get("MFADelete")},
            "PublicAccessBlock": block.get("PublicAccessBlockConfiguration"),
            "Ownership": ownership.get("OwnershipControls", {}).get("Rules", [{}])[0].get("ObjectOwnership"),
            "HasLifecycle": len(lifecycle.get("Rules", [])) > 0,
        }
        record = {"id": name, "name": name, "tags": as_map(tags), "region": region}
        yield {**record, "created_at": item["CreationDate"], "item": details}


OWN, MANUAL = {"OwnerIds": ["self"]}, {"SnapshotType": "manual"}
PEERINGS = ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId")
ENDPOINTS = ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")
SNAPSHOTS = ("describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshot", "SnapshotCreateTime")
TEMPLATES = ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", "LaunchTemplateName", "CreateTime")

LISTING = {
    "AWS::EC2::Instance": instances(),
    "AWS::EC2::Volume": ec2("describe_volumes", "Volumes", "VolumeId", time="CreateTime"),
    "AWS::EC2::Snapshot": ec2("describe_snapshots", "Snapshots", "SnapshotId", time="StartTime", **OWN),
    "AWS::EC2::Image": ec2("describe_images", "Images", "ImageId", "Name", "CreationDate", Owners=["self"]),
    "AWS::EC2::VPC": ec2("describe_vpcs", "Vpcs", "VpcId"),
    "AWS::EC2::Subnet": ec2("describe_subnets", "Subnets", "SubnetId"),
    "AWS::EC2::RouteTable": ec2("describe_route_tables", "RouteTables", "RouteTableId"),
    "AWS::EC2::InternetGateway": ec2("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "AWS::EC2::NatGateway": ec2("describe_nat_gateways", "NatGateways", "NatGatewayId", time="CreateTime"),
    "AWS::EC2::SecurityGroup": ec2("describe_security_groups", "SecurityGroups", "GroupId", "GroupName"),
    "AWS::EC2::NetworkInterface": ec2("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    "AWS::EC2::EIP": ec2("describe_addresses", "Addresses", "AllocationId"),
    "AWS::EC2::KeyPair": ec2("describe_key_pairs", "KeyPairs", "KeyPairId", "KeyName", "CreateTime"),
    "AWS::EC2::LaunchTemplate": ec2(*TEMPLATES, MaxResults=200),
    "AWS::EC2::VPCEndpoint": ec2(*ENDPOINTS, time="CreationTimestamp"),
    "AWS::EC2::VPCPeeringConnection": ec2(*PEERINGS),
    "AWS::EC2::NetworkAcl": ec2("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "AWS::RDS::DBInstance": rds("describe_db_instances", "DBInstances", "DBInstance", "InstanceCreateTime"),
    "AWS::RDS::DBCluster": rds("describe_db_clusters", "DBClusters", "DBCluster", "ClusterCreateTime"),
    "AWS::RDS::DBSnapshot": rds("describe_db_snapshots", "DBSnapshots", "DBSnapshot", "SnapshotCreateTime", **MANUAL),
    "AWS::RDS::DBClusterSnapshot": rds(*SNAPSHOTS, **MANUAL),
    "AWS::RDS::DBSubnetGroup": rds("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroup", tagged=False),
    "AWS::RDS::DBParameterGroup": rds(
        "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroup", tagged=False
    ),
    "AWS::S3::Bucket": buckets(),
    "AWS::Lambda::Function": functions(),
    "AWS::Lambda::LayerVersion": layers(),
    "AWS::Lambda::EventSourceMapping": mappings(),
}


def as_json(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"{value!r} is no JSON")


print(json.dumps({name: list(listing) for name, listing in LISTING.items()}, default=as_json))
