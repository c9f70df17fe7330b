"""The template of an environment: tables, bucket, topic, cluster, and the controller with what calls it.

Its bucket holds the controller's package, so the stack comes in two steps: without the controller, then with it.
What roles may do is in `policies`, pipelines have templates of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.aws import items
from bunsui.aws.deploy import policies
from bunsui.aws.names import Environment
from bunsui.model.json import Json

LOG_DAYS = 30
_SECONDS, _MEMORY = 300, 512  # of the controller
_DEAD_LETTER_SECONDS = 14 * 86400
ENDED = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
OLD_DAYS = 30  # packages that nothing refers to any more; deploy marks them
RULES = ("Ended", "Stopped", "Sweep")  # that call the controller
OLD = {"Key": "bunsui", "Value": "old"}


@dataclass(frozen=True, slots=True)
class Package:
    """A zip in the environment's bucket, and what runs it."""

    key: str
    runtime: str  # as Lambda names it, such as python3.12


def template(there: Environment, controller: Package | None) -> dict[str, Json]:
    """Without a `controller`: the first step, so that there is a bucket for its package."""
    resources: dict[str, Any] = {
        "Records": _records(there),
        "Mailboxes": _mailboxes(there),
        "Bucket": _bucket(there),
        "BucketPolicy": _bucket_policy(there),
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": _name(there.topic), "KmsMasterKeyId": "alias/aws/sns"},
        },
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": there.cluster}},
        "StartRole": policies.role(there.start_role, "ecs-tasks.amazonaws.com", policies.start(there), there),
        "DeadLetters": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": _name(there.dead_letters),
                "MessageRetentionPeriod": _DEAD_LETTER_SECONDS,
                "SqsManagedSseEnabled": True,
            },
        },
        "Connection": _connection(there),
        "ControllerRole": policies.role(
            there.controller_role, "lambda.amazonaws.com", policies.controller(there), there
        ),
        "ControllerLogs": log_group(there.controller_logs),
    }
    if controller is not None:
        resources |= _controlled(there, controller)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Bunsui: the environment {there.name}",
        "Resources": resources,
    }


def log_group(name: str) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": LOG_DAYS}}


def _records(there: Environment) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            **items.definition(there.records),
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
        },
    }


def _mailboxes(there: Environment) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": there.mailboxes,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "SSESpecification": {"SSEEnabled": True},
        },
    }


def _bucket(there: Environment) -> dict[str, Any]:
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": there.bucket,
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "PublicAccessBlockConfiguration": dict.fromkeys(blocked, True),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "unfinished-uploads",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    },
                    {
                        "Id": "old-packages",
                        "Status": "Enabled",
                        "TagFilters": [OLD],
                        "ExpirationInDays": OLD_DAYS,
                    },
                ]
            },
        },
    }


def _bucket_policy(there: Environment) -> dict[str, Any]:
    bucket = f"arn:{there.partition}:s3:::{there.bucket}"
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyEncrypted",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [bucket, f"{bucket}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    }


def _connection(there: Environment) -> dict[str, Any]:
    """One without credentials: EventBridge wants some, so it sends a header that says nothing."""
    name = there.connection_name("default")
    nothing = {"ApiKeyName": "X-Bunsui", "ApiKeyValue": "none"}
    return {
        "Type": "AWS::Events::Connection",
        "Properties": {
            "Name": name,
            "AuthorizationType": "API_KEY",
            "AuthParameters": {"ApiKeyAuthParameters": nothing},
        },
    }


def _controlled(there: Environment, package: Package) -> dict[str, Any]:
    patterns = ({"EventPattern": ended(there)}, {"EventPattern": stopped(there)})
    calls: dict[str, dict[str, Any]] = dict(
        zip(RULES, (*patterns, {"ScheduleExpression": "rate(1 minute)"}), strict=True)
    )
    return {
        "Controller": _function(there, package),
        "ControllerTries": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Controller"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 2,
            },
        },
        **{name: _rule(there, name, how) for name, how in calls.items()},
        **{f"{name}Calls": _permission(name) for name in calls},
        "DeadLettersPolicy": _queue_policy(there, list(calls)),
    }


def ended(there: Environment) -> dict[str, Any]:
    """An execution of a machine of this environment ended."""
    machines = policies.arn(there, "states", f"stateMachine:bunsui-{there.name}-")
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ENDED, "stateMachineArn": [{"prefix": machines}]},
    }


def stopped(there: Environment) -> dict[str, Any]:
    """A container of this environment's cluster stopped, or never began."""
    cluster = policies.arn(there, "ecs", f"cluster/{there.cluster}")
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"lastStatus": ["STOPPED"], "clusterArn": [cluster]},
    }


def _function(there: Environment, package: Package) -> dict[str, Any]:
    environment = {"BUNSUI_ENVIRONMENT": there.name, "BUNSUI_HOME": "/tmp/bunsui", "BUNSUI_OWNER": "controller"}  # noqa: S108 - all that a function may write to
    return {
        "Type": "AWS::Lambda::Function",
        "DependsOn": ["ControllerLogs"],
        "Properties": {
            "FunctionName": _name(there.controller),
            "Runtime": package.runtime,
            "Architectures": ["x86_64"],
            "Handler": "bunsui.controller.handler.handler",
            "Role": {"Fn::GetAtt": ["ControllerRole", "Arn"]},
            "Code": {"S3Bucket": {"Ref": "Bucket"}, "S3Key": package.key},
            "Timeout": _SECONDS,
            "MemorySize": _MEMORY,
            "Environment": {"Variables": environment},
            "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
        },
    }


def rule_name(there: Environment, rule: str) -> str:
    return f"{there.stack}-{rule.lower()}"


def _rule(there: Environment, name: str, how: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": rule_name(there, name),
            **how,
            "State": "ENABLED",
            "Targets": [
                {
                    "Id": "controller",
                    "Arn": {"Fn::GetAtt": ["Controller", "Arn"]},
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
                }
            ],
        },
    }


def _permission(rule: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Ref": "Controller"},
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": [rule, "Arn"]},
        },
    }


def _queue_policy(there: Environment, rules: list[str]) -> dict[str, Any]:
    sources = [{"Fn::GetAtt": [rule, "Arn"]} for rule in rules]
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "DeadLetters"}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "events.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
                        "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
                    }
                ],
            },
        },
    }


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
