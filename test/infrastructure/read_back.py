"""What moto has made of the stack, as JSON on stdout: python3 read_back.py URL STACK."""

import json
import sys

import boto3

url, stack_name = sys.argv[1:3]


def client(service):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)


def role(name):
    iam = client("iam")
    policies = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    managed = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {"trust": trust, "policies": policies, "managed": managed}


def rule(events, entry):
    return {**entry, "Targets": events.list_targets_by_rule(Rule=entry["Name"])["Targets"]}


def queue(sqs, queue_url):
    return sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]


def bucket(name):
    s3 = client("s3")
    read = {
        "versioning": lambda: s3.get_bucket_versioning(Bucket=name).get("Status"),
        "lifecycle": lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
        "block": lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "policy": lambda: s3.get_bucket_policy(Bucket=name)["Policy"],
        "encryption": lambda: s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"],
        "ownership": lambda: s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"],
    }
    found = {}
    for part, get in read.items():
        try:
            found[part] = get()
        except s3.exceptions.ClientError:
            found[part] = None
    return found


def account():
    cloudformation, ecs, logs = client("cloudformation"), client("ecs"), client("logs")
    events, dynamodb, sqs, ec2 = client("events"), client("dynamodb"), client("sqs"), client("ec2")
    cloudwatch = client("cloudwatch")
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    made = [
        resource
        for resource in cloudformation.list_stack_resources(StackName=stack_name)["StackResourceSummaries"]
        if resource["PhysicalResourceId"]
    ]
    ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in made}

    def of_type(name):
        return [resource["PhysicalResourceId"] for resource in made if resource["ResourceType"] == name]

    clusters = of_type("AWS::ECS::Cluster")
    tables = of_type("AWS::DynamoDB::Table")
    return {
        "stack": stack["StackStatus"],
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        "resources": made,
        "clusters": ecs.describe_clusters(clusters=clusters, include=["SETTINGS"])["clusters"],
        "definitions": {
            arn: ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for arn in of_type("AWS::ECS::TaskDefinition")
        },
        "logGroups": logs.describe_log_groups()["logGroups"],
        "rules": [rule(events, entry) for entry in events.list_rules()["Rules"]],
        "roles": {key: role(name) for key, name in ids.items() if name in of_type("AWS::IAM::Role")},
        "tables": [dynamodb.describe_table(TableName=name)["Table"] for name in tables],
        "backups": [
            dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"] for name in tables
        ],
        "leases": [item for name in tables for item in dynamodb.scan(TableName=name)["Items"]],
        "buckets": {name: bucket(name) for name in of_type("AWS::S3::Bucket")},
        "queues": [queue(sqs, name) for name in sqs.list_queues().get("QueueUrls", [])],
        "topics": [topic["TopicArn"] for topic in client("sns").list_topics()["Topics"]],
        "dashboards": {
            entry["DashboardName"]: json.loads(
                cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
            )
            for entry in cloudwatch.list_dashboards()["DashboardEntries"]
        },
        "groups": ec2.describe_security_groups(GroupIds=of_type("AWS::EC2::SecurityGroup"))["SecurityGroups"],
        "subnets": ec2.describe_subnets(SubnetIds=of_type("AWS::EC2::Subnet"))["Subnets"],
        "endpoints": ec2.describe_vpc_endpoints(VpcEndpointIds=of_type("AWS::EC2::VPCEndpoint"))["VpcEndpoints"],
        "nats": ec2.describe_nat_gateways()["NatGateways"],
        "ids": ids,
    }


print(json.dumps(account(), default=str))
