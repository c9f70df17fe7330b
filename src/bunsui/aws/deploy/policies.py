"""Roles of the templates and what they may do: each action by its name, on the things of the environment alone.

What a pipeline's machine may do follows from its states, in `integrations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bunsui.aws.names import Environment
from bunsui.errors import InvalidInput
from bunsui.model.secret import Secret

Resource = dict[str, Any]
Statement = dict[str, Any]

# What AWS gives no smaller resource to: by action, with the reason.
UNNARROWED = {
    "ecs:DescribeTaskDefinition": "AWS knows no resource for it",
    "ecr:GetAuthorizationToken": "a token is for the registry as a whole: AWS knows no resource for it",
}
_RECORD = ("GetItem", "PutItem", "DeleteItem", "UpdateItem", "Query", "BatchGetItem", "ConditionCheckItem")


def allow(actions: Sequence[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None) -> Statement:
    made: Statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(set(resources))}
    return made | ({"Condition": dict(condition)} if condition else {})


def role(name_of_arn: str, service: str, statements: Sequence[Statement], there: Environment) -> Resource:
    """A role that one service takes on, and only for this account."""
    trusted: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": there.account}},
    }
    if service == "lambda.amazonaws.com":  # it names no source when it takes on the role of a function
        del trusted["Condition"]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name_of_arn.rpartition("/")[2],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
            "Policies": [
                {"PolicyName": "bunsui", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
            ],
        },
    }


def arn(there: Environment, service: str, rest: str) -> str:
    return f"arn:{there.partition}:{service}:{there.region}:{there.account}:{rest}"


def table(there: Environment, name: str) -> str:
    return arn(there, "dynamodb", f"table/{name}")


def objects(there: Environment, *prefixes: str) -> list[str]:
    return [f"arn:{there.partition}:s3:::{there.bucket}/{prefix}*" for prefix in prefixes or ("",)]


def log_streams(there: Environment, group: str) -> list[str]:
    return [arn(there, "logs", f"log-group:{group}:*")]


def controller(there: Environment) -> list[Statement]:
    """What the services need that end a session: records, logs and reports, executions, alerts."""
    machines = arn(there, "states", f"stateMachine:bunsui-{there.name}-*")
    executions = arn(there, "states", f"execution:bunsui-{there.name}-*:*")
    records = table(there, there.records)
    return [
        allow([f"dynamodb:{one}" for one in _RECORD], [records, f"{records}/index/*"]),
        allow(["dynamodb:GetItem", "dynamodb:BatchGetItem"], [table(there, there.mailboxes)]),
        allow(
            [f"s3:{one}" for one in ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")], objects(there)
        ),
        allow(["s3:ListBucket"], [f"arn:{there.partition}:s3:::{there.bucket}"]),
        allow(
            [f"states:{one}" for one in ("StartExecution", "DescribeStateMachine", "ListStateMachineVersions")],
            [machines],
        ),
        allow(
            ["states:SendTaskFailure"],
            [machines],
        ),
        allow(
            [f"states:{one}" for one in ("DescribeExecution", "GetExecutionHistory", "StopExecution")],
            [executions],
        ),
        allow(["states:RedriveExecution"], [executions]),
        allow(["states:ListExecutions"], [arn(there, "states", f"mapRun:bunsui-{there.name}-*/*")]),
        allow(["sns:Publish"], [there.topic]),
        allow(["ecs:DescribeTasks", "ecs:StopTask"], [arn(there, "ecs", f"task/{there.cluster}/*")]),
        # Jobs that a session of this environment started go with it; their names are the users'.
        allow(["glue:BatchStopJobRun"], [arn(there, "glue", "job/*")]),
        allow(["batch:TerminateJob"], [arn(there, "batch", "job/*")]),
        allow(["sqs:SendMessage"], [there.dead_letters]),
        allow(
            ["logs:FilterLogEvents", "logs:GetLogEvents"],
            [
                *log_streams(there, f"/aws/lambda/bunsui-{there.name}-*"),
                *log_streams(there, f"/bunsui/{there.name}/*"),
            ],
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_streams(there, there.controller_logs)),
    ]


def reads(there: Environment, groups: Sequence[str], *, containers: bool) -> list[Statement]:
    """Logs of functions and containers that are somebody else's, for the controller."""
    actions = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    made = [allow(actions, _streams(there, groups))] if groups else []
    return made + ([allow(["ecs:DescribeTaskDefinition"], ["*"])] if containers else [])


def start(there: Environment) -> list[Statement]:
    """With this ECS fetches images (of this account, where they are private) and writes the logs of containers."""
    pulls = [f"ecr:{one}" for one in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")]
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_streams(there, f"/bunsui/{there.name}/*")),
        allow(pulls, [arn(there, "ecr", "repository/*")]),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
    ]


def tasks(there: Environment, pipeline: str, secrets: Sequence[Secret], groups: Sequence[str]) -> list[Statement]:
    """Of functions and containers: their inputs and outputs, logs, progress, their own secrets, the answer."""
    answers = [f"states:{one}" for one in ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")]
    sessions = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["session#*"]}}
    return [
        allow(["s3:GetObject"], objects(there, "inputs/", "outputs/", "code/", "runtime/", "logs/")),
        allow(["s3:PutObject"], objects(there, "outputs/", "logs/")),
        allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [table(there, there.records)], sessions),
        allow(answers, [there.machine(pipeline)]),
        *([allow(["logs:CreateLogStream", "logs:PutLogEvents"], _streams(there, groups))] if groups else []),
        *_secrets(there, secrets),
    ]


def _streams(there: Environment, groups: Sequence[str]) -> list[str]:
    return [one for group in groups for one in log_streams(there, group)]


def _secrets(there: Environment, secrets: Sequence[Secret]) -> list[Statement]:
    parameters = [_parameter(there, one.ref[4:]) for one in secrets if one.ref.startswith("ssm:")]
    managed = [_managed(there, one.ref[15:]) for one in secrets if one.ref.startswith("secretsmanager:")]
    made = []
    if parameters:
        made.append(allow(["ssm:GetParameter"], parameters))
    if managed:
        made.append(allow(["secretsmanager:GetSecretValue"], managed))
    if made:
        services = [f"{one}.{there.region}.amazonaws.com" for one in ("secretsmanager", "ssm")]
        through = {"StringEquals": {"kms:ViaService": services}}
        made.append(allow(["kms:Decrypt"], [arn(there, "kms", "key/*")], through))
    return made


def _parameter(there: Environment, name: str) -> str:
    return name if name.startswith("arn:") else arn(there, "ssm", f"parameter/{name.removeprefix('/')}")


def _managed(there: Environment, name: str) -> str:
    """Secrets Manager ends each ARN with six characters of its own."""
    name = name.partition("#")[0]
    return name if name.startswith("arn:") else arn(there, "secretsmanager", f"secret:{name}-??????")


def checked_secret(operation: str, name: str, secret: Secret) -> Secret:
    """One that can be read on AWS. Raises InvalidInput."""
    if secret.ref.startswith(("ssm:", "secretsmanager:")):
        return secret
    raise InvalidInput(
        f"operation '{operation}': the secret {name} is {secret.ref!r}, which lies on this machine",
        f"Put it there: aws ssm put-parameter --type SecureString --name /{name} --value ..., then: "
        f"{name}: {{secret: 'ssm:/{name}'}}",
    )
