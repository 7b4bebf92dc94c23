"""Calls of AWS that follow each other, read from stdin as JSON, and their answers on stdout: python3 calls.py URL."""

import json
import sys

import boto3

keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
clients = {}


def answer(service, operation, parameters):
    if service not in clients:
        clients[service] = boto3.client(service, endpoint_url=sys.argv[1], **keys)
    return getattr(clients[service], operation)(**parameters)


print(json.dumps([answer(*call) for call in json.load(sys.stdin)], default=str))
