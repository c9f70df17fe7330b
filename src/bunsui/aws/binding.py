"""A machine's definition with the names that things have on AWS: what is deployed, and what a start looks for.

What things are called is in `names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from bunsui.aws.names import Environment
from bunsui.model import machine as placeholders
from bunsui.model.machine import (
    CompiledMachine,
    ConnectionResource,
    ContainerResource,
    FunctionResource,
    MachineResource,
    Resource,
)

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

VersionOf = Callable[[CompiledMachine], str]  # the ARN of the version that a nested pipeline is started by


def bound(machine: CompiledMachine, there: Environment, version_of: VersionOf) -> str:
    """Unknown names stay: they are a user's own text."""
    values = {
        placeholders.BUCKET: there.bucket,
        placeholders.MAILBOXES: there.mailboxes,
        placeholders.CLUSTER: there.cluster,
        placeholders.SUBNETS: ",".join(there.subnets),
        placeholders.SECURITY_GROUPS: ",".join(there.security_groups),
        placeholders.PUBLIC_IP: "ENABLED" if there.public_ip else "DISABLED",
    }
    values |= {
        name: arn_of(machine.name, name, resource, there, version_of) for name, resource in machine.resources.items()
    }
    return _PLACEHOLDER.sub(lambda found: _escaped(values.get(found[1], found[0])), machine.text)


def operation_of(placeholder: str) -> str:
    return placeholder.partition("_")[2] or placeholder


def arn_of(pipeline: str, placeholder: str, resource: Resource, there: Environment, version_of: VersionOf) -> str:
    match resource:
        case MachineResource():
            return version_of(resource.machine)
        case FunctionResource():
            return resource.existing or there.function(pipeline, operation_of(placeholder))
        case ContainerResource():
            return resource.existing or there.task_definition(pipeline, operation_of(placeholder))
        case ConnectionResource():
            return there.connection(resource.name or "default")


def _escaped(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]
