"""The template of a pipeline: its machine with version and alias, functions, task definitions, roles.

The definition lies in the bucket, by its hash: it may be larger than a template takes. Packages are made in
`packaging`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bunsui.aws.binding import operation_of
from bunsui.aws.deploy import integrations, policies
from bunsui.aws.deploy.environment import log_group
from bunsui.aws.deploy.place import Foreign
from bunsui.aws.names import Environment
from bunsui.errors import Refused
from bunsui.model.json import Json
from bunsui.model.machine import COMMANDS_IMAGE, CompiledMachine, ContainerResource, FunctionResource
from bunsui.model.secret import Secret

ALIAS = "current"
MOST_RESOURCES = 500  # of a CloudFormation template
_FUNCTION_MEMORY, _FUNCTION_SECONDS, _LONGEST_FUNCTION = 512, 900, 900
_CPU, _MEMORY = 256, 512
_STOP_SECONDS = 30
COPIER = "public.ecr.aws/aws-cli/aws-cli:2.27.50"  # of the init container: it copies the runtime, with the task's role
_MOUNT, _ROOT = "bunsui", "/bunsui"
_WORD = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a pipeline lies in the bucket: the keys of its definition, of its packages by operation, of the runtime.

    A container's package is the pipeline's folder; `runtime` is as Lambda names it, `task` the runtime of containers.
    `foreign` is of task definitions that are somebody else's.
    """

    definition: str
    code: Mapping[str, str] = field(default_factory=dict)
    runtime: str = "python3.12"
    task: str = ""
    foreign: Foreign = field(default_factory=Foreign)


def definition_key(definition: str) -> str:
    return f"definitions/{_digest(definition)}.json"


def template(machine: CompiledMachine, definition: str, parts: Parts, there: Environment) -> dict[str, Json]:
    """`definition` is the machine's with the names of the environment. Raises Refused, or InvalidInput of a secret."""
    resources: dict[str, Any] = {}
    for placeholder, resource in machine.resources.items():
        operation = operation_of(placeholder)
        match resource:
            case FunctionResource(existing=None):
                resources |= _function(machine.name, operation, resource, parts, there)
            case ContainerResource(existing=None):
                resources |= _container(machine.name, operation, resource, parts, there)
    resources |= _roles(machine, definition, parts, there) | _machine(machine, definition, parts, there)
    resources |= _reads(machine, parts, there)
    if len(resources) > MOST_RESOURCES:
        message = f"'{machine.name}' needs {len(resources)} resources on AWS, but a stack has {MOST_RESOURCES} at most"
        raise Refused(message, "Split the pipeline, or let operations share a function")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Bunsui: the pipeline {machine.name} in the environment {there.name}",
        "Resources": resources,
        "Outputs": {"Version": {"Value": {"Ref": version_id(definition)}}},
    }


def version_id(definition: str) -> str:
    """Of the version's resource: another definition is another version, and the one before it stays."""
    return f"Version{_digest(definition)[:16]}"


def _machine(machine: CompiledMachine, definition: str, parts: Parts, there: Environment) -> dict[str, Any]:
    version = version_id(definition)
    return {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": there.machine(machine.name).rpartition(":")[2],
                "StateMachineType": "STANDARD",
                "DefinitionS3Location": {"Bucket": there.bucket, "Key": parts.definition},
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
            },
        },
        # An older version runs what was started by it, and may be redriven: it goes with the machine.
        version: {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "StateMachineArn": {"Ref": "Machine"},
                "StateMachineRevisionId": {"Fn::GetAtt": ["Machine", "StateMachineRevisionId"]},
                "Description": machine.sha256,
            },
        },
        "Current": {
            "Type": "AWS::StepFunctions::StateMachineAlias",
            "Properties": {
                "Name": ALIAS,
                "RoutingConfiguration": [{"StateMachineVersionArn": {"Ref": version}, "Weight": 100}],
            },
        },
    }


def _roles(machine: CompiledMachine, definition: str, parts: Parts, there: Environment) -> dict[str, Any]:
    body: Mapping[str, Json] = json.loads(definition)
    may = integrations.statements(body, machine.name, there, parts.foreign.roles)
    machine_role = policies.role(there.role(machine.name), "states.amazonaws.com", may, there)
    if not may:  # a policy has a statement at least
        machine_role["Properties"]["Policies"] = []
    roles: dict[str, Any] = {"MachineRole": machine_role}
    ours = [one for one in machine.resources.items() if _made_here(one[1])]
    if ours:
        secrets = [secret for placeholder, one in ours for _, secret in secrets_of(operation_of(placeholder), one)]
        groups = [
            there.function_logs(machine.name, operation_of(placeholder))
            for placeholder, one in ours
            if isinstance(one, FunctionResource)
        ]
        may = policies.tasks(there, machine.name, secrets, groups)
        task_role = policies.role(there.task_role(machine.name), "lambda.amazonaws.com", may, there)
        trusted = task_role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        trusted["Principal"]["Service"] = ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]
        roles["TaskRole"] = task_role
    return roles


def _reads(machine: CompiledMachine, parts: Parts, there: Environment) -> dict[str, Any]:
    """The controller keeps the logs of what has no runtime of ours: those of functions and containers of others."""
    functions = [one.existing for one in machine.resources.values() if isinstance(one, FunctionResource)]
    groups = [f"/aws/lambda/{_function_name(name)}" for name in functions if name] + list(parts.foreign.groups)
    containers = [one for one in machine.resources.values() if isinstance(one, ContainerResource) and one.existing]
    if not groups and not containers:
        return {}
    may = policies.reads(there, groups, containers=bool(containers))
    properties = {
        "PolicyName": there.role(machine.name).rpartition("/")[2],
        "Roles": [there.controller_role.rpartition("/")[2]],
        "PolicyDocument": {"Version": "2012-10-17", "Statement": may},
    }
    return {"ControllerReads": {"Type": "AWS::IAM::Policy", "Properties": properties}}


def _function_name(existing: str) -> str:
    """Of an ARN, with or without a version, or a name with or without one."""
    return existing.partition(":function:")[2].partition(":")[0] or existing.partition(":")[0]


def _made_here(resource: object) -> bool:
    return isinstance(resource, FunctionResource | ContainerResource) and resource.existing is None


def secrets_of(operation: str, resource: object) -> Iterator[tuple[str, Secret]]:
    """Raises InvalidInput where one lies on this machine."""
    if isinstance(resource, FunctionResource | ContainerResource):
        for name, value in resource.env.items():
            if isinstance(value, Secret):
                yield name, policies.checked_secret(operation, name, value)


def _variables(operation: str, resource: FunctionResource | ContainerResource, there: Environment) -> dict[str, str]:
    secrets = {name: secret.ref for name, secret in secrets_of(operation, resource)}
    plain = {name: value for name, value in resource.env.items() if isinstance(value, str)}
    told = {"BUNSUI_RECORDS": there.records, "BUNSUI_BUCKET": there.bucket}
    return plain | told | ({"BUNSUI_SECRETS": json.dumps(secrets, sort_keys=True)} if secrets else {})


def _function(
    pipeline: str, operation: str, resource: FunctionResource, parts: Parts, there: Environment
) -> dict[str, Any]:
    id = f"Function{_identifier(operation)}"
    variables = _variables(operation, resource, there) | {"BUNSUI_HANDLER": resource.handler}
    return {
        id: {
            "Type": "AWS::Lambda::Function",
            "DependsOn": [f"{id}Logs"],
            "Properties": {
                "FunctionName": there.function(pipeline, operation).rpartition(":")[2],
                "Runtime": parts.runtime,
                "Architectures": ["x86_64"],
                "Handler": "bunsui.task.aws.function.handler",
                "Role": {"Fn::GetAtt": ["TaskRole", "Arn"]},
                "Code": {"S3Bucket": there.bucket, "S3Key": parts.code[operation]},
                "MemorySize": resource.memory or _FUNCTION_MEMORY,
                "Timeout": min(resource.timeout or _FUNCTION_SECONDS, _LONGEST_FUNCTION),
                "Environment": {"Variables": variables},
            },
        },
        f"{id}Logs": log_group(there.function_logs(pipeline, operation)),
    }


def _container(
    pipeline: str, operation: str, resource: ContainerResource, parts: Parts, there: Environment
) -> dict[str, Any]:
    code = {"BUNSUI_CODE": parts.code[operation]} if operation in parts.code else {}
    variables = _variables(operation, resource, there) | code
    logs = _log_configuration(pipeline, operation, there)
    main = {
        "Name": "task",
        "Image": resource.image or COMMANDS_IMAGE,
        "Essential": True,
        "EntryPoint": ["python3"],
        "Command": [f"{_ROOT}/task.pyz", "--", *resource.command],
        "Environment": [{"Name": name, "Value": value} for name, value in sorted(variables.items())],
        "DependsOn": [{"ContainerName": "runtime", "Condition": "SUCCESS"}],
        "MountPoints": [{"SourceVolume": _MOUNT, "ContainerPath": _ROOT, "ReadOnly": False}],
        "StopTimeout": _STOP_SECONDS,
        "LinuxParameters": {"InitProcessEnabled": True},
        "LogConfiguration": logs,
    }
    first = {
        "Name": "runtime",
        "Image": COPIER,
        "Essential": False,
        "Command": ["s3", "cp", f"s3://{there.bucket}/{parts.task}", f"{_ROOT}/task.pyz", "--only-show-errors"],
        "Environment": [{"Name": "AWS_REGION", "Value": there.region}],
        "MountPoints": [{"SourceVolume": _MOUNT, "ContainerPath": _ROOT, "ReadOnly": False}],
        "LogConfiguration": logs,
    }
    return {
        f"Task{_identifier(operation)}": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": there.task_definition(pipeline, operation).rpartition("/")[2],
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": str(resource.cpu or _CPU),
                "Memory": str(resource.memory or _MEMORY),
                "TaskRoleArn": {"Fn::GetAtt": ["TaskRole", "Arn"]},
                "ExecutionRoleArn": there.start_role,
                "Volumes": [{"Name": _MOUNT}],
                "ContainerDefinitions": [first, main],
            },
        },
        "TaskLogs": log_group(there.log_group(pipeline)),
    }


def _log_configuration(pipeline: str, operation: str, there: Environment) -> dict[str, Any]:
    options = {
        "awslogs-group": {"Ref": "TaskLogs"},
        "awslogs-region": there.region,
        "awslogs-stream-prefix": operation,
    }
    return {"LogDriver": "awslogs", "Options": options}


def _identifier(operation: str) -> str:
    """A logical id has letters and digits only: what an underscore tells apart stays apart."""
    words = "".join(part.capitalize() for part in _WORD.split(operation))
    return f"{words}{_digest(operation)[:4]}" if _WORD.search(operation) or not operation.islower() else words


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
